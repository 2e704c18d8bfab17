"""What production's log would say, line by line."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.logs import JsonFormatter
from tests.faults.fuzz.marks import SECRET

NAMES = {"at", "level", "logger", "message", "said", "trace", "request", "enrollment", "mail"}


class Log(logging.Handler):
    """Keeps the lines that were not read yet, and beside each of them whose it is."""

    def __init__(self, hushed: list[str]) -> None:
        super().__init__()
        self.stream, self.loggers = io.StringIO(), []
        self.hushed = [SECRET, *hushed]
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.loggers.append(record.name)
        self.stream.write(self.format(record) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """The new lines, of which each is one entry, true, and without a secret."""
        text, loggers = self.stream.getvalue(), self.loggers
        self.stream, self.loggers = io.StringIO(), []
        lines = text.splitlines()
        assert len(lines) == len(loggers), f"more lines than entries: {text}"
        entries = [json.loads(line) for line in lines]
        for line, entry, logger in zip(lines, entries, loggers, strict=True):
            assert line.isascii(), line
            assert line.isprintable(), line
            assert set(entry) <= NAMES, line
            assert entry["logger"] == logger, line
        for secret in self.hushed:
            assert secret not in text, f"{secret!r} is in the log: {text}"
        return entries


@contextmanager
def kept(hushed: list[str]) -> Iterator[Log]:
    """Instead of every other handler, for so long; what has these words in it fails."""
    root, log = logging.getLogger(), Log(hushed)
    before, root.handlers = root.handlers, [log]
    try:
        yield log
    finally:
        root.handlers = before
