"""Coming from a release without a chain: the events there were are chained, and the trigger is there afterwards."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from accounts.models import User
from security import chain, events
from security.actor import Actor
from security.models import Event, Kind, SecurityProfile

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("accounts", "0001_initial"), ("security", "0001_initial")]


@pytest.fixture
def before() -> Iterator[MigrationExecutor]:
    """The database as the first release had it; as it is now again afterwards, whatever happens."""
    MigrationExecutor(connection).migrate(BEFORE)
    yield MigrationExecutor(connection)
    to_the_newest()


def to_the_newest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def fill(executor: MigrationExecutor, count: int = 3) -> None:
    """People with and without a profile, with an event each more than the one before, and one that is nobody's."""
    apps = executor.loader.project_state(BEFORE).apps
    users, profiles = apps.get_model("accounts", "User").objects, apps.get_model("security", "SecurityProfile").objects
    rows = apps.get_model("security", "Event").objects
    for number in range(count):
        user = users.create(email=f"person{number}@example.com", password="x")
        if number:
            profiles.create(person=user)
        for place in range(number + 1):
            at = datetime(2026, 5, 3, 12, 60 - number - place - 1, 0, 123456, tzinfo=UTC)
            detail = {"factor": "authenticator", "device": "Ünïcode 社", "nested": [1, 0.1, None]}
            rows.create(person=user, kind="session.started", at=at, actor="self", address="2001:db8::1", detail=detail)
    rows.create(person=None, kind="password.refused", at=datetime.now(UTC), actor="self", address="192.0.2.1")


def test_events_of_before_are_chained_in_the_order_in_which_they_were_written(before):
    fill(before)
    to_the_newest()
    for number in range(3):
        person = User.objects.get(email=f"person{number}@example.com")
        kept = Event.objects.filter(person=person).order_by("pk")
        assert list(kept.values_list("position", flat=True)) == list(range(1, number + 2))
        assert chain.first_break(person.pk) is None
        assert SecurityProfile.objects.get(person=person).chain_length == number + 1
    assert Event.objects.get(person=None).mac == ""
    assert len(set(Event.objects.values_list("public_id", flat=True))) == 7


def test_new_events_go_on_where_the_old_ones_end(before):
    fill(before)
    to_the_newest()
    for person in User.objects.all():
        with transaction.atomic():
            events.record(Kind.SESSION_ENDED, person, Actor(), why="signed out")
        assert chain.first_break(person.pk) is None


def test_a_change_of_what_was_there_before_is_found(before):
    fill(before)
    to_the_newest()
    event = Event.objects.filter(person__email="person2@example.com").order_by("pk")[1]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE security_event DISABLE TRIGGER security_event_stays")
        cursor.execute("UPDATE security_event SET browser = 'x' WHERE id = %s", [event.pk])
        cursor.execute("ALTER TABLE security_event ENABLE TRIGGER security_event_stays")
    assert chain.first_break(event.person_id) == 2


def test_the_trigger_goes_and_comes_with_the_migration(before):
    fill(before, 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE security_event SET browser = 'x'")
    to_the_newest()
    with pytest.raises(DatabaseError, match="never changed or deleted"), connection.cursor() as cursor:
        cursor.execute("UPDATE security_event SET browser = 'y'")


def test_many_events_are_chained_in_portions(before, monkeypatch):
    monkeypatch.setattr(importlib.import_module("security.migrations.0003_the_chain"), "AT_ONCE", 2)
    fill(before, 5)
    to_the_newest()
    assert all(chain.first_break(person.pk) is None for person in User.objects.all())
    assert Event.objects.exclude(person=None).count() == 15
