"""A nudge is an ordinary task of Celery's, published without what such a task never has."""

import pytest
from celery.signals import before_task_publish

from config.celery import app
from security import tasks
from security.circuit import Circuit

ITS_OWN = {"id", "root_id", "parent_id"}  # of each task


@pytest.fixture
def published():
    """What is handed to the broker, as Celery says it."""
    found = []

    def note(headers, body, routing_key, exchange, **rest):
        told = {name: value for name, value in headers.items() if name not in ITS_OWN}
        found.append({"headers": told, "body": body, "queue": routing_key, "exchange": exchange})

    before_task_publish.connect(note)
    yield found
    before_task_publish.disconnect(note)


@pytest.mark.parametrize(("is_urgent", "queue"), [(True, "urgent"), (False, "mail")])
def test_it_says_what_celery_says(published, is_urgent, queue):
    tasks.nudge(10**9, is_urgent=is_urgent)
    tasks.deliver.apply_async((10**9,), retry=False, queue=queue, ignore_result=True)
    nudge, task = published
    assert nudge == task
    assert nudge["queue"] == queue


def test_one_client_publishes_until_its_connections_are_given_up():
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        first = channel._create_client()
        assert channel._create_client() is first
        channel._after_fork()
        second = channel._create_client()
        assert second.connection_pool is not first.connection_pool
        assert second.ping()


def test_whoever_nudges_keeps_such_a_client():
    kept = []
    for _ in range(2):
        tasks.nudge(10**9, is_urgent=True)
        kept.append(tasks._mine.producer.channel._publisher)
    assert kept[0] is kept[1] is not None


def test_after_a_failure_it_begins_anew(monkeypatch):
    tasks.nudge(10**9, is_urgent=True)
    producer = tasks._mine.producer
    monkeypatch.setattr(tasks, "circuit", Circuit(seconds=0))
    monkeypatch.setattr(producer.channel._publisher, "lpush", lambda *args: producer.no_such_thing)
    tasks.nudge(10**9, is_urgent=True)
    assert tasks._mine.producer is None
    tasks.nudge(10**9, is_urgent=True)
    assert tasks._mine.producer is not producer
