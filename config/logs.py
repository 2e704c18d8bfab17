"""Log lines: one a line, and without the keys that stand in some addresses."""

import json
import logging
import re
from datetime import UTC, datetime

KEYS_IN_ADDRESSES = re.compile(r"(/(?:invitation|forgot-password|link|undo)/)[^/\s?\"']+")


def without_keys(text: str) -> str:
    """The text with every token of a mailed link replaced by three dots."""
    return KEYS_IN_ADDRESSES.sub(r"\1...", text)


class TextFormatter(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return without_keys(super().format(record))


class JsonFormatter(logging.Formatter):
    """For a log shipper: one line of JSON, in which a forged line break is two harmless characters."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_keys(record.getMessage()),
        }
        if record.exc_info:
            entry["trace"] = without_keys(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=True)
