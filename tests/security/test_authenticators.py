"""Devices: a django-otp device of our own, whose secret is sealed and whose every code is good once."""

import base64

import django_otp
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from security import crypto
from security.models import Authenticator
from tests.people import add_device


def device_of(someone):
    return Authenticator.objects.get(user=someone.user)


def suspend(device):
    Authenticator.objects.filter(pk=device.pk).update(confirmed=False, suspended_at=timezone.now())


def revoke(device):
    Authenticator.objects.filter(pk=device.pk).update(confirmed=False, revoked_at=timezone.now())


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_a_code_of_the_window_is_right(owner, clock, ahead):
    assert device_of(owner).verify_token(owner.phone.code(ahead)) is True


@pytest.mark.parametrize("ahead", [-2, 2])
def test_a_code_outside_the_window_is_wrong(owner, clock, ahead):
    assert device_of(owner).verify_token(owner.phone.code(ahead)) is False


def test_a_code_works_once(owner, clock):
    code = owner.phone.code()
    assert device_of(owner).verify_token(code)
    assert not device_of(owner).verify_token(code)
    clock.forward(30)
    assert not device_of(owner).verify_token(code)


def test_a_row_that_was_read_before_the_code_was_used_does_not_take_it_again(owner, clock):
    early, late = device_of(owner), device_of(owner)
    code = owner.phone.code()
    assert early.verify_token(code)
    assert not late.verify_token(code)


def test_no_older_code_is_right_after_a_newer_one(owner, clock):
    assert device_of(owner).verify_token(owner.phone.code())
    assert not device_of(owner).verify_token(owner.phone.code(-1))


def test_the_next_code_is_right_and_the_one_before_it_is_not_again(owner, clock):
    now, following = owner.phone.code(), owner.phone.code(1)
    assert device_of(owner).verify_token(now)
    assert device_of(owner).verify_token(following)
    assert not device_of(owner).verify_token(now)
    assert not device_of(owner).verify_token(following)


def test_a_wrong_code_uses_up_nothing(owner, clock):
    assert not device_of(owner).verify_token(owner.phone.code(7))
    device = device_of(owner)
    assert (device.last_step, device.last_used_at) == (-1, None)
    assert device.verify_token(owner.phone.code())


def test_using_a_code_says_when(owner, clock):
    device_of(owner).verify_token(owner.phone.code(1))
    device = device_of(owner)
    assert device.last_used_at == timezone.now()
    assert device.last_step == int(timezone.now().timestamp()) // 30 + 1


@pytest.mark.parametrize("spaced", ["{}{}{} {}{}{}", " {}{}{}{}{}{} ", "{} {} {} {} {} {}", "\t{}{}{}\u00a0{}{}{}\n"])
def test_spaces_are_forgiven(owner, clock, spaced):
    assert device_of(owner).verify_token(spaced.format(*owner.phone.code()))


@pytest.mark.parametrize("typed", ["", " ", "+12345", "12_345", "１２３４５６", "٠١٢٣٤٥", "12345", "1234567", "None"])
def test_what_is_no_code_is_wrong_and_no_error(owner, clock, typed):
    assert device_of(owner).verify_token(typed) is False


@pytest.mark.parametrize("end", [suspend, revoke])
def test_a_device_that_was_ended_signs_nobody_in(owner, clock, end):
    device, code = device_of(owner), owner.phone.code()
    end(device)
    assert not device.verify_token(code)  # as it was read before
    assert not device_of(owner).verify_token(code)
    assert device_of(owner).last_step == -1


@pytest.mark.parametrize("end", [suspend, revoke])
def test_nor_does_it_through_django_otp(owner, clock, end):
    device, code = device_of(owner), owner.phone.code()
    end(device)
    assert django_otp.verify_token(owner.user, device.persistent_id, code) is None
    assert django_otp.match_token(owner.user, code) is None
    assert list(django_otp.devices_for_user(owner.user)) == []
    assert not django_otp.user_has_device(owner.user)


def test_django_otp_knows_our_devices(owner, clock):
    device = device_of(owner)
    assert list(django_otp.devices_for_user(owner.user)) == [device]
    assert django_otp.verify_token(owner.user, device.persistent_id, owner.phone.code()) == device
    assert django_otp.match_token(owner.user, owner.phone.code(1)) == device
    assert django_otp.match_token(owner.user, owner.phone.code(1)) is None


