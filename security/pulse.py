"""Whether mail moves: when somebody last looked for mail to send, and how long the oldest has waited."""

import logging
import time

from django.core.cache import cache
from django.db.models import Min
from django.utils import timezone

from security.circuit import Circuit
from security.models import OutboxMessage

log = logging.getLogger("security.pulse")

KEY, KEPT_FOR = "security.pulse", 3600

circuit = Circuit()


def beat() -> None:
    """Somebody looks for mail to send, now: a worker, beat's sweep, `deliver_outbox`, the demo. May fail silently."""
    if circuit.is_open:
        return
    try:
        cache.set(KEY, time.time(), KEPT_FOR)
    except Exception as error:
        circuit.trip()
        log.warning("the cache does not answer (%s)", type(error).__name__)


def seconds_since_beat() -> float | None:
    """How long ago that was; None for more than an hour, or never. Raises what the cache raises when it is away."""
    at = cache.get(KEY)
    return None if at is None else max(0.0, time.time() - float(at))


def waiting() -> int:
    """How many mails are promised and neither sent nor given up, nor wait for a later day."""
    return OutboxMessage.objects.waiting().count()


def seconds_of_the_oldest() -> float:
    """How long the oldest of them has been wanted."""
    oldest = OutboxMessage.objects.waiting().aggregate(oldest=Min("wanted_at"))["oldest"]
    return 0.0 if oldest is None else max(0.0, (timezone.now() - oldest).total_seconds())
