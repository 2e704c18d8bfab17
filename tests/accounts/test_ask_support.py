"""Ask support: for those to whom nothing else is open, with the same answer for everybody."""

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from security import outbox, throttle
from security.actor import Actor
from security.flows import support
from security.models import Event, Kind, OutboxMessage, SupportCase
from tests.accounts.test_same_answer import (
    a_member_of_staff,
    disabled,
    hasher,  # noqa: F401
    nobody,
    seen,
    shape,
    somebody,
    without_password,
    without_second_factor,
)
from tests.people import make

PATH = "/help/ask-support/"
STAFF = Actor.operator("root")

pytestmark = pytest.mark.django_db


def ask(someone, message="My phone fell into the sea.", email=None):
    return someone.post(PATH, email=email or someone.user.email, message=message)


def attempt(someone, hasher):  # noqa: F811
    """What the page said, and what it cost to say it."""
    before = hasher.calls
    with CaptureQueriesContext(connection) as queries:
        answers = [someone.get(PATH), ask(someone), someone.get(f"{PATH}?asked=1")]
    return [seen(answer, someone) for answer in answers], [shape(q["sql"]) for q in queries], hasher.calls - before


@pytest.mark.parametrize(
    "who", [nobody, somebody, without_second_factor, a_member_of_staff, disabled, without_password]
)
def test_the_same_answer_the_same_queries_and_no_hashing(clock, hasher, who):  # noqa: F811
    someone, reference = who(), make("reference@example.com")
    answers, queries, calls = attempt(reference, hasher)
    hasher.calls = 0
    assert attempt(someone, hasher) == (answers, queries, calls)
    assert calls == 0
    assert [answer[0] for answer in answers] == [200, 302, 200]


@pytest.mark.parametrize("who", [nobody, somebody, disabled])
def test_asking_again_answers_the_same_and_adds_nothing(clock, hasher, who):  # noqa: F811
    someone, reference = who(), make("reference@example.com")
    first, _, _ = attempt(reference, hasher)
    ask(someone)
    again = attempt(reference, hasher)
    before = (SupportCase.objects.count(), Event.objects.count(), OutboxMessage.objects.count())
    assert attempt(someone.elsewhere(), hasher) == again
    assert again[0] == first
    assert (SupportCase.objects.count(), Event.objects.count(), OutboxMessage.objects.count()) == before


def test_a_case_is_opened_and_both_sides_are_told(owner, clock, settings):
    settings.SUPPORT_EMAIL = "help@site.example"
    assert ask(owner).url == f"{PATH}?asked=1"
    case = SupportCase.objects.get()
    assert (case.person, case.message, case.closed_at) == (owner.user, "My phone fell into the sea.", None)
    assert (case.ip_address, case.browser) == ("127.0.0.1", "Firefox (Linux)")
    assert case.address_digest == throttle.of_address(owner.user.email)
    event = Event.objects.get(kind=Kind.SUPPORT_ASKED)
    assert (event.person, event.detail) == (owner.user, {"case": case.public_id, "subject": case.address_digest})
    outbox.sweep()
    to_owner, to_support = mail.outbox
    assert (to_owner.to, to_support.to) == (["owner@example.com"], ["help@site.example"])
    assert "never ask for your password or a code" in to_owner.body
    assert case.public_id in to_support.body
    assert "fell into the sea" not in to_owner.body + to_support.body


def test_for_an_address_without_an_account_there_is_a_case_and_no_mail(clock):
    ask(nobody())
    case = SupportCase.objects.get()
    assert case.person is None
    assert Event.objects.get().person is None
    outbox.sweep()
    assert mail.outbox == []
    assert not OutboxMessage.objects.due().exists()


@pytest.mark.parametrize("typed", ["OWNER@EXAMPLE.COM", " owner@example.com "])
def test_one_open_case_an_address_however_it_is_written(owner, clock, typed):
    ask(owner)
    ask(owner.elsewhere(), email=typed)
    assert SupportCase.objects.count() == 1


