"""Celery's part: a nudge right after the commit, and a sweep every five seconds for whatever a nudge missed.

A task carries an id and nothing else, and reads the rest from the database; whoever forges one makes us look twice.
"""

import logging
import time

from celery import shared_task

from security import outbox, tidying

log = logging.getLogger("security.tasks")

CIRCUIT_SECONDS = 5.0
_broker_away_until = 0.0


@shared_task(name="security.tasks.deliver")
def deliver(message_id: int) -> None:
    """Send one promised mail."""
    outbox.deliver(message_id)


@shared_task(name="security.tasks.sweep")
def sweep() -> None:
    """Send everything that is due."""
    outbox.sweep()


@shared_task(name="security.tasks.tidy")
def tidy() -> None:
    """Erase the secrets that are over."""
    log.info("erased: %s", tidying.erase_what_is_over())


def nudge(message_id: int) -> None:
    """Ask a worker to send this mail now. May fail silently: the sweep finds the row anyway.

    After a failure the broker is left alone for five seconds, so that a dead one costs a request half a second at most.
    """
    global _broker_away_until
    if time.monotonic() < _broker_away_until:
        return
    try:
        deliver.apply_async((message_id,), retry=False)
    except Exception as error:
        _broker_away_until = time.monotonic() + CIRCUIT_SECONDS
        log.warning("the broker does not answer (%s); the sweep will send mail %d", type(error).__name__, message_id)
