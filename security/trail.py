"""What this piece of work is about: ids that every line of the log carries, so that the lines of one request, one
attempt or one mail are found together. Never an address, a name or a secret.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

USABLE = re.compile(r"[A-Za-z0-9_.-]{8,64}")

_marks: ContextVar[Mapping[str, str]] = ContextVar("marks", default=MappingProxyType({}))


class of:  # noqa: N801
    """While this lasts (`with`), lines carry these ids and no others."""

    def __init__(self, **marks: str) -> None:
        self._marks = {name: value for name, value in marks.items() if value}

    def __enter__(self) -> None:
        self._token = _marks.set(self._marks)

    def __exit__(self, *trouble: object) -> None:
        _marks.reset(self._token)


def mark(**marks: str) -> None:
    """For the rest of the piece of work that `of` began, lines carry these too; outside of one, nothing."""
    if begun := _marks.get():
        _marks.set({**begun, **marks})


def marks() -> Mapping[str, str]:
    """What lines carry just now."""
    return _marks.get()


def is_usable(request_id: str) -> bool:
    """Whether an id that somebody else gave a request can stand in our lines."""
    return bool(USABLE.fullmatch(request_id))
