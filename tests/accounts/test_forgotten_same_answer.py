"""Nobody learns from a forgotten password who has an account: same answer, same queries, and nothing is hashed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from security import outbox, throttle
from security.models import Event, Kind, OutboxMessage, SecurityProfile, Session
from tests.accounts.test_same_answer import (
    CountingHasher,
    a_member_of_staff,
    disabled,
    nobody,
    seen,
    shape,
    somebody,
    without_password,
    without_second_factor,
)
from tests.people import make

ASK, SENT = "/forgot-password/", "/forgot-password/?sent=1"
TIMES = 7


def frozen():
    someone = make("frozen@example.com")
    now = someone.user.joined_at
    SecurityProfile.objects.filter(person=someone.user).update(frozen_at=now, frozen_until=now.replace(year=2040))
    return someone


def identified(who):
    """Somebody who typed the address at sign-in before, and then did not know the password."""

    def make_them():
        someone = who()
        someone.post("/sign-in/", email=someone.user.email)
        return someone

    make_them.__name__ = f"{who.__name__} at sign-in"
    return make_them


EVERYBODY = [nobody, somebody, without_second_factor, a_member_of_staff, disabled, without_password, frozen]


def ask(someone):
    """What the pages said, and what it cost to say it."""
    with CaptureQueriesContext(connection) as queries:
        answers = [someone.get(ASK), someone.post(ASK, email=someone.user.email), someone.get(SENT)]
    assert [answer.status_code for answer in answers] == [200, 302, 200]
    return [seen(answer, someone) for answer in answers], [shape(query["sql"]) for query in queries]


@pytest.fixture
def hasher(settings):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_same_answer.CountingHasher"]
    return CountingHasher


@pytest.mark.parametrize("who", [*EVERYBODY, identified(nobody), identified(somebody)], ids=lambda who: who.__name__)
def test_the_first_request_and_all_others_are_answered_alike(db, clock, hasher, who):
    someone, reference = who(), make("reference@example.com")
    if "at sign-in" in who.__name__:
        reference.post("/sign-in/", email=reference.user.email)
    hasher.calls = 0
    for _ in range(TIMES):
        assert ask(someone) == ask(reference)
        outbox.sweep()
    clock.forward(hours=1, seconds=1)
    assert ask(someone) == ask(reference)
    assert hasher.calls == 0


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.__name__)
def test_as_much_is_written_for_everybody_and_no_address_of_a_stranger(db, clock, who):
    someone = who()
    for _ in range(TIMES):
        someone.post(ASK, email=someone.user.email)
    events = Event.objects.filter(kind=Kind.PASSWORD_LINK_PROMISED)
    assert events.count() == OutboxMessage.objects.count() == 3
    assert {event.detail["subject"] for event in events} == {throttle.of_address(someone.user.email)}
    gets_mail = who not in (nobody, disabled, frozen)
    assert set(events.values_list("person", flat=True)) == {someone.user.pk if gets_mail else None}
    kept = f"{list(events.values())} {list(OutboxMessage.objects.values())}"
    assert (someone.user.email in kept) is gets_mail
    assert not Session.objects.exists()


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.__name__)
def test_only_open_accounts_get_mail(db, clock, mailoutbox, who):
    someone = who()
    someone.post(ASK, email=someone.user.email)
    assert outbox.sweep() == len(mailoutbox) == (who not in (nobody, disabled, frozen))
    assert not OutboxMessage.objects.due().exists()


@pytest.mark.django_db(transaction=True)
def test_with_the_worker_away_the_answers_are_the_same_and_the_mail_waits(clock):
    """SI11: nothing is sent in the request, so nothing of it can be measured there."""
    known, unknown = make("known@example.com"), nobody()
    assert ask(known) == ask(unknown)
    assert OutboxMessage.objects.due().count() == 2
    assert outbox.sweep() == 1
    assert OutboxMessage.objects.get(person=None).trouble == "there is no such account"


@pytest.mark.parametrize("spelled", ["KNOWN@example.com", " known@EXAMPLE.com ", "Known@Example.Com"])
def test_another_spelling_gets_no_further_mail(db, clock, spelled):
    """S32."""
    known = somebody()
    for _ in range(3):
        known.post(ASK, email=known.user.email)
    known.elsewhere().post(ASK, email=spelled)
    assert OutboxMessage.objects.count() == 3


def test_the_page_never_says_that_no_more_mail_is_sent(db, clock):
    email = somebody().user.email
    texts = set()
    for _ in range(TIMES):
        answer = Client().post(ASK, {"email": email}, follow=True)
        texts.add(answer.content.decode().split("<main", 1)[1])
    assert len(texts) == 1
    assert "at most 3 such mails an hour" in texts.pop()
