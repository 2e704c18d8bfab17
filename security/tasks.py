"""Celery's part: a nudge right after the commit, and a sweep every five seconds for whatever a nudge missed.

A task carries an id and nothing else, and reads the rest from the database; whoever forges one makes us look twice.
"""

import logging
import threading
from typing import Any

from celery import shared_task
from celery.utils import uuid
from django.conf import settings

from security import outbox, tidying
from security.circuit import Circuit

log = logging.getLogger("security.tasks")

URGENT, MAIL = "urgent", "mail"  # the queues, see CELERY_TASK_QUEUES

circuit = Circuit()


class _Mine(threading.local):
    """What each thread keeps: the broker's clients are not made to be shared."""

    producer: Any = None


_mine = _Mine()


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
        _publish((message_id,), URGENT if is_urgent else MAIL)
    except Exception as error:
        circuit.trip()
        _forget_producer()
        log.warning("the broker does not answer (%s); the sweep will send mail %d", type(error).__name__, message_id)


def _publish(args: tuple[int], queue: str) -> None:
    """As `deliver.apply_async` does it, which looks first for routes, parents, retries and results that a nudge never
    has, and for a producer that is free: it takes longer for that than for the rest.
    """
    if settings.CELERY_TASK_ALWAYS_EAGER:
        deliver.apply(args)
        return
    app, name, limit = deliver.app, deliver.name, settings.CELERY_TASK_TIME_LIMIT
    message = app.amqp.as_task_v2(
        uuid(), name, args, argsrepr=repr(args), kwargsrepr="{}", time_limit=limit, ignore_result=True
    )
    if _mine.producer is None:
        _mine.producer = app.amqp.Producer(app.connection_for_write(), auto_declare=False)
    app.amqp.send_task_message(_mine.producer, name, message, queue=queue, declare=[], retry=False)


def _forget_producer() -> None:
    """The next nudge of this thread begins with another connection."""
    producer, _mine.producer = _mine.producer, None
    if producer is not None:
        producer.connection.release()
