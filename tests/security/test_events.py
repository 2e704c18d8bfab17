"""The record: written with what it tells of or not at all, and never changed afterwards."""

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from security import events
from security.actor import Actor, Role
from security.models import Event, Kind, OutboxMessage
from tests.people import PASSWORD, newest_code

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


def test_an_event_says_who_what_when_and_from_where(owner, clock):
    event = events.record(Kind.SESSION_STARTED, owner.user, HERE, factor="password", device="")
    kept = Event.objects.get(pk=event.pk)
    assert (kept.person, kept.kind, kept.actor) == (owner.user, "session.started", "self")
    assert (kept.address, kept.browser) == ("192.0.2.1", "Firefox (Linux)")
    assert kept.detail == {"factor": "password", "device": ""}
    assert kept.at.isoformat() == "2036-11-24T12:00:05+00:00"


def test_an_operator_is_named(owner):
    event = events.record(Kind.ACCOUNT_CREATED, owner.user, Actor.operator("root"), by_invitation=False)
    assert (event.actor, event.actor_name, event.address) == (Role.SYSTEM, "root", None)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction():
    with pytest.raises(RuntimeError, match="shares the transaction"):
        events.record(Kind.SESSION_ENDED, None, HERE)
    assert not Event.objects.exists()


@pytest.mark.parametrize("undeclared", [{"digits": "12345678"}, {"password": PASSWORD}, {"factor": "x", "secret": "y"}])
def test_a_detail_that_is_not_declared_is_refused(owner, undeclared):
    with pytest.raises(ValueError, match="does not declare"):
        events.record(Kind.SESSION_STARTED, owner.user, HERE, **undeclared)
    assert not Event.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_declares_what_it_may_say(kind):
    said = events.DETAIL[kind]
    assert not said & {"code", "digits", "password", "secret", "token", "key", "email"}


def test_an_event_cannot_be_changed(owner):
    event = events.record(Kind.SESSION_ENDED, owner.user, HERE)
    event.browser = "another"
    with pytest.raises(TypeError, match="never changed"):
        event.save()
    with pytest.raises(TypeError, match="never changed"):
        event.save(update_fields=["browser"])
    assert Event.objects.get().browser == "Firefox (Linux)"


def test_an_event_cannot_be_deleted(owner):
    event = events.record(Kind.SESSION_ENDED, owner.user, HERE)
    with pytest.raises(TypeError, match="never deleted"):
        event.delete()
    assert Event.objects.count() == 1


def test_nobody_who_has_a_record_can_be_deleted(owner):
    events.record(Kind.SESSION_ENDED, owner.user, HERE)
    with pytest.raises(ProtectedError):
        owner.user.delete()


def test_an_event_shares_the_fate_of_what_it_tells_of(owner):
    class Boom(Exception):
        pass

    with pytest.raises(Boom), transaction.atomic():
        events.record(Kind.ENROLLMENT_CANCELLED, owner.user, HERE, was_serious=True)
        assert OutboxMessage.objects.count() == 1
        raise Boom
    assert not Event.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_an_address_without_an_account_is_recorded_and_nobody_is_told(db):
    event = events.record(Kind.PASSWORD_REFUSED, None, HERE, subject="0" * 64)
    assert event.person is None
    assert not OutboxMessage.objects.exists()


def journey_of(owner, clock):
    """The whole story, with a wrong answer of every sort, and a sign-out."""
    owner.sign_in()
    owner.answer("email", email=owner.user.email)
    owner.answer("password", password="not the password")
    owner.walk_to("proof")
    owner.answer("proof", code="000 000")
    owner.walk_to("code")
    owner.answer("code", code="no code")
    owner.walk_to("done")
    owner.post("/sign-out/")


def test_the_story_as_it_is_recorded(owner, clock):
    journey_of(owner, clock)
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "session.started",
        "enrollment.started",
        "password.refused",
        "password.confirmed",
        "authenticator_code.refused",
        "verification_code.promised",
        "verification_code.refused",
        "enrollment.proved",
        "authenticator.replaced",
        "session.ended",
    ]
    journey = Event.objects.filter(kind__startswith="enrollment.")
    assert set(journey.values_list("enrollment_id", flat=True)) == {owner.enrollment.public_id}
    assert set(Event.objects.values_list("person", "address", "browser")) == {
        (owner.user.pk, "127.0.0.1", "Firefox (Linux)")
    }


def test_no_secret_and_no_full_address_is_in_the_record(owner, clock):
    journey_of(owner, clock)
    code = newest_code("owner@example.com")
    record = str(list(Event.objects.values()))
    assert "o•••@e•••.com" in record
    for secret in (code, code.replace(" ", ""), PASSWORD, owner.new_phone.secret, "owner@example.com"):
        assert secret not in record
