"""What broke in the peers around passkeys, as tests named after the list: S11, S15, S35."""

import pytest

from security.actor import Actor
from security.flows import freezes
from security.models import Event, Kind, Passkey, Session
from tests import people
from tests.keys import Key, ask, give, show, tell
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db
ADD = "/security/passkeys/add/"
OPEN_AFTER_A_PASSWORD = ["/security/passkeys/", ADD, "/security/recovery-codes/", "/security/reset/email/?add=1"]


@pytest.mark.parametrize("way", ["pending", "trusted browser"])
def test_s11_a_password_without_the_second_factor_registers_nothing_by_get_or_post(owner, clock, way):
    if way == "pending":
        owner.give_password()
    else:
        owner.give_password()
        clock.forward(30)
        owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
        owner.post("/sign-out/")
        clock.forward(30)
        assert owner.give_password().url == "/account/"
    for path in OPEN_AFTER_A_PASSWORD[:3]:
        assert owner.get(path).status_code == 302, path
        assert owner.post(path).status_code in (302, 405), path
    for end in ("begin/", "finish/"):
        assert owner.client.post(ADD + end, "{}", content_type="application/json").status_code == 403
    assert not Passkey.objects.exists()
    assert not any(session.second_factor for session in Session.objects.filter(person=owner.user))


def test_s11_a_registration_marks_nobody_verified(owner, clock):
    """The library's view would sign the session in as verified by the key that was just made."""
    owner.sign_in()
    clock.forward(30)
    owner.post("/security/step-up/?for=passkeys", password=PASSWORD, code=owner.phone.code())
    before = Session.objects.get(person=owner.user)
    assert tell(owner, ADD, Key().create(ask(owner, ADD).json())).status_code == 200
    after = Session.objects.get(person=owner.user)
    assert (after.second_factor, after.proved_at) == (before.second_factor, before.proved_at)


def test_s11_the_library_s_own_views_are_not_there(client, db):
    for path in ("registration", "authentication"):
        for end in ("begin", "complete"):
            assert client.post(f"/webauthn/{path}/{end}/").status_code == 404


@pytest.mark.parametrize("first", ["right", "wrong"])
def test_s15_a_challenge_dies_on_first_use(owner, clock, first):
    key = give(owner)
    options = ask(owner, "/sign-in/passkey/").json()
    answer = key.get(options)
    if first == "wrong":
        other = give(people.make("other@example.com"))
        other.secret = Key().secret
        assert tell(owner, "/sign-in/passkey/", other.get(options)).status_code == 403
    else:
        assert tell(owner, "/sign-in/passkey/", answer).status_code == 200
        owner.post("/sign-out/")
    assert tell(owner, "/sign-in/passkey/", answer).json()["code"] == "passkey too late"


def test_s15_a_registration_is_good_once_even_after_the_key_was_removed(owner, clock):
    owner.sign_in()
    clock.forward(30)
    owner.post("/security/step-up/?for=passkeys", password=PASSWORD, code=owner.phone.code())
    made = Key().create(ask(owner, ADD).json())
    assert tell(owner, ADD, made).status_code == 200
    Passkey.objects.all().delete()
    clock.forward(30)
    owner.post("/security/step-up/?for=passkeys", password=PASSWORD, code=owner.phone.code())
    assert tell(owner, ADD, made).json()["code"] == "passkey too late"
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("lock", ["frozen", "closed"])
@pytest.mark.parametrize("place", ["/sign-in/passkey/", "/sign-in/code/passkey/"])
def test_s35_a_lock_stops_a_passkey_that_is_on_its_way(owner, clock, lock, place):
    key = give(owner)
    owner.give_password()
    options = ask(owner, place).json()
    if lock == "frozen":
        freezes.begin(owner.user, reason="x", actor=Actor("staff", "chief"))
    else:
        type(owner.user).objects.update(is_active=False)
    assert tell(owner, place, key.get(options)).status_code == 403
    assert not Session.objects.filter(person=owner.user).exists()
    assert not Event.objects.filter(kind=Kind.SESSION_STARTED).exists()


def test_s35_a_lock_ends_what_a_passkey_has_opened(owner, clock):
    show(owner, "/sign-in/passkey/", give(owner))
    assert owner.get("/account/").status_code == 200
    freezes.begin(owner.user, reason="x", actor=Actor("staff", "chief"))
    assert owner.get("/account/").status_code == 302
