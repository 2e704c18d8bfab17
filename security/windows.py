"""How often something happened lately: moving windows in Redis, and in the database while Redis is away.

The library `limits` counts. A window that is full stays closed until its oldest entry has left it; what comes meanwhile
is not counted. Without REDIS_URL (demo, laptop) windows are kept in the process. Never open: a Redis that does not
answer is left alone for five seconds, and until then the same windows are rows of `Throttle`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import RedisError
from redis.retry import Retry

from security import crypto
from security.circuit import Circuit
from security.models.throttle import Factor, Throttle

log = logging.getLogger("security.windows")

PREFIX = "windows"
PATIENCE = 0.5  # seconds for a connection, and for an answer
circuit = Circuit()


@dataclass(frozen=True, slots=True)
class Window:
    """`most` things of this name in any `seconds`."""

    name: str
    most: int
    seconds: int

    @property
    def item(self) -> RateLimitItemPerSecond:
        """The same, as the library calls it."""
        return RateLimitItemPerSecond(self.most, self.seconds, namespace=self.name)


def hit(window: Window, *key: str) -> bool:
    """Count one more, if it fits; says whether it did."""
    return _ask(lambda limiter: limiter.hit(window.item, *key), lambda: _hit_row(window, key))


def full_until(window: Window, *key: str) -> datetime | None:
    """From when on one more fits, where none does now. Counts nothing."""
    return _ask(lambda limiter: _stored_until(limiter, window, key), lambda: _row_until(window, key))


def _ask[Answer](storage: Callable[[MovingWindowRateLimiter], Answer], database: Callable[[], Answer]) -> Answer:
    """What the storage says; what the database says while there is no storage to ask."""
    if circuit.is_open:
        return database()
    try:
        return storage(limiter_at(settings.REDIS_URL))
    except RedisError as error:
        circuit.trip()
        log.warning("Redis does not answer (%s); networks are counted in the database", type(error).__name__)
        return database()


@cache
def limiter_at(url: str) -> MovingWindowRateLimiter:
    """The library, over this Redis or the memory of this process. Connects when it is first asked."""
    if not url:
        return MovingWindowRateLimiter(MemoryStorage())
    no_second_try = Retry(NoBackoff(), 0)
    waits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    pool = ConnectionPool.from_url(url, retry=no_second_try, **waits)
    return MovingWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix=PREFIX))


def _stored_until(limiter: MovingWindowRateLimiter, window: Window, key: tuple[str, ...]) -> datetime | None:
    stats = limiter.get_window_stats(window.item, *key)
    return datetime.fromtimestamp(stats.reset_time, UTC) if stats.remaining <= 0 else None


@transaction.atomic
def _hit_row(window: Window, key: tuple[str, ...]) -> bool:
    row, _ = Throttle.objects.select_for_update().get_or_create(**_row(window, key))
    now = timezone.now().timestamp()
    recent = _recent(row, window, now)
    if len(recent) >= window.most:
        return False
    row.failed_at = [*recent, now]
    row.save(update_fields=["failed_at"])
    return True


def _row_until(window: Window, key: tuple[str, ...]) -> datetime | None:
    row = Throttle.objects.filter(**_row(window, key)).first()
    recent = _recent(row, window, timezone.now().timestamp()) if row else []
    return datetime.fromtimestamp(recent[-window.most] + window.seconds, UTC) if len(recent) >= window.most else None


def _row(window: Window, key: tuple[str, ...]) -> dict[str, Any]:
    digest = crypto.derive("address block", window.name, *key).hex()
    return {"subject": f"block {digest}", "factor": Factor.ADDRESS_BLOCK}


def _recent(row: Throttle, window: Window, now: float) -> list[float]:
    return [at for at in row.failed_at if at > now - window.seconds]