def test_one_open_case_a_person_even_if_their_address_changes(owner, clock):
    ask(owner)
    User.objects.filter(pk=owner.user.pk).update(email="renamed@example.com")
    ask(owner, email="renamed@example.com")
    assert SupportCase.objects.count() == 1


def test_a_closed_case_makes_room_for_another(owner, clock):
    ask(owner)
    case = SupportCase.objects.get()
    assert support.close(case, reason="helped", actor=STAFF)
    assert not support.close(case, reason="helped", actor=STAFF)
    ask(owner)
    assert SupportCase.objects.filter(closed_at=None).count() == 1
    assert SupportCase.objects.count() == 2


def test_asking_opens_nothing(owner, clock):
    ask(owner)
    assert owner.get("/account/").status_code == 302
    assert owner.get("/sign-in/code/").url == "/sign-in/"


def test_the_address_is_filled_in_where_it_is_known(owner, clock):
    assert "value=" not in owner.get(PATH).content.decode().split('name="email"')[1].split(">")[0]
    owner.post("/sign-in/", email="Owner@Example.com")
    assert 'value="Owner@Example.com"' in owner.get(PATH).content.decode()
    signed_in = owner.elsewhere().sign_in()
    assert 'value="owner@example.com"' in signed_in.get(PATH).content.decode()
    assert ask(signed_in).status_code == 302


def test_the_page_says_what_support_does_and_never_does(client, settings):
    page = client.get(PATH).content.decode()
    assert "never ask for your password, a code or a recovery code" in page
    assert "It takes over after 72 hours" in page
    settings.SECURITY_HOLD_RISK = 0
    assert "It takes over after" not in client.get(PATH).content.decode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"email": ""}, "Type your e-mail address."),
        ({"email": "nobody"}, "That is not an e-mail address."),
        ({"message": "x" * 2001}, "Use at most 2000 characters."),
        ({"message": "nul\0"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_sent_is_said_so_and_kept(owner, clock, data, said):
    answer = owner.post(PATH, **{"email": owner.user.email, "message": "Please help", **data})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert data.get("message", "Please help").strip("\0") in answer.content.decode()
    assert not SupportCase.objects.exists()


def test_a_line_break_is_one_character(owner, clock):
    text = "\r\n".join(["x" * 999, "y" * 1000])
    assert ask(owner, text).status_code == 302
    assert len(SupportCase.objects.get().message) == 2000


def test_a_message_is_optional(owner, clock):
    assert owner.post(PATH, email=owner.user.email).status_code == 302
    assert SupportCase.objects.get().message == ""


def test_more_than_twenty_an_hour_from_one_network_have_to_wait(owner, clock):
    client = Client()
    for number in range(20):
        assert client.post(PATH, {"email": f"nobody{number}@example.com"}).status_code == 302
    answers = [ask(owner, "Please"), client.post(PATH, {"email": "nobody@example.com", "message": "Please"})]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert [answer["Retry-After"] for answer in answers] == ["3600", "3600"]
    assert "Too many tries from your network. Wait 60 minutes" in answers[0].content.decode()
    assert ">\nPlease</textarea>" in answers[0].content.decode()
    assert SupportCase.objects.count() == 20
    clock.forward(3601)
    assert ask(owner).status_code == 302


def test_it_is_linked_from_every_page_and_where_nothing_else_is_open(owner, staff, clock):
    for path in ("/sign-in/", "/forgot-password-is-no-page/", PATH):
        assert f'href="{PATH}"' in Client().get(path).content.decode()
    for someone in (owner, staff):
        someone.give_password()
        assert someone.get("/sign-in/code/").content.decode().count(f'href="{PATH}"') == 2


def test_it_can_be_asked_for_somebody_who_never_had_a_password(clock):
    someone = without_password()
    assert ask(someone).status_code == 302
    assert SupportCase.objects.get().person == someone.user
