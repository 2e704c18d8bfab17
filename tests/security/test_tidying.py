"""What was replaced stays sealed for a week, and is erased then; what still counts is never touched."""

import pytest

from security.models import Authenticator, Enrollment, FormerPassword, RecoveryCode
from security.tidying import erase_what_is_over
from tests.people import add_codes, add_device
from tests.walls import everything

NOTHING_OF_PASSKEYS = {"passkeys": 0, "challenges": 0}

DAY = 86400

NOTHING_OF_PASSKEYS = {"passkeys": 0, "challenges": 0}


@pytest.fixture
def replaced(owner, clock):
    """An account whose phone was replaced by mail: one device revoked, one suspended, and a set of codes suspended."""
    add_codes(owner.user)
    add_device(owner.user, "Tablet")
    clock.forward(1)
    owner.sign_in().walk_to("done")
    FormerPassword.objects.create(person=owner.user, hashed="md5$x$y")
    return owner


def test_for_a_week_nothing_is_erased(replaced, clock):
    clock.forward(7 * DAY - 1)
    before = everything()
    assert not any(erase_what_is_over().values())
    assert everything() == before


def test_after_a_week_the_secrets_are_gone_and_the_rows_stay(replaced, clock):
    clock.forward(7 * DAY)
    assert (
        erase_what_is_over()
        == {"devices": 2, "attempts": 0, "recovery codes": 10, "former passwords": 1} | NOTHING_OF_PASSKEYS
    )
    assert {d.name: bool(d.sealed_secret) for d in Authenticator.objects.all()} == {
        "Old phone": False,
        "Tablet": False,
        "New phone": True,
    }
    assert not RecoveryCode.objects.exclude(hashed="").exists()
    assert not any(erase_what_is_over().values())


def test_the_new_device_still_signs_in(replaced, clock):
    clock.forward(8 * DAY)
    erase_what_is_over()
    replaced.phone = replaced.new_phone
    replaced.elsewhere().sign_in()


def test_the_pending_secret_goes_with_its_attempt(owner, clock):
    owner.sign_in().walk_to("scan")
    assert not any(erase_what_is_over().values())
    clock.forward(minutes=31)
    assert erase_what_is_over()["attempts"] == 1
    assert Enrollment.objects.get().sealed_secret == ""


def test_a_device_that_waits_keeps_its_secret_until_it_lapses(owner, clock):
    owner.begin_locked_out().walk_to("confirm").answer_right("confirm")
    clock.forward(10 * DAY - 1)
    assert erase_what_is_over()["attempts"] == 0
    clock.forward(2)
    assert erase_what_is_over()["attempts"] == 1
