"""Signing in with a passkey: alone with user verification, beside the password in any case, and with nothing less."""

import pytest

from security.actor import Actor
from security.flows import freezes
from security.models import Event, Kind, OutboxMessage, Passkey, PasskeyChallenge, Session, Throttle
from tests import people
from tests.keys import Key, ask, give, show, tell
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db
ALONE, SECOND = "/sign-in/passkey/", "/sign-in/code/passkey/"


def row(someone):
    return Session.objects.get(person=someone.user)


def test_alone_it_is_both_factors(owner, clock):
    key = give(owner)
    answer = show(owner, f"{ALONE}?next=/security/", key)
    assert answer.json()["redirect_url"] == "/security/"
    assert row(owner).second_factor == "passkey"
    assert owner.get("/security/").status_code == 200
    started = Event.objects.get(kind=Kind.SESSION_STARTED)
    assert (started.detail["factor"], started.detail["device"]) == ("passkey", Passkey.objects.get().public_id)
    assert Passkey.objects.get().last_used_at


def test_without_user_verification_the_password_is_asked_for_as_well(owner, clock):
    key = give(owner, verifies=False)
    assert show(owner, ALONE, key).json()["redirect_url"] == "/sign-in/password/"
    assert not Session.objects.filter(person=owner.user).exists()
    assert owner.get("/account/").status_code == 302
    page = owner.get("/sign-in/password/").content.decode()
    assert owner.user.email in page
    assert "so we ask for your password as well" in page
    assert owner.post("/sign-in/password/", password="wrong wrong wrong wrong").status_code == 200
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/account/"
    assert row(owner).second_factor == "passkey"


def test_what_was_shown_without_verification_is_good_for_ten_minutes_and_for_its_person(owner, stranger, clock):
    key = give(owner, verifies=False)
    show(owner, ALONE, key)
    clock.forward(601)
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/sign-in/code/"
    show(owner, ALONE, key)
    owner.post("/sign-in/", email=stranger.user.email)
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/sign-in/code/"


def test_what_verifies_once_is_known_to(owner, clock):
    key = give(owner, verifies=False)
    key.verifies = True
    assert show(owner, ALONE, key).json()["redirect_url"] == "/account/"
    assert Passkey.objects.get().verifies_user


@pytest.mark.parametrize("verifies", [True, False])
def test_beside_the_password_it_is_the_second_factor(owner, clock, verifies):
    key = give(owner, verifies=verifies)
    owner.give_password()
    assert "Use a passkey" not in owner.get("/sign-in/code/").content.decode()  # not under this name of the site
    assert "Use a passkey" in owner.client.get("/sign-in/code/", headers={"host": "localhost"}).content.decode()
    asked = ask(owner, SECOND).json()
    assert len(asked["allowCredentials"]) == 1
    assert tell(owner, SECOND, key.get(asked)).json()["redirect_url"] == "/account/"
    assert row(owner).second_factor == "passkey"


def test_the_code_page_offers_it_to_whoever_has_one(owner, stranger, clock):
    give(owner)
    stranger.give_password()
    assert "Use a passkey" not in stranger.client.get("/sign-in/code/", headers={"host": "localhost"}).content.decode()


def test_somebody_else_s_passkey_is_no_second_factor(owner, stranger, clock):
    theirs = give(stranger)
    owner.give_password()
    answer = show(owner, SECOND, theirs)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong passkey")
    assert owner.get("/account/").status_code == 302
    assert not Session.objects.filter(person=owner.user).exists()


def wrong(what):
    def make(key, options):
        match what:
            case "signed for another site":
                key.site = "evil.example"
            case "signed on another origin":
                key.origin = "https://localhost.evil.example"
            case "signed by another key":
                key.secret = Key().secret
            case "another challenge":
                options = options | {"challenge": "A" * 43}
            case "another person's handle":
                key.handle = b"x" * 64
        return key.get(options)

    return make


