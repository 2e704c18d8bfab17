"""Nobody learns at the sign-in pages which addresses have an account: same answer, same queries, same hashing."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from security import throttle
from security.models import Event, Kind, Session, Throttle
from tests.people import PASSWORD, Someone, make

WRONG = "not the right password"
WAIT = "Too many wrong answers. Wait 30 seconds, then try again."


class CountingHasher(MD5PasswordHasher):
    """Counts how often it was made to work."""

    calls = 0

    def encode(self, password, salt):
        type(self).calls += 1
        return super().encode(password, salt)


@pytest.fixture
def hasher(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.calls = 0
    return CountingHasher


def nobody():
    return Someone(User(email="nobody@example.com"))


def somebody():
    return make("known@example.com")


def without_second_factor():
    return make("plain@example.com", has_device=False)


def a_member_of_staff():
    return make("staff@example.com", is_staff=True)


def disabled():
    return make("former@example.com", is_active=False)


def without_password():
    someone = make("invited@example.com")
    someone.user.set_unusable_password()
    someone.user.save()
    return someone


def shape(statement):
    """A statement without its values and the names of savepoints."""
    return re.sub(r"'[^']*'|\"s\d+_x\d+\"|\b[0-9]+\b|\bNULL\b", "?", statement)


def attempt(someone, password, hasher):
    """What the two pages said, and what it cost to say it."""
    before = hasher.calls
    with CaptureQueriesContext(connection) as queries:
        answers = [
            someone.post("/sign-in/", email=someone.user.email),
            someone.get("/sign-in/password/"),
            someone.post("/sign-in/password/", password=password),
        ]
    return [seen(answer, someone) for answer in answers], [shape(q["sql"]) for q in queries], hasher.calls - before


def seen(answer, someone):
    """Everything of an answer that is not the echo of what was typed, or new for every page."""
    text = answer.content.decode().replace(someone.user.email, "ADDRESS")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", text)
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "X-Request-ID")}
    return answer.status_code, text, headers, sorted(answer.cookies)


@pytest.mark.parametrize(
    ("who", "password"),
    [
        (nobody, WRONG),
        (nobody, PASSWORD),
        (somebody, WRONG),
        (without_second_factor, WRONG),
        (a_member_of_staff, WRONG),
        (disabled, WRONG),
        (disabled, PASSWORD),
        (without_password, WRONG),
        (without_password, PASSWORD),
    ],
)
def test_the_same_answer_the_same_queries_and_the_same_hashing(db, clock, hasher, who, password):
    someone, reference = who(), make("reference@example.com")
    answers, queries, calls = attempt(reference, WRONG, hasher)
    assert attempt(someone, password, hasher) == (answers, queries, calls)
    assert calls == 1
    assert [answer[0] for answer in answers] == [302, 200, 200]
    assert "The e-mail address or the password is not right." in answers[2][1]


@pytest.mark.parametrize("who", [nobody, somebody, disabled])
def test_the_same_record(db, clock, who):
    someone = who()
    someone.post("/sign-in/", email=f" {someone.user.email.upper()} ")
    someone.post("/sign-in/password/", password=WRONG)
    event = Event.objects.get(kind=Kind.PASSWORD_REFUSED)
    assert event.person_id == someone.user.pk
    assert event.detail == {"subject": throttle.of_address(someone.user.email)}
    assert someone.user.email not in str(event.detail)


@pytest.mark.parametrize("who", [nobody, somebody, disabled])
def test_five_wrong_passwords_close_an_address_in_any_spelling_and_any_browser(db, clock, hasher, who):
    someone = who()
    name, host = someone.user.email.split("@")
    for spelled in (
        f"{name}@{host}",
        f"{name.upper()}@{host}",
        f" {name}@{host.upper()}",
        f"{name.title()}@{host}",
        name + "@" + host,
    ):
        elsewhere = someone.elsewhere()
        elsewhere.post("/sign-in/", email=spelled)
        assert WAIT not in elsewhere.post("/sign-in/password/", password=WRONG).content.decode()
    before = hasher.calls
    someone.post("/sign-in/", email=f"{name.swapcase()}@{host}")
    for password in (WRONG, PASSWORD):
        assert WAIT in someone.post("/sign-in/password/", password=password).content.decode()
    assert hasher.calls == before
    assert Throttle.objects.get().failures == 5


def test_the_right_password_is_right_again_after_the_wait(owner, clock):
    owner.post("/sign-in/", email=owner.user.email)
    for _ in range(5):
        owner.post("/sign-in/password/", password=WRONG)
    clock.forward(30)
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/sign-in/code/"
    assert Throttle.objects.get().failures == 0


def test_a_closed_address_closes_no_other(owner, stranger, clock):
    owner.post("/sign-in/", email=owner.user.email)
    for _ in range(5):
        owner.post("/sign-in/password/", password=WRONG)
    stranger.sign_in()


def test_a_session_that_is_under_way_goes_on_while_somebody_guesses(owner, clock):
    owner.sign_in()
    elsewhere = owner.elsewhere()
    elsewhere.post("/sign-in/", email=owner.user.email)
    for _ in range(7):
        elsewhere.post("/sign-in/password/", password=WRONG)
    assert owner.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x" * 129, "No password here is that long."),
        ("x" * 100_000, "No password here is that long."),
        ("", "Type your"),
    ],
    ids=["129", "100000", "empty"],
)
def test_what_cannot_be_a_password_is_said_so_without_any_work(owner, clock, hasher, typed, said):
    owner.post("/sign-in/", email=owner.user.email)
    response = owner.post("/sign-in/password/", password=typed)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert 'role="alert"' in response.content.decode()
    assert hasher.calls == 0
    assert not Throttle.objects.exists()


def test_a_form_that_is_larger_than_any_of_ours_is_not_read(owner, clock, hasher):
    owner.post("/sign-in/", email=owner.user.email)
    body = "password=" + "x" * 200_000
    response = owner.client.post("/sign-in/password/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert hasher.calls == 0


def test_a_password_of_128_characters_is_tried(owner, clock, hasher):
    owner.post("/sign-in/", email=owner.user.email)
    assert "is not right" in owner.post("/sign-in/password/", password="x" * 128).content.decode()
    assert hasher.calls == 1


def test_no_wrong_password_is_kept(owner, clock):
    owner.post("/sign-in/", email=owner.user.email)
    owner.post("/sign-in/password/", password=WRONG)
    kept = (
        str(list(Event.objects.values())) + str(list(Throttle.objects.values())) + str(list(Session.objects.values()))
    )
    assert WRONG not in kept
