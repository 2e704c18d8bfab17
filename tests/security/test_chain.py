"""The chain of events: whoever changes one, adds one or takes one away is found out."""

import logging
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from security import chain, crypto, events
from security.actor import Actor
from security.models import Event, Kind, OutboxMessage, SecurityProfile
from security.transactions import atomic
from tests import plausible
from tests.people import PASSWORD

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
KEY, NEXT_KEY = b"k" * 32, b"n" * 32


@pytest.fixture
def recorded(owner, stranger, clock):
    """Five events of the owner, with one of somebody else and one of nobody between them."""
    kinds = [Kind.SESSION_STARTED, Kind.AUTHENTICATOR_RENAMED, Kind.STEP_UP_PASSED, Kind.RECOVERY_CODES_MADE]
    found = [record(owner, kind) for kind in kinds[:2]]
    record(stranger, Kind.SESSION_STARTED)
    events.record(Kind.PASSWORD_REFUSED, None, HERE, subject="0" * 64)
    clock.forward(60)
    found += [record(owner, kind) for kind in (*kinds[2:], Kind.SESSION_ENDED)]
    OutboxMessage.objects.all().delete()  # they hold on to their events
    return found


def record(someone, kind, actor=HERE):
    return events.record(kind, someone.user, actor, **plausible.DETAIL[kind])