WRONG = ["signed for another site", "signed on another origin", "signed by another key", "another person's handle"]


@pytest.mark.parametrize("what", [*WRONG, "another challenge"])
@pytest.mark.parametrize("place", [ALONE, SECOND])
def test_what_is_not_right_opens_nothing(owner, clock, what, place):
    key = give(owner)
    if place == SECOND:
        owner.give_password()
    options = ask(owner, place).json()
    answer = tell(owner, place, wrong(what)(key, options))
    assert answer.status_code == 403
    assert not Session.objects.filter(person=owner.user).exists()
    refused = Event.objects.filter(kind=Kind.PASSKEY_REFUSED, person=owner.user)
    assert refused.count() == (what in WRONG)


@pytest.mark.parametrize("place", [ALONE, SECOND])
def test_a_challenge_is_good_once_right_or_wrong(owner, clock, place):
    key = give(owner)
    if place == SECOND:
        owner.give_password()
    options = ask(owner, place).json()
    right = key.get(options)
    first = wrong("signed by another key")(give(owner), options)
    assert tell(owner, place, first).status_code == 403
    answer = tell(owner, place, right)
    assert (answer.status_code, answer.json()["code"]) == (403, "passkey too late")
    assert not PasskeyChallenge.objects.exists()


def test_a_captured_assertion_is_no_use_a_second_time_nor_elsewhere(owner, clock):
    key = give(owner)
    options = ask(owner, ALONE).json()
    captured = key.get(options)
    elsewhere = owner.elsewhere()
    ask(elsewhere, ALONE)
    assert tell(elsewhere, ALONE, captured).status_code == 403
    assert tell(owner, ALONE, captured).status_code == 200
    owner.post("/sign-out/")
    assert tell(owner, ALONE, captured).status_code == 403


def test_a_challenge_for_one_purpose_is_none_for_another(owner, clock):
    key = give(owner)
    owner.give_password()
    options = ask(owner, SECOND).json()
    assert tell(owner, ALONE, key.get(options)).status_code == 403
    options = ask(owner, ALONE).json()
    assert tell(owner, SECOND, key.get(options)).status_code == 403


def test_a_challenge_is_answered_soon_and_two_are_different(owner, clock):
    key = give(owner)
    first, second = ask(owner, ALONE).json(), ask(owner, ALONE).json()
    assert first["challenge"] != second["challenge"]
    assert len(first["challenge"]) >= 43
    clock.forward(601)
    assert tell(owner, ALONE, key.get(second)).json()["code"] == "passkey too late"


def test_a_page_that_waits_and_a_button_have_a_challenge_each(owner, clock):
    key = give(owner)
    waiting = ask(owner, ALONE).json()
    ask(owner, ALONE)
    assert tell(owner, ALONE, key.get(waiting)).status_code == 200
    for _ in range(9):
        ask(owner.elsewhere(), ALONE)
    someone = owner.elsewhere()
    for _ in range(9):
        ask(someone, ALONE)
    assert PasskeyChallenge.objects.filter(session=someone.client.session.place()).count() == 5


def test_who_has_an_account_is_not_told(owner, clock):
    give(owner)
    nobody = owner.elsewhere()
    asked = ask(nobody, ALONE).json()
    assert "allowCredentials" not in asked or asked["allowCredentials"] == []
    unknown, known = Key(), give(owner)
    one = tell(nobody, ALONE, unknown.get(asked))
    other = tell(nobody, ALONE, wrong("signed by another key")(known, ask(nobody, ALONE).json()))
    assert (one.status_code, one.json()) == (other.status_code, other.json())


@pytest.mark.parametrize("place", [ALONE, SECOND])
def test_a_frozen_account_lets_nobody_in(owner, clock, place):
    key = give(owner)
    if place == SECOND:
        owner.give_password()
    options = ask(owner, place).json()
    freezes.begin(owner.user, reason="x", actor=Actor("staff", "chief"))
    answer = tell(owner, place, key.get(options))
    assert answer.status_code == 403
    assert not Session.objects.filter(person=owner.user).exists()