def test_django_otp_sees_the_ended_ones_only_when_it_asks_for_them(owner, clock):
    old = device_of(owner)
    revoke(old)
    add_device(owner.user, "Tablet")
    tablet = Authenticator.objects.get(name="Tablet")
    assert list(django_otp.devices_for_user(owner.user)) == [tablet]
    assert list(django_otp.devices_for_user(owner.user, confirmed=False)) == [old]
    assert set(django_otp.devices_for_user(owner.user, confirmed=None)) == {old, tablet}


def test_a_device_is_its_owners_and_nobody_elses(owner, stranger, clock):
    device = device_of(owner)
    assert django_otp.verify_token(stranger.user, device.persistent_id, owner.phone.code()) is None
    assert list(Authenticator.objects.of(stranger.user)) == [device_of(stranger)]


def test_a_device_that_is_not_kept_yet_verifies_nothing(owner, clock):
    secret = crypto.totp_secret()
    device = Authenticator(user=owner.user, last_step=-1, proof="mailed_code")
    device.seal(secret)
    assert not device.verify_token(owner.phone.code())
    assert Authenticator.objects.count() == 1


@pytest.mark.parametrize("kept", ["", "nonsense", "test.AAAA", None])
def test_a_secret_that_was_tampered_with_is_a_wrong_code_and_no_error(owner, clock, kept):
    device = device_of(owner)
    if kept is None:
        kept = device.sealed_secret[:-4] + ("AAAA" if device.sealed_secret[-4:] != "AAAA" else "BBBB")
    Authenticator.objects.update(sealed_secret=kept)
    assert device_of(owner).verify_token(owner.phone.code()) is False


def test_a_secret_that_was_moved_to_another_row_does_not_work(owner, stranger, clock):
    theirs = device_of(stranger)
    Authenticator.objects.filter(user=owner.user).update(sealed_secret=theirs.sealed_secret)
    assert not device_of(owner).verify_token(stranger.phone.code())
    assert theirs.verify_token(stranger.phone.code())


def test_a_secret_whose_key_is_lost_is_a_wrong_code(owner, clock, settings):
    settings.SECURITY_KEYS = {"other": bytes(32)}
    assert device_of(owner).verify_token(owner.phone.code()) is False


def test_a_rotated_key_still_reads_the_secret(owner, clock, settings):
    settings.SECURITY_KEYS = {"next": bytes(32), **settings.SECURITY_KEYS}
    assert device_of(owner).verify_token(owner.phone.code())


def test_the_secret_is_kept_sealed(owner, clock):
    secret = owner.phone.secret
    columns = [str(value) for value in Authenticator.objects.values_list().get()]
    assert not any(secret in column or base64.b32decode(secret).hex() in column for column in columns)


@pytest.mark.parametrize(
    ("confirmed", "suspended", "revoked", "allowed"),
    [
        (True, False, False, True),
        (False, True, False, True),
        (False, False, True, True),
        (False, True, True, True),
        (True, True, False, False),
        (True, False, True, False),
        (True, True, True, False),
        (False, False, False, False),
    ],
)
def test_confirmed_means_neither_suspended_nor_revoked(owner, confirmed, suspended, revoked, allowed):
    def change():
        with transaction.atomic():
            Authenticator.objects.update(
                confirmed=confirmed,
                suspended_at=timezone.now() if suspended else None,
                revoked_at=timezone.now() if revoked else None,
            )

    if allowed:
        change()
        assert device_of(owner).confirmed is confirmed
    else:
        with pytest.raises(IntegrityError, match="confirmed_means_neither_suspended_nor_revoked"):
            change()


def test_the_oldest_live_device_comes_first(owner, clock):
    clock.forward(60)
    add_device(owner.user, "Tablet")
    clock.forward(60)
    add_device(owner.user, "Watch")
    revoke(Authenticator.objects.get(name="Tablet"))
    assert [device.name for device in Authenticator.objects.of(owner.user).live()] == ["Old phone", "Watch"]


def test_a_device_without_a_name_is_called_what_it_is(owner):
    device = device_of(owner)
    assert (device.label, str(device)) == ("Old phone", "Old phone")
    device.name = ""
    assert device.label == "Authenticator app"


def test_a_device_is_replaced_by_one_other_only(owner, clock):
    add_device(owner.user, "Tablet")
    add_device(owner.user, "Watch")
    watch = Authenticator.objects.get(name="Watch")
    others = Authenticator.objects.exclude(pk=watch.pk)
    others.filter(name="Tablet").update(replaced_by=watch)
    with pytest.raises(IntegrityError), transaction.atomic():
        others.filter(name="Old phone").update(replaced_by=watch)
