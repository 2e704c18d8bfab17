"""Ten wrong mailed codes in a day close the way by mail, and no other."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from security import policy, throttle
from security.models import Authenticator, Event, Kind, SecurityProfile, Throttle, VerificationCode
from security.models.enrollment import Entrance
from security.models.throttle import Factor
from security.refusals import Reason
from tests.people import newest_code


def guess(owner, times):
    """Wrong codes, one after the other; the journey is at `code` and stays there."""
    for _ in range(times):
        assert owner.answer("code", code="no code").status_code == 200


def mailed_code(owner):
    """Whether a mailed code is a way in from the browser of this enrollment."""
    profile, lane = SecurityProfile.objects.of(owner.user), owner.enrollment.lane
    return policy.mailed_code(owner.user, Entrance.RESET, profile, lane=lane)


def first_failure_of(owner):
    subject = throttle.of_person(owner.user, owner.enrollment.lane)
    row = Throttle.objects.get(subject=subject, factor=Factor.MAILED_CODE)
    return datetime.fromtimestamp(row.failed_at[0], UTC)


@pytest.fixture
def after_ten(owner, clock):
    """The owner after five wrong tries at each of two codes."""
    owner.sign_in().walk_to("code")
    guess(owner, 5)
    clock.forward(60)
    assert owner.post("/security/reset/code/again/").status_code == 302
    guess(owner, 5)
    return owner


def test_the_tenth_wrong_code_of_a_day_closes_the_way_by_mail(after_ten):
    refusal = mailed_code(after_ten)
    assert refusal.reason == Reason.MAIL_CLOSED
    assert refusal.until == first_failure_of(after_ten) + timedelta(days=1)


def test_nine_do_not(owner, clock):
    owner.sign_in().walk_to("code")
    guess(owner, 5)
    clock.forward(60)
    owner.post("/security/reset/code/again/")
    guess(owner, 4)
    assert mailed_code(owner) is None
    assert owner.answer("code", code=newest_code("owner@example.com")).url == "/security/reset/verified/"


def test_no_further_code_is_sent(after_ten, clock):
    clock.forward(60)
    page = after_ten.post("/security/reset/code/again/")
    assert page.status_code == 200
    assert "cannot send a code by e-mail" in page.content.decode()
    assert VerificationCode.objects.count() == 2


def test_a_code_that_is_still_good_does_not_help(after_ten, clock, settings):
    settings.SECURITY_CODE_TRIES = 5
    VerificationCode.objects.update(tries=0)
    page = after_ten.answer("code", code=newest_code("owner@example.com"))
    assert page.status_code == 200
    assert "cannot send a code by e-mail" in page.content.decode()
    assert after_ten.enrollment.proved_at is None


def test_it_is_closed_at_every_entrance_where_a_device_would_be_replaced(after_ten, clock):
    clock.forward(30)
    after_ten.post("/security/reset/cancel/")
    after_ten.post("/sign-out/")
    after_ten.give_password()
    page = after_ten.post("/sign-in/code/new-device/")
    assert page.status_code == 200
    assert "cannot send a code by e-mail" in page.content.decode()
    after_ten.post("/sign-in/code/", code=after_ten.phone.code())
    after_ten.answer("email", email="owner@example.com")
    after_ten.walk_to("proof")
    assert after_ten.post("/security/reset/proof/mail/").status_code == 200
    assert "cannot send a code by e-mail" in after_ten.screen("proof").content.decode()


def test_a_browser_that_is_recognised_has_a_lane_of_its_own(after_ten, clock):
    """Who guesses elsewhere does not close the owner's way, nor the owner's mistakes anybody else's."""
    clock.forward(30)
    after_ten.post("/security/reset/cancel/")
    elsewhere = after_ten.elsewhere()
    elsewhere.give_password()
    assert elsewhere.post("/sign-in/code/new-device/").url == "/security/reset/notice/"


def test_the_old_device_still_proves_it(after_ten, clock):
    clock.forward(30)
    after_ten.answer("email", email="owner@example.com")
    after_ten.walk_to("done", way="code")
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "1"
    assert Authenticator.objects.get(confirmed=True).name == "New phone"


def test_signing_in_is_not_touched(after_ten, clock):
    clock.forward(30)
    after_ten.elsewhere().sign_in()
    assert throttle.closed(throttle.of_person(after_ten.user), Factor.AUTHENTICATOR) is None


def test_it_opens_again_after_a_day(after_ten, clock):
    until = mailed_code(after_ten).until
    clock.forward((until - timezone.now()).total_seconds() - 1)
    assert mailed_code(after_ten) is not None
    clock.forward(1)
    assert mailed_code(after_ten) is None
    after_ten.elsewhere().sign_in().walk_to("done")


def test_a_right_code_takes_back_its_own_count_only(owner, clock):
    owner.sign_in().walk_to("code")
    guess(owner, 4)
    owner.answer("code", code=newest_code("owner@example.com"))
    row = Throttle.objects.get(factor=Factor.MAILED_CODE)
    assert (row.failures, len(row.failed_at), row.closed_until) == (0, 4, None)


def test_others_are_not_touched(after_ten, stranger, clock):
    assert policy.mailed_code(stranger.user, Entrance.RESET, stranger.user.security_profile) is None
