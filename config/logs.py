"""Log lines as JSON, one a line: what a log shipper wants, and what a forged line break cannot break."""

import json
import logging
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """Turns a record into one line of JSON; control characters of its message are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=True)
