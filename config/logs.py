"""Log lines: one a line, and without the keys that stand in some addresses."""

import json
import logging
import re
from datetime import UTC, datetime

from security import trail

KEYS_IN_ADDRESSES = re.compile(r"(/(?:invitation|forgot-password|link|undo)/)[^/\s?\"']+")
KEY = re.compile(r"[a-p]{24}\.[A-Za-z0-9]{1,32}\.[a-p]{64}")  # of security/links.py, also where a hand has put it
KEY_SHORTEST = 24 + 1 + 1 + 1 + 64


def without_keys(text: str) -> str:
    """The text with every token of a mailed link replaced by three dots."""
    found = KEYS_IN_ADDRESSES.sub(r"\1...", text)
    return KEY.sub("...", found) if len(found) >= KEY_SHORTEST else found


def said_in(record: logging.LogRecord) -> dict[str, object]:
    """What an entry says beside its message."""
    said: dict[str, object] = getattr(record, "said", {})
    return {name: without_keys(value) if isinstance(value, str) else value for name, value in said.items()}


class TextFormatter(logging.Formatter):
    """For a terminal: a forged line break, or anything else that cannot be seen, is written out."""

    def format(self, record: logging.LogRecord) -> str:
        return without_keys(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        said = (f"{name}={value}" for name, value in {**said_in(record), **trail.marks()}.items())
        line = " ".join([super().formatMessage(record), *said])
        return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)


class JsonFormatter(logging.Formatter):
    """For a log shipper: one line of JSON, in which a forged line break is two harmless characters."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_keys(record.getMessage()),
            **trail.marks(),
        }
        if said := said_in(record):
            entry["said"] = said
        if record.exc_info:
            entry["trace"] = without_keys(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=True)
