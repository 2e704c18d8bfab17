"""Phones that are stolen with a passkey on them, answers that fail half-way, and what the receipt says is left."""

import pytest
from django.utils import timezone

from security import links
from security.models import Enrollment, Event, Kind, Passkey, Session
from security.reset import flow
from tests import people
from tests.keys import Key, ask, give, show, tell

pytestmark = pytest.mark.django_db
PROOF = "/security/reset/proof/passkey/"


class TestOnAStolenPhone:
    """What was said of the old phone holds for every passkey that may be on it."""

    def test_while_the_new_device_waits_it_signs_nobody_in_and_cancels_nothing(self, owner, clock):
        on_the_phone, apart = give(owner), give(owner)
        Passkey.objects.filter(pk=Passkey.objects.latest("pk").pk).update(is_security_key=True)
        waits = owner.elsewhere().begin_locked_out()
        waits.answer("notice", stolen="on")
        waits.walk_to("confirm").answer_right("confirm")
        assert Enrollment.objects.get().held_at
        thief = owner.elsewhere()
        assert show(thief, "/sign-in/passkey/", on_the_phone).json()["code"] == "wrong passkey"
        assert show(owner.elsewhere(), "/sign-in/passkey/", apart).status_code == 200
        owner.user.refresh_from_db()
        type(owner.user).objects.filter(pk=owner.user.pk).update(security_epoch=owner.user.security_epoch + 1)
        assert show(owner.elsewhere(), "/sign-in/passkey/", on_the_phone).status_code == 200  # the attempt is over

    @pytest.mark.parametrize(("is_apart", "status"), [(False, 403), (True, 200)])
    def test_after_the_swap_it_opens_no_frozen_account(self, owner, clock, is_apart, status):
        key = give(owner, added_at=people.long_ago())
        Passkey.objects.update(is_security_key=is_apart)
        owner.sign_in().walk_to("notice")
        owner.answer("notice", stolen="on")
        owner.walk_to("done")
        assert bool(Passkey.objects.get().reported_stolen_at) is not is_apart
        link = f"/security/undo/{links.refusal(Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED))}/"
        visitor = owner.elsewhere()
        visitor.post(link)
        assert show(visitor, f"{link}passkey/", key).status_code == status

    def test_a_key_that_is_plugged_in_says_so_when_it_is_added(self, owner, clock):
        for transports, is_apart in (
            (["usb"], True),
            (["usb", "nfc"], True),
            (["usb", "internal"], False),
            ([], False),
        ):
            Session.objects.filter(person=owner.user).delete()
            clock.forward(60)
            owner.sign_in()
            now = timezone.now()
            Session.objects.update(fresh_for="passkeys", fresh_at=now, fresh_since=now)
            made = Key().create(ask(owner, "/security/passkeys/add/").json())
            made["response"]["transports"] = transports
            tell(owner, "/security/passkeys/add/", made)
            assert Passkey.objects.latest("pk").is_security_key is is_apart


def test_a_challenge_is_used_up_even_if_what_follows_fails(owner, clock, monkeypatch):
    key = give(owner)
    owner.sign_in().walk_to("proof")
    answer = key.get(ask(owner, PROOF).json())

    def fails(*args, **kwargs):
        raise flow.Overtaken

    with monkeypatch.context() as patched:
        patched.setattr(flow, "_proved", fails)
        assert tell(owner, PROOF, answer).json()["code"] == "gate"
    assert tell(owner, PROOF, answer).json()["code"] == "passkey too late"
    assert Enrollment.objects.get().proved_at is None


def test_the_receipt_lists_what_is_left_and_says_what_is_suspended(owner, clock):
    key = give(owner)
    Passkey.objects.update(name="Blue key")
    owner.sign_in().walk_to("proof")
    show(owner, PROOF, key)
    owner.walk_to("done")
    page = owner.get("/security/").content.decode()
    assert "Blue key, since" in page
    assert "1 passkey signs you in" in page
    owner.phone = owner.new_phone
    clock.forward(60)
    owner.answer_right("email")
    owner.walk_to("done")
    page = owner.get("/security/").content.decode()
    assert "Your passkeys sign nobody in any more" in page
    assert "Yours sign nobody in at present" in page
    assert "It stopped working when your device was replaced" in owner.get("/security/passkeys/").content.decode()
