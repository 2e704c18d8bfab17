"""Adding, naming and removing passkeys: never by a password alone, and told like every change of a factor."""

from datetime import timedelta

import pytest
from django.utils import timezone

from security import outbox
from security.models import Event, Kind, Passkey, SecurityProfile, Session, TrustedBrowser
from tests import people
from tests.keys import Key, ask, give, show, tell
from tests.people import PASSWORD
from tests.trust import sign_in_and_trust

pytestmark = pytest.mark.django_db
PAGE, ADD = "/security/passkeys/", "/security/passkeys/add/"


def prove(someone, clock, purpose="passkeys"):
    """A fresh proof for that, with the next code."""
    clock.forward(30)
    answer = someone.post(f"/security/step-up/?for={purpose}&next={ADD}", password=PASSWORD, code=someone.phone.code())
    assert answer.url == ADD, answer.content.decode()


def add(someone, key=None):
    key = key or Key()
    return tell(someone, ADD, key.create(ask(someone, ADD).json()))


def test_added_after_a_fresh_proof_and_told(owner, clock):
    other = owner.elsewhere().sign_in(ahead=-1)
    owner.sign_in()
    prove(owner, clock)
    assert owner.get(ADD).status_code == 200
    answer = add(owner, Key(aaguid="fbfc3007-154e-4ecc-8c0b-6e020557d7bd", synced=True))
    passkey = Passkey.objects.get()
    assert answer.json()["redirect_url"] == f"{PAGE}{passkey.public_id}/?added=1"
    assert (passkey.kind, passkey.backup_state, passkey.backup_eligible) == ("iCloud Keychain", True, True)
    assert (passkey.verifies_user, passkey.discoverable, passkey.label) == (True, True, "iCloud Keychain")
    assert other.get("/account/").status_code == 302
    event = Event.objects.get(kind=Kind.PASSKEY_ADDED)
    assert event.detail["sessions_ended"] == "1"
    assert passkey.added_at >= event.at
    assert [message.what for message in event.messages.all()] == ["passkey_added"]
    outbox.sweep()
    shown = owner.get(answer.json()["redirect_url"]).content.decode()
    assert "iCloud Keychain" in shown
    assert "Synced" in shown
    assert "You have 1 passkey" in owner.get(PAGE).content.decode()
    owner.post("/sign-out/")


def test_what_was_added_signs_in(owner, clock):
    owner.sign_in()
    prove(owner, clock)
    key = Key()
    add(owner, key)
    owner.post("/sign-out/")
    assert show(owner, "/sign-in/passkey/", key).status_code == 200


def test_the_proof_is_spent(owner, clock):
    owner.sign_in()
    prove(owner, clock)
    assert add(owner).status_code == 200
    assert ask(owner, ADD).status_code == 403
    assert owner.get(ADD).url.startswith("/security/step-up/")


@pytest.mark.parametrize("state", ["signed out", "pending", "signed in", "trusted", "no device"])
def test_nobody_adds_one_with_less(owner, newcomer, clock, state):
    someone = owner
    match state:
        case "pending":
            owner.give_password()
        case "signed in":
            owner.sign_in()
        case "trusted":
            sign_in_and_trust(owner)
            clock.forward(30)
            owner.give_password()
        case "no device":
            someone = newcomer.sign_in()
            someone.post("/security/step-up/?for=passkeys", password=PASSWORD)
    for end in ("begin/", "finish/"):
        answer = someone.client.post(ADD + end, "{}", content_type="application/json")
        assert answer.status_code == 403 or answer.json()["error"], end
    assert someone.get(ADD).status_code == 302
    assert not Passkey.objects.exists()


def test_without_a_device_the_page_says_what_comes_first(newcomer, clock):
    newcomer.sign_in()
    assert "Enable enhanced security first" in newcomer.get(PAGE).content.decode()


def test_a_replayed_registration_is_refused(owner, clock):
    owner.sign_in()
    prove(owner, clock)
    key = Key()
    answer = key.create(ask(owner, ADD).json())
    assert tell(owner, ADD, answer).status_code == 200
    prove(owner, clock)
    assert tell(owner, ADD, answer).json()["code"] == "passkey too late"
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize("what", ["origin", "site"])
def test_made_for_another_site_it_is_refused(owner, clock, what):
    owner.sign_in()
    prove(owner, clock)
    key = Key(**{what: {"origin": "https://evil.example", "site": "evil.example"}[what]})
    assert add(owner, key).json()["code"] == "passkey is there"
    assert not Passkey.objects.exists()
    assert not Event.objects.filter(kind=Kind.PASSKEY_ADDED).exists()
    assert owner.get("/security/").status_code == 200


