"""Failures of a factor as people meet them: whose they are, wherever they come from, and who is not locked out."""

import pytest

from security import windows
from security.models import Authenticator, Throttle
from security.models.throttle import Factor
from tests.people import add_device

pytestmark = pytest.mark.django_db


WAIT = "Too many wrong answers. Wait 30 seconds, then try again."


def wrong_codes(someone, times=5):
    someone.give_password()
    return [someone.post("/sign-in/code/", code="no code").content.decode() for _ in range(times)][-1]


def at(someone, address):
    elsewhere = someone.elsewhere()
    elsewhere.client.defaults["REMOTE_ADDR"] = address
    return elsewhere


def test_two_networks_and_two_browsers_run_up_one_counter(owner, clock):
    one, other = at(owner, "203.0.113.7"), at(owner, "2001:db8::7")
    assert WAIT not in wrong_codes(one, 3)
    assert WAIT not in wrong_codes(other, 2)
    assert WAIT in wrong_codes(one, 1)
    assert WAIT in wrong_codes(at(owner, "198.51.100.1"), 1)
    assert Throttle.objects.get(factor=Factor.AUTHENTICATOR).failures == 5


def test_an_emptied_redis_gives_no_free_tries(owner, clock, settings):
    wrong_codes(owner)
    windows.limiter_at(settings.REDIS_URL).storage.storage.flushall()
    assert WAIT in wrong_codes(owner, 1)
    assert Throttle.objects.get(factor=Factor.AUTHENTICATOR).failures == 5


def test_nobody_elsewhere_locks_the_owner_out_of_a_browser_they_signed_in_in(owner, clock):
    owner.sign_in().post("/sign-out/")
    clock.forward(31)
    assert WAIT in wrong_codes(owner.elsewhere(), 6)
    for _ in range(6):
        other = owner.elsewhere()
        other.post("/sign-in/", email=owner.user.email)
        other.post("/sign-in/password/", password="not the right password")
    owner.sign_in()


def test_a_recognised_browser_is_counted_too_in_a_lane_of_its_own(owner, clock):
    owner.sign_in().post("/sign-out/")
    clock.forward(31)
    assert WAIT in wrong_codes(owner, 6)
    owner.elsewhere().sign_in()


def test_the_browser_of_somebody_else_is_no_lane(owner, stranger, clock):
    stranger.sign_in().post("/sign-out/")
    guesser = owner.elsewhere()
    guesser.client.cookies["browser"] = stranger.client.cookies["browser"].value
    assert WAIT in wrong_codes(guesser, 6)
    assert WAIT in wrong_codes(owner.elsewhere(), 1)


def test_while_a_factor_is_closed_nothing_is_said_about_a_device_that_was_replaced(owner, clock):
    """Or the code of a former device could be found without any count."""
    former = owner.phone
    owner.sign_in().walk_to("done", "code")
    guesser = owner.elsewhere()
    guesser.give_password()
    clock.forward(31)
    assert "This wasn’t me" in guesser.post("/sign-in/code/", code=former.code()).content.decode()
    wrong_codes(guesser)
    answer = guesser.post("/sign-in/code/", code=former.code()).content.decode()
    assert WAIT in answer
    assert "This wasn’t me" not in answer


def test_one_field_for_all_devices_counts_one_failure(owner, clock):
    add_device(owner.user, "Tablet")
    assert Authenticator.objects.count() == 2
    wrong_codes(owner, 1)
    assert Throttle.objects.get(factor=Factor.AUTHENTICATOR).failures == 1
