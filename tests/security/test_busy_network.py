"""A network that has to wait: what its people see, on every page that asks for a password or a code."""

import re

import pytest
from django.core import mail

from security import blocks, links, outbox
from security.actor import Actor
from security.flows import recovery_codes
from security.models import Event, Kind, OutboxMessage, Throttle
from security.sessions import SessionStore
from tests.people import PASSWORD, make

WRONG = "not the right password"
HOUR = 3600

pytestmark = pytest.mark.django_db


def at(address):
    """Somebody's browser, at this address."""

    def move(someone):
        someone.client.defaults["REMOTE_ADDR"] = address
        return someone

    return move


def try_password(someone, password=WRONG, email=None):
    someone.post("/sign-in/", email=email or someone.user.email)
    return someone.post("/sign-in/password/", password=password)


@pytest.fixture
def spray(stranger, clock):
    """Ten accounts tried in vain from the tests' own address, none of them anybody's."""
    for number in range(10):
        try_password(stranger.elsewhere(), email=f"nobody{number}@example.com")


def is_told_to_wait(answer, after=HOUR):
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= after
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert "Too many tries from your network. Wait" in text
    assert "use another connection" in text
    return True


def test_one_password_at_fifteen_accounts_is_stopped_at_the_eleventh(stranger, clock):
    answers = [try_password(stranger.elsewhere(), email=f"nobody{number}@example.com") for number in range(15)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 5
    assert is_told_to_wait(answers[-1])
    assert "Wait 60 minutes" in answers[-1].content.decode()
    assert Event.objects.filter(kind=Kind.PASSWORD_REFUSED).count() == 10


def test_whoever_is_stopped_the_right_password_is_not_looked_at_and_nothing_is_counted(spray, owner, clock):
    assert is_told_to_wait(try_password(owner, PASSWORD))
    assert not Throttle.objects.filter(subject=blocks.throttle.of_address(owner.user.email)).exists()
    clock.forward(HOUR + 1)
    assert try_password(owner, PASSWORD).url == "/sign-in/code/"


def test_from_another_connection_they_get_in(spray, owner, clock):
    at("203.0.113.9")(owner).sign_in()


def test_a_browser_that_signed_in_with_a_code_before_is_not_stopped(owner, stranger, clock):
    owner.sign_in().post("/sign-out/")
    clock.forward(31)
    for number in range(10):
        try_password(stranger.elsewhere(), email=f"nobody{number}@example.com")
    assert is_told_to_wait(try_password(stranger, PASSWORD))
    assert try_password(owner).status_code == 200
    owner.sign_in()


def test_a_success_takes_nothing_back(owner, stranger, clock):
    for number in range(9):
        try_password(stranger.elsewhere(), email=f"nobody{number}@example.com")
    owner.sign_in()
    try_password(stranger.elsewhere(), email="nobody9@example.com")
    assert is_told_to_wait(try_password(stranger, PASSWORD))


def test_a_made_up_header_neither_evades_the_limit_nor_changes_what_is_recorded(stranger, clock):
    for number in range(15):
        other = stranger.elsewhere()
        other.client.defaults["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}"
        answer = try_password(other, email=f"nobody{number}@example.com")
    assert is_told_to_wait(answer)
    assert set(Event.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_behind_a_proxy_of_ours_two_clients_do_not_share_a_bucket(stranger, owner, clock, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    for number in range(11):
        other = stranger.elsewhere()
        other.client.defaults["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}, 203.0.113.7"
        answer = try_password(other, email=f"nobody{number}@example.com")
    assert is_told_to_wait(answer)
    owner.client.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.8"
    owner.sign_in()
    assert Event.objects.get(kind=Kind.LIMIT_REACHED).address == "203.0.113.7"


def test_neighbours_in_one_64_share_a_bucket(stranger, clock):
    for number in range(11):
        other = at(f"2001:db8:1:2::{number:x}")(stranger.elsewhere())
        answer = try_password(other, email=f"nobody{number}@example.com")
    assert is_told_to_wait(answer)


def wrong_codes(times):
    """As many wrong codes as are looked at, each of another account, so that no account is closed."""
    for number in range(times):
        someone = make(f"victim{number}@example.com")
        someone.give_password()
        someone.post("/sign-in/code/", code="no code")


def test_wrong_codes_of_many_accounts_count(owner, clock):
    owner.give_password()
    wrong_codes(10)
    answer = owner.post("/sign-in/code/", code="123 456")
    assert is_told_to_wait(answer)
    assert 'value="123 456"' in answer.content.decode()
    clock.forward(HOUR + 1)
    owner.sign_in()


def test_recovery_codes_are_limited_like_codes(owner, clock):
    sheet = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor())
    owner.give_password()
    wrong_codes(10)
    assert is_told_to_wait(owner.post("/sign-in/recovery-code/", code=sheet.codes[0]))
    assert recovery_codes.state(owner.user).left == 10


def in_a_browser_that_is_not_recognised(someone):
    """Signed in, with the cookie gone by which it would be recognised."""
    someone.sign_in()
    del someone.client.cookies["browser"]
    return someone


def test_step_up_is_limited_like_sign_in(owner, clock):
    in_a_browser_that_is_not_recognised(owner)
    clock.forward(601)
    wrong_codes(10)
    assert is_told_to_wait(owner.post("/security/step-up/", code=owner.phone.code()))


def test_the_password_and_the_proof_of_the_journey_are_limited_like_sign_in(owner, stranger, clock):
    in_a_browser_that_is_not_recognised(owner).walk_to("password")
    in_a_browser_that_is_not_recognised(stranger).walk_to("proof")
    wrong_codes(10)
    assert is_told_to_wait(owner.answer("password", password=PASSWORD))
    assert is_told_to_wait(stranger.answer("proof", code=stranger.phone.code(ahead=1)))
    assert owner.screen("password").status_code == 200


def test_saying_no_to_a_change_is_limited_like_sign_in(owner, clock):
    owner.sign_in().walk_to("done", "code")
    change = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    wrong_codes(10)
    path = f"/security/undo/{links.refusal(change)}/"
    answers = {"password": PASSWORD, "code": owner.phone.code(ahead=2), "new_password": "a wholly new battery staple"}
    elsewhere = owner.elsewhere()
    assert is_told_to_wait(elsewhere.post(path, **answers))
    assert not Event.objects.filter(kind=Kind.ACCOUNT_THAWED).exists()


def test_a_new_password_is_limited_like_sign_in(owner, clock):
    owner.post("/forgot-password/", email=owner.user.email)
    outbox.sweep()
    link = re.search(r"/forgot-password/[\w.]+/", mail.outbox[-1].body)[0]
    wrong_codes(10)
    answer = owner.post(link, new_password="a wholly new battery staple", code=owner.phone.code())
    assert is_told_to_wait(answer)
    assert not Event.objects.filter(kind=Kind.PASSWORD_RECOVERED).exists()


def test_a_change_of_the_password_is_limited_like_sign_in(newcomer, clock):
    newcomer.sign_in()
    wrong_codes(10)
    answer = newcomer.post("/security/password/", password=PASSWORD, new_password="a wholly new battery staple")
    assert is_told_to_wait(answer)
    assert not Event.objects.filter(kind=Kind.PASSWORD_CHANGED).exists()


def test_mails_with_a_link_are_limited_whomever_they_go_to(owner, stranger, clock):
    owner.sign_in().post("/sign-out/")
    for number in range(20):
        stranger.post("/forgot-password/", email=f"nobody{number}@example.com")
    for address in ("stranger@example.com", "nobody@example.com"):
        answer = stranger.post("/forgot-password/", email=address)
        assert is_told_to_wait(answer)
        assert f'value="{address}"' in answer.content.decode()
    assert owner.post("/forgot-password/", email=owner.user.email).status_code == 302  # a browser that is recognised
    assert OutboxMessage.objects.filter(person=stranger.user).count() == 0
