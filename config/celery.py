"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

import os
import random
from typing import Any

import kombu
from celery import Celery
from celery.app import amqp
from celery.signals import task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES, redis

from config import collector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")


class Channel(redis.Channel):
    """Asks for its publishing client once, not for every message: to make one takes as long as to send with it."""

    _publisher: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[misc]
        if self._publisher is None or self._publisher.connection_pool is not self.pool:  # as after a fork
            self._publisher = super()._create_client()  # type: ignore[misc]
        return self._publisher


class Transport(redis.Transport):
    Channel = Channel


TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))


class Connection(kombu.Connection):
    """A broker that is away is asked again within five seconds however long it was away, and by each process at another
    moment.
    """

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        patience = {"interval_start": random.uniform(0.5, 1.5), "interval_step": 1, "interval_max": 4}  # noqa: S311
        return super().ensure_connection(*args, **{**patience, **options})


class AMQP(amqp.AMQP):
    Connection = Connection


app = Celery("rekey", amqp=AMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="chores")


@worker_process_init.connect
def settle(**details: Any) -> None:
    """A process of a worker has everything loaded that it needs."""
    collector.settle()


@task_prerun.connect
@task_postrun.connect
def give_back(sender: Any = None, **details: Any) -> None:
    """A connection to the database goes back to the pool between tasks, and is looked at before it is used again.
    Celery would close the whole pool around each task, see CELERY_DB_REUSE_MAX.
    """
    if not getattr(sender.request, "is_eager", False):
        close_old_connections()