def test_the_browser_is_told_which_there_are_and_none_is_kept_twice(owner, stranger, clock):
    key = give(owner)
    owner.sign_in()
    prove(owner, clock)
    options = ask(owner, ADD).json()
    assert len(options["excludeCredentials"]) == 1
    assert tell(owner, ADD, key.create(options)).json()["code"] == "passkey is there"
    theirs = give(stranger)
    assert add(owner, theirs).json()["error"].startswith("This passkey could not be added")
    assert Passkey.objects.filter(user=owner.user).count() == 1


def test_an_account_has_ten_at_most(owner, clock):
    for _ in range(10):
        give(owner)
    owner.sign_in()
    prove(owner, clock)
    assert ask(owner, ADD).json()["code"] == "too many passkeys"


def test_a_session_ended_by_the_change_keeps_no_challenge(owner, clock):
    key = give(owner)
    elsewhere = owner.elsewhere()
    elsewhere.sign_in(ahead=-1)
    options = ask(elsewhere, "/security/step-up/passkey/").json()
    owner.sign_in()
    prove(owner, clock)
    add(owner)
    assert tell(elsewhere, "/security/step-up/passkey/", key.get(options)).status_code == 403


def test_trust_ends_with_it(owner, clock):
    sign_in_and_trust(owner)
    prove(owner, clock)
    add(owner)
    assert not TrustedBrowser.objects.of(owner.user).live().exists()


def test_renamed_and_recorded_if_that_is_a_change(owner, clock):
    give(owner)
    owner.sign_in()
    there = f"{PAGE}{Passkey.objects.get().public_id}/"
    assert owner.post(there, name="Blue key").url == PAGE
    assert owner.post(there, name="Blue key").url == PAGE
    assert Event.objects.filter(kind=Kind.PASSKEY_RENAMED).count() == 1
    assert "Blue key" in owner.get(PAGE).content.decode()
    assert owner.post(there, name="x" * 200).status_code == 200


def test_removed_after_a_fresh_proof_and_told(owner, clock):
    key = give(owner)
    owner.sign_in()
    there = f"{PAGE}{Passkey.objects.get().public_id}/remove/"
    assert owner.post(there).url.startswith("/security/step-up/")
    prove(owner, clock)
    assert "your last passkey" in owner.get(there).content.decode()
    assert owner.post(there).url == PAGE
    passkey = Passkey.objects.get()
    assert not passkey.confirmed
    assert passkey.revoked_at
    event = Event.objects.get(kind=Kind.PASSKEY_REMOVED)
    assert [message.what for message in event.messages.all()] == ["passkey_removed"]
    owner.post("/sign-out/")
    assert show(owner, "/sign-in/passkey/", key).status_code == 403


def test_somebody_else_s_is_not_found(owner, stranger, clock):
    give(stranger)
    owner.sign_in()
    public_id = Passkey.objects.get().public_id
    prove(owner, clock)
    for path in (public_id, f"{public_id}/remove", "x", "0" * 24):
        assert owner.get(f"{PAGE}{path}/").status_code == 404
        assert owner.post(f"{PAGE}{path}/", name="Mine").status_code == 404
    assert Passkey.objects.get().confirmed


def test_after_a_week_what_was_removed_is_erased(owner, clock):
    from security import tidying

    give(owner)
    Passkey.objects.update(confirmed=False, revoked_at=timezone.now())
    clock.forward(6 * 86400)
    tidying.erase_what_is_over()
    assert Passkey.objects.exists()
    clock.forward(2 * 86400)
    assert tidying.erase_what_is_over()["passkeys"] == 1


@pytest.mark.parametrize("act", ["add", "remove"])
def test_on_probation_only_with_something_older(owner, clock, act):
    clock.forward(60)
    profile = SecurityProfile.objects.of(owner.user)
    now = timezone.now()
    profile.change(probation_since=now - timedelta(days=365 * 20), probation_until=now + timedelta(days=2))
    key = give(owner)
    owner.sign_in()
    there = f"{PAGE}{Passkey.objects.get().public_id}/remove/"
    answer = owner.post("/security/step-up/?for=passkeys", password=PASSWORD, code=owner.phone.code(ahead=1))
    assert answer.status_code == 200  # the device is younger than the swap
    assert show(owner, "/security/step-up/passkey/?for=passkeys", key).status_code == 403
    assert (ask(owner, ADD) if act == "add" else owner.post(there)).status_code in (302, 403)
    assert Passkey.objects.get().confirmed


def test_a_swap_by_mail_suspends_them_and_they_still_contest(owner, clock):
    key = give(owner, added_at=people.long_ago())
    owner.sign_in().walk_to("done")
    passkey = Passkey.objects.get()
    assert (passkey.confirmed, bool(passkey.suspended_at)) == (False, True)
    assert "Suspended" in owner.get(PAGE).content.decode()
    owner.post("/sign-out/")
    assert show(owner, "/sign-in/passkey/", key).status_code == 403
    assert Session.objects.filter(person=owner.user).count() == 0