@pytest.mark.parametrize("place", [ALONE, SECOND])
def test_a_closed_account_lets_nobody_in(owner, clock, place):
    key = give(owner)
    if place == SECOND:
        owner.give_password()
    options = ask(owner, place).json()
    owner.user.is_active = False
    owner.user.save()
    assert tell(owner, place, key.get(options)).status_code == 403
    assert not Session.objects.filter(person=owner.user).exists()


@pytest.mark.parametrize("state", ["suspended_at", "revoked_at"])
def test_what_is_suspended_or_removed_signs_nobody_in(owner, clock, state):
    key = give(owner)
    Passkey.objects.update(confirmed=False, **{state: people.long_ago()})
    assert show(owner, ALONE, key).status_code == 403
    owner.give_password()
    assert show(owner, SECOND, key).status_code == 403


def test_failures_are_counted_and_waited_for_like_those_of_every_factor(owner, clock):
    key = give(owner)
    for _ in range(5):
        owner.give_password()
        assert tell(owner, SECOND, wrong("signed by another key")(give(owner), ask(owner, SECOND).json())).json()[
            "code"
        ] == ("wrong passkey")
    owner.give_password()
    answer = show(owner, SECOND, key)
    assert (answer.status_code, answer.json()["code"]) == (403, "wait")
    assert Throttle.objects.get(factor="passkey").failures == 5
    clock.forward(31)
    assert show(owner, SECOND, key).status_code == 200


def test_a_count_that_goes_back_is_a_copy_s_and_is_told(owner, clock):
    key = give(owner, count=7)
    assert show(owner, ALONE, key).status_code == 200
    owner.post("/sign-out/")
    key.count = 8  # somebody else used the other copy once, and this is the same number again
    answer = show(owner, ALONE, key)
    assert (answer.status_code, answer.json()["code"]) == (403, "passkey copied")
    event = Event.objects.get(kind=Kind.PASSKEY_COPIED)
    assert event.messages.get().what == "passkey_copied"
    key.count = 8
    show(owner, ALONE, key)
    assert OutboxMessage.objects.filter(what="passkey_copied").count() == 1  # an hour
    key.count = 9
    assert show(owner, ALONE, key).status_code == 200


def test_one_that_does_not_count_is_no_copy(owner, clock):
    key = give(owner, count=0)
    for _ in range(2):
        assert show(owner, ALONE, key).status_code == 200
        owner.post("/sign-out/")


NONSENSE = ["", "null", "[]", "{}", "[" * 9999, '{"response": 1}', '{"response": {"clientDataJSON": "!"}}', "\xff", "1"]


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize("place", [ALONE, SECOND])
def test_nonsense_is_refused_in_words(owner, clock, body, place):
    give(owner)
    if place == SECOND:
        owner.give_password()
    ask(owner, place)
    answer = tell(owner, place, body)
    assert answer.status_code == 403
    assert answer.json()["detail"]


@pytest.mark.parametrize("place", [ALONE, SECOND])
def test_a_form_is_no_answer_either(owner, clock, place):
    owner.give_password()
    answer = owner.client.post(f"{place}finish/", {"next": "/", "response": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "passkey too late")


@pytest.mark.parametrize("method", ["get", "head", "put"])
def test_a_look_asks_and_tells_nothing(owner, method):
    for place in (ALONE, SECOND):
        for end in ("begin/", "finish/"):
            assert getattr(owner.client, method)(place + end).status_code == 405


def test_a_passkey_alone_leads_to_a_new_password_where_the_old_one_is_known_to_others(owner, clock):
    from accounts.flows import password

    key = give(owner)
    password.expose(owner.user, reason="on a list", actor=Actor("staff", "chief"))
    assert show(owner, ALONE, key).status_code == 200
    assert owner.get("/account/").url == "/security/password/"
