"""What this piece of work is about: ids that every line of the log carries, so that the lines of one request, one
attempt or one mail are found together. Never an address, a name or a secret.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

USABLE = re.compile(r"[A-Za-z0-9_.-]{8,64}")

_marks: ContextVar[Mapping[str, str]] = ContextVar("marks", default=MappingProxyType({}))


@contextmanager
def of(**marks: str) -> Iterator[None]:
    """While this lasts, lines carry these ids and no others."""
    token = _marks.set({name: value for name, value in marks.items() if value})
    try:
        yield
    finally:
        _marks.reset(token)


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
