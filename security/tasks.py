"""Celery's part: a nudge right after the commit, and a sweep every five seconds for whatever a nudge missed.

A task carries an id and nothing else, and reads the rest from the database; whoever forges one makes us look twice.
"""

import logging

from celery import shared_task

from security import outbox, tidying
from security.circuit import Circuit

log = logging.getLogger("security.tasks")

URGENT, MAIL = "urgent", "mail"  # the queues, see CELERY_TASK_QUEUES

circuit = Circuit()


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


def nudge(message_id: int, *, is_urgent: bool) -> None:
    """Ask a worker to send this mail now; what people wait for, in a queue that no campaign fills. May fail silently:
    the sweep finds the row anyway.

    After a failure the broker is left alone for five seconds, so that a dead one costs a request half a second at most.
    """
    if circuit.is_open:
        return
    try:
        deliver.apply_async((message_id,), retry=False, queue=URGENT if is_urgent else MAIL)
    except Exception as error:
        circuit.trip()
        log.warning("the broker does not answer (%s); the sweep will send mail %d", type(error).__name__, message_id)
