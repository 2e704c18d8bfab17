"""Transactions of flows. One inside another is part of it, without a savepoint of its own; what the outermost one has
locked stays at hand until its end, and what several of them write to one row is written once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

Columns = dict[str, Any]
Write = Callable[[Columns], object]


class Held:
    """What belongs to the transaction under way: rows that it has locked, and what it has still to write."""

    def __init__(self) -> None:
        self.rows: dict[object, Any] = {}
        self.waiting: dict[object, tuple[Write, Columns]] = {}


_held: ContextVar[Held | None] = ContextVar("held", default=None)


@contextmanager
def atomic() -> Iterator[None]:
    """All of it or nothing. Whoever catches an error that comes out of an inner one lets the outer one fail too."""
    is_inner = _held.get() is not None
    with transaction.atomic(savepoint=not is_inner):
        if is_inner:
            yield
            return
        held = Held()
        token = _held.set(held)
        try:
            yield
            write_now()
        finally:
            _held.reset(token)


def once[Row](key: object, lock: Callable[[], Row]) -> Row:
    """What `lock` found the first time it was asked for this in the transaction: a row that is locked until its end, so
    that nobody else can have changed it.
    """
    held = _held.get()
    if held is None:
        return lock()
    if key not in held.rows:
        held.rows[key] = lock()
    found: Row = held.rows[key]
    return found


def at_hand(key: object) -> Any:
    """What `once` found for it in this transaction; None if it was not asked yet."""
    held = _held.get()
    return held.rows.get(key) if held else None


def is_under_way() -> bool:
    """Whether there is one that this piece of work is only a part of."""
    return _held.get() is not None


def write(key: object, columns: Columns, how: Write) -> None:
    """Have these columns written, together with others of the same row, at the end of the transaction; at once where
    there is none.
    """
    held = _held.get()
    if held is None:
        how(columns)
    else:
        held.waiting.setdefault(key, (how, {}))[1].update(columns)


def waiting(key: object) -> Columns:
    """What waits to be written to this row."""
    held = _held.get()
    return held.waiting[key][1] if held and key in held.waiting else {}


def write_now(*keys: object) -> None:
    """Write these before the end, because somebody is about to read them; all there are, if none is named."""
    held = _held.get()
    for key in keys or list(held.waiting if held else ()):
        if held and key in held.waiting:
            how, columns = held.waiting.pop(key)
            how(columns)
