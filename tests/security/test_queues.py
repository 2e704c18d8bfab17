"""Whoever waits for a code does not wait for what everybody is told."""

from django.db import transaction

from config.celery import app
from security import events
from security.actor import Actor
from security.models import Kind, OutboxMessage
from tests import people
from tests.faults.test_broker import locked_out, promise

MANY = 60


def test_a_code_overtakes_what_many_are_told(shared_processes, site, inbox, transactional_db):
    owner, other = people.make("owner@example.com"), people.make("other@example.com")
    with transaction.atomic():
        for _ in range(MANY):
            events.record(Kind.ENROLLMENT_CANCELLED, other.user, Actor(), was_serious=True)
    promise(locked_out(site.url, owner))
    assert OutboxMessage.objects.filter(delivered_at=None).count() == MANY + 1

    worker = shared_processes.worker(beat=False)
    inbox.wait_for_code(owner.user.email)
    before = len(inbox.to(other.user.email))
    shared_processes.stop(worker)
    assert before <= 2, "at most what was taken before"


def test_a_task_goes_into_one_queue():
    ways = {queue.name: (queue.exchange.name, queue.routing_key) for queue in app.amqp.queues.values()}
    assert ways == {name: (name, name) for name in ("urgent", "mail", "chores")}