def tamper(statement, *values):
    """What somebody does who has the database, and no key: past the trigger, as its owner can."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        assert cursor.rowcount > 0
        cursor.execute("SET LOCAL session_replication_role = origin")


def set_column(event, column, value):
    tamper(f"UPDATE security_event SET {column} = %s WHERE id = %s", value, event.pk)


def is_whole(someone):
    return chain.first_break(someone.user.pk) is None


# What is whole.


def test_a_chain_that_nobody_touched_is_whole(owner, stranger, recorded):
    assert is_whole(owner)
    assert is_whole(stranger)
    assert [event.position for event in recorded] == [1, 2, 3, 4, 5]


def test_somebody_without_events_has_a_whole_chain(newcomer):
    assert is_whole(newcomer)


def test_somebody_without_a_profile_has_a_whole_chain(db):
    assert chain.first_break(4711) is None


def test_what_is_nobodys_has_no_chain(recorded):
    event = Event.objects.get(person=None)
    assert (event.position, event.mac) == (0, "")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_the_same_when_it_is_read_back(owner, clock, kind):
    record(owner, kind)
    assert is_whole(owner)


@pytest.mark.parametrize(
    "address", [None, "192.0.2.1", "2001:db8::1", "2001:0DB8:0:0::0001", "::ffff:192.0.2.1", "::FFFF:c000:201", "::1"]
)
def test_every_way_to_write_an_address_is_the_same_when_it_is_read_back(owner, address):
    record(owner, Kind.SESSION_ENDED, Actor(address=address))
    assert is_whole(owner)


@pytest.mark.parametrize("name", ["", "Ünïcode 社 😀", "a\r\nb", '"quoted" \\ {}', "\u2028", "é", "e\u0301", "x" * 64])
@pytest.mark.parametrize("stamp", [0.1 + 0.2, 1764245400.123457, 10**12, -1, True, None, [1, "a", {"b": None}]])
def test_every_detail_is_the_same_when_it_is_read_back(owner, name, stamp):
    events.record(Kind.BROWSER_TRUSTED, owner.user, Actor(browser=name), browser=name, until=stamp)
    assert is_whole(owner)


def test_the_time_is_the_same_in_every_zone(owner, recorded):
    with timezone.override("Asia/Kolkata"):
        record(owner, Kind.SESSION_STARTED)
    with timezone.override("America/St_Johns"):
        assert is_whole(owner)


# What is not.

CHANGES = {
    "kind": "session.ended",
    "at": timezone.now() - timedelta(days=400),
    "actor": "staff",
    "actor_name": "somebody",
    "address": "198.51.100.1",
    "browser": "Chrome (Linux)",
    "enrollment_id": "0123456789abcdef01234567",
    "public_id": "0123456789abcdef01234567",
    "position": 6,
    "mac": "dev." + "0" * 64,
    "detail": '{"device": "x", "name": "Another", "old_name": ""}',
    "person_id": None,
}


def test_every_column_but_the_key_is_tried():
    assert set(CHANGES) == {field.column for field in Event._meta.concrete_fields} - {"id"}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_found(owner, recorded, column):
    set_column(recorded[1], column, CHANGES[column])
    assert chain.first_break(owner.user.pk) == 2


@pytest.mark.parametrize("mac", ["", ".", "dev", "dev.", "gone." + "0" * 64, "0" * 64])
def test_a_link_that_is_none_is_found(owner, recorded, mac):
    set_column(recorded[1], "mac", mac)
    assert chain.first_break(owner.user.pk) == 2


def test_an_event_given_to_somebody_else_is_found_with_both(owner, stranger, recorded):
    tamper("UPDATE security_event SET person_id = %s, position = 2 WHERE id = %s", stranger.user.pk, recorded[1].pk)
    assert chain.first_break(owner.user.pk) == 2
    assert chain.first_break(stranger.user.pk) == 2


@pytest.mark.parametrize("index", range(5))
def test_an_event_that_was_taken_away_is_found(owner, recorded, index):
    tamper("DELETE FROM security_event WHERE id = %s", recorded[index].pk)
    assert chain.first_break(owner.user.pk) == index + 1


def test_a_record_that_was_taken_away_is_found(owner, recorded):
    tamper("DELETE FROM security_event WHERE person_id = %s", owner.user.pk)
    assert chain.first_break(owner.user.pk) == 1


@pytest.mark.parametrize("length", [3, 4])
def test_an_end_that_was_cut_off_cannot_be_hidden(owner, recorded, length):
    """Neither with the link of what is now the last event, nor with anything else that stands in the tables."""
    last = recorded[length - 1]
    tamper("DELETE FROM security_event WHERE person_id = %s AND position > %s", owner.user.pk, length)
    for head in (last.mac, last.mac.partition(".")[2], crypto.digest(last.mac), ""):
        SecurityProfile.objects.filter(person=owner.user).update(chain_length=length, chain_head=head)
        assert chain.first_break(owner.user.pk) == length + 1


def test_an_event_that_was_added_is_found(owner, recorded):
    tamper("UPDATE security_event SET position = position + 1 WHERE person_id = %s AND position = 5", owner.user.pk)
    columns = "person_id, kind, at, actor, actor_name, address, browser, enrollment_id, detail, mac"
    tamper(
        f"INSERT INTO security_event ({columns}, public_id, position)"
        f" SELECT {columns}, %s, 5 FROM security_event WHERE id = %s",
        "0123456789abcdef01234567",
        recorded[3].pk,
    )
    assert chain.first_break(owner.user.pk) == 5


def test_an_event_added_past_the_choke_point_is_found(owner, recorded):
    Event(person=owner.user, kind=Kind.SESSION_STARTED, actor="self").save()
    assert chain.first_break(owner.user.pk) == 1


def test_two_events_that_changed_places_are_found(owner, recorded):
    for place, event in ((99, recorded[1]), (2, recorded[2]), (3, recorded[1])):
        set_column(event, "position", place)
    assert chain.first_break(owner.user.pk) == 2


def test_a_profile_that_was_taken_away_is_found(owner, recorded):
    tamper("DELETE FROM security_securityprofile WHERE person_id = %s", owner.user.pk)
    assert chain.first_break(owner.user.pk) == 6


# The keys.


def test_with_a_new_key_old_links_still_hold(owner, settings, clock):
    settings.SECURITY_KEYS = {"old": KEY}
    record(owner, Kind.SESSION_STARTED)
    settings.SECURITY_KEYS = {"new": NEXT_KEY, "old": KEY}
    record(owner, Kind.SESSION_ENDED)
    record(owner, Kind.SESSION_STARTED)
    assert [event.mac.partition(".")[0] for event in Event.objects.order_by("position")] == ["old", "new", "new"]
    assert is_whole(owner)


def test_a_key_that_was_thrown_away_breaks_what_it_held(owner, settings, clock):
    settings.SECURITY_KEYS = {"new": NEXT_KEY, "old": KEY}
    record(owner, Kind.SESSION_STARTED)
    settings.SECURITY_KEYS = {"old": KEY}
    assert chain.first_break(owner.user.pk) == 1


def test_another_key_of_the_same_name_does_not_fit(owner, settings, clock):
    settings.SECURITY_KEYS = {"one": KEY}
    record(owner, Kind.SESSION_STARTED)
    settings.SECURITY_KEYS = {"one": NEXT_KEY}
    assert chain.first_break(owner.user.pk) == 1


# The end of the chain.


def test_a_stale_copy_of_the_profile_does_not_put_the_end_back(owner, clock):
    stale = SecurityProfile.objects.get(person=owner.user)
    record(owner, Kind.SESSION_STARTED)
    stale.probation_until = timezone.now()
    stale.save()
    record(owner, Kind.SESSION_ENDED)
    assert is_whole(owner)
    assert SecurityProfile.objects.get(person=owner.user).probation_until == timezone.now()


def test_several_events_in_one_transaction_move_the_end_once(owner, clock, django_assert_num_queries):
    with django_assert_num_queries(7), atomic():  # a savepoint and its end, the lock, three events, their end
        for _ in range(3):
            events.record(Kind.SESSION_ENDED, owner.user, Actor(), why="left")
    assert SecurityProfile.objects.get(person=owner.user).chain_length == 3
    assert chain.first_break(owner.user.pk) is None


def test_what_was_rolled_back_leaves_no_gap(owner, clock):
    record(owner, Kind.SESSION_STARTED)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(owner, Kind.SESSION_ENDED)
        raise ZeroDivisionError
    record(owner, Kind.SESSION_ENDED)
    assert is_whole(owner)
    assert Event.objects.filter(person=owner.user).count() == 2


def test_every_link_is_in_the_log_once_it_is_kept(owner, caplog, django_capture_on_commit_callbacks):
    """The log is shipped elsewhere: what it says was there must be in the table."""
    caplog.set_level(logging.INFO, "security.chain")
    with django_capture_on_commit_callbacks(execute=True):
        event = record(owner, Kind.SESSION_STARTED)
        assert caplog.messages == []
    assert caplog.messages == [f"event 1 of person {owner.user.pk}: {event.mac}"]


def test_the_log_knows_neither_people_nor_the_end_of_the_chain(owner, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.INFO, "security.chain")
    with django_capture_on_commit_callbacks(execute=True):
        owner.sign_in()
    said = " ".join(caplog.messages)
    head = SecurityProfile.objects.get(person=owner.user).chain_head
    for private in (head, PASSWORD, owner.user.email, owner.phone.secret, "127.0.0.1", "Firefox"):
        assert private not in said


# The trigger (LG5).


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE security_event SET browser = 'another'",
        "UPDATE security_event SET id = id",
        "DELETE FROM security_event",
        "WITH gone AS (DELETE FROM security_event RETURNING id) SELECT * FROM gone",
    ],
)
def test_postgresql_refuses_to_change_or_delete_an_event(recorded, statement):
    before = list(Event.objects.values())
    refused = pytest.raises(DatabaseError, match="never changed or deleted")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Event.objects.values()) == before


def test_postgresql_lets_an_event_be_added(owner):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO security_event (kind, at, actor, actor_name, browser, enrollment_id, public_id, position, mac,"
            " detail) VALUES ('session.ended', now(), 'self', '', '', '', 'x', 0, '', '{}')"
        )
    assert Event.objects.get().browser == ""
