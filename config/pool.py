"""The pool of connections to PostgreSQL, for the day on which that is restarted."""

import time
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

MAX_SIZE, TIMEOUT = 8, 5  # connections a process; seconds that a request waits for one
FRESH = 1  # seconds for which a connection that worked is handed out again without another look
# The pool keeps a place for a connection that it cannot make, and doubles its pauses: some minutes without PostgreSQL,
# and every place waits for minutes more. So it gives up when the request has, and the next one begins anew.
GIVES_UP = TIMEOUT


def check(connection: psycopg.Connection[Any]) -> None:
    """Whether a connection still works. Where one does not, PostgreSQL was away, and all others are looked at as well:
    the pool would find them dead one by one, pausing longer after each, until the request's patience is over.
    """
    one: Any = connection
    if time.monotonic() < getattr(one, "is_fresh_until", 0):
        return
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        if one._pool is not None:
            one._pool.check()
        raise
    one.is_fresh_until = time.monotonic() + FRESH


def options(**given: int) -> dict[str, Any]:
    """What Django hands to the pool; `max_size` and `timeout` may be given."""
    fixed = {"min_size": 1, "num_workers": 1, "reconnect_timeout": GIVES_UP, "check": check}
    return {"max_size": MAX_SIZE, "timeout": TIMEOUT, **given, **fixed}
