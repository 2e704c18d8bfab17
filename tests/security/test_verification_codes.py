"""Codes sent by e-mail: how long they live, how often they may be tried, and how many there are."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import time_format

from security import codes, outbox
from security.actor import Actor
from security.flows import verification_codes
from security.models import Event, Kind, Throttle, VerificationCode
from security.models.throttle import Factor
from security.refusals import Reason
from tests.people import newest_code
from tests.web import alert_of

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.fixture
def enrollment(owner, clock):
    """The owner's, where a code may be promised."""
    return owner.sign_in().walk_to("notice").enrollment


def promise(enrollment, address="owner@example.com", again=True):
    return verification_codes.promise(enrollment, address, actor=HERE, again=again)


def check(enrollment, typed):
    return verification_codes.check(enrollment, typed, actor=HERE)


def right(enrollment):
    return codes.digits(verification_codes.newest(enrollment))


def wrong(enrollment):
    return f"{(int(right(enrollment)) + 1) % 10**8:08}"


def reason(refusal):
    return refusal.reason if refusal else None


def guess(enrollment, times):
    return [reason(check(enrollment, wrong(enrollment))) for _ in range(times)]


def test_a_code_works_once(enrollment):
    promise(enrollment)
    assert check(enrollment, right(enrollment)) is None
    assert reason(check(enrollment, right(enrollment))) == Reason.CODE_USED


def test_a_code_has_five_tries_and_is_dead_then_though_the_next_is_right(enrollment):
    promise(enrollment)
    said = [check(enrollment, wrong(enrollment)) for _ in range(5)]
    assert [refusal.left for refusal in said] == [4, 3, 2, 1, 0]
    assert [refusal.reason for refusal in said] == [Reason.WRONG_MAILED_CODE] * 4 + [Reason.CODE_DEAD]
    assert reason(check(enrollment, right(enrollment))) == Reason.CODE_DEAD
    assert verification_codes.newest(enrollment).used_at is None


def test_the_fifth_try_may_be_the_right_one(enrollment):
    promise(enrollment)
    guess(enrollment, 4)
    assert check(enrollment, right(enrollment)) is None


def test_guesses_at_a_dead_code_are_not_counted_as_more(enrollment):
    promise(enrollment)
    guess(enrollment, 8)
    assert verification_codes.newest(enrollment).tries == 5
    assert len(Throttle.objects.get(factor=Factor.MAILED_CODE).failed_at) == 5
    assert Event.objects.filter(kind=Kind.VERIFICATION_CODE_REFUSED).count() == 5


def test_a_new_code_has_tries_of_its_own(enrollment, clock):
    promise(enrollment)
    guess(enrollment, 5)
    clock.forward(60)
    assert promise(enrollment) is None
    assert check(enrollment, right(enrollment)) is None


def test_a_new_code_kills_the_old_one_and_says_so(enrollment, clock):
    promise(enrollment)
    first = right(enrollment)
    clock.forward(60)
    promise(enrollment)
    assert right(enrollment) != first
    refusal = check(enrollment, first)
    assert (refusal.reason, refusal.left) == (Reason.CODE_SUPERSEDED, 4)
    assert "newest e-mail" in str(refusal)
    assert check(enrollment, right(enrollment)) is None


def test_a_code_expires_ten_minutes_after_it_was_handed_over(enrollment, clock):
    promise(enrollment)
    clock.forward(2 * MINUTE)  # the mail server was slow
    assert outbox.sweep() == 1
    clock.forward(10 * MINUTE - 1)
    assert not verification_codes.newest(enrollment).has_expired
    clock.forward(1)
    assert reason(check(enrollment, right(enrollment))) == Reason.CODE_EXPIRED


def test_a_code_that_was_handed_over_late_expires_thirty_minutes_after_its_promise(enrollment, clock):
    promise(enrollment)
    clock.forward(25 * MINUTE)
    assert outbox.sweep() == 1
    clock.forward(5 * MINUTE - 1)
    assert not verification_codes.newest(enrollment).has_expired
    clock.forward(1)
    assert reason(check(enrollment, right(enrollment))) == Reason.CODE_EXPIRED


def test_a_code_that_was_never_handed_over_expires_too(enrollment, clock):
    promise(enrollment)
    clock.forward(30 * MINUTE - 1)
    assert not verification_codes.newest(enrollment).has_expired
    clock.forward(1)
    assert reason(check(enrollment, right(enrollment))) == Reason.CODE_EXPIRED


def test_a_code_is_right_in_its_last_second(enrollment, clock):
    promise(enrollment)
    outbox.sweep()
    clock.forward(10 * MINUTE - 1)
    assert check(enrollment, right(enrollment)) is None


def test_sending_it_twice_does_not_lengthen_its_life(enrollment, clock):
    promise(enrollment)
    code = verification_codes.newest(enrollment)
    outbox.sweep()
    expires_at = VerificationCode.objects.get(pk=code.pk).expires_at
    clock.forward(5 * MINUTE)
    code.messages.update(delivered_at=None, due_at=timezone.now())  # a worker that died before it could say so
    assert outbox.sweep() == 1
    assert VerificationCode.objects.get(pk=code.pk).expires_at == expires_at


def test_there_is_nothing_to_check_where_nothing_was_promised(enrollment):
    assert reason(check(enrollment, "12345678")) == Reason.CODE_EXPIRED


def test_a_code_whose_key_is_lost_has_expired_and_is_no_error(enrollment, clock, settings):
    promise(enrollment)
    before, typed = settings.SECURITY_KEYS, right(enrollment)
    settings.SECURITY_KEYS = {"other": bytes(32)}
    assert reason(check(enrollment, typed)) == Reason.CODE_EXPIRED
    clock.forward(60)
    promise(enrollment)
    assert reason(check(enrollment, typed)) == Reason.WRONG_MAILED_CODE
    settings.SECURITY_KEYS = {"other": bytes(32), **before}
    assert reason(check(enrollment, typed)) == Reason.CODE_SUPERSEDED


def test_a_code_is_not_good_for_another_enrollment(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code("owner@example.com")
    owner.post("/security/reset/cancel/")
    clock.forward(1)
    owner.answer("email", email=owner.user.email)
    owner.walk_to("code")
    assert owner.enrollment.codes.count() == 1
    assert owner.answer("code", code=code).status_code == 200
    assert owner.enrollment.proved_at is None


def test_a_code_is_not_good_for_another_person(owner, stranger, clock):
    owner.sign_in().walk_to("code")
    code = newest_code("owner@example.com")
    stranger.sign_in().walk_to("code")
    assert stranger.answer("code", code=code).status_code == 200
    assert owner.answer("code", code=code).status_code == 302


def test_a_new_code_has_to_wait_a_minute(enrollment, clock):
    promise(enrollment)
    clock.forward(59)
    refusal = promise(enrollment)
    assert refusal.reason == Reason.COOL_DOWN
    assert refusal.until == timezone.now() + timedelta(seconds=1)
    assert verification_codes.newest(enrollment).generation == 1
    clock.forward(1)
    assert promise(enrollment) is None
    assert verification_codes.newest(enrollment).generation == 2


def test_an_enrollment_has_three_further_codes(enrollment, clock):
    for generation in range(1, 5):
        assert promise(enrollment) is None
        assert verification_codes.newest(enrollment).generation == generation
        clock.forward(61)
    assert reason(promise(enrollment)) == Reason.NO_MORE_CODES
    clock.forward(DAY)
    assert reason(promise(enrollment)) == Reason.NO_MORE_CODES


def test_back_and_continue_keeps_the_code_that_is_under_way(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code("owner@example.com")
    clock.forward(59)
    assert owner.answer("notice").url == "/security/reset/code/"
    assert newest_code("owner@example.com") == code
    assert VerificationCode.objects.count() == 1
    assert owner.answer("code", code=code).status_code == 302


def test_another_address_waits_for_its_turn(enrollment):
    promise(enrollment)
    assert reason(promise(enrollment, "spare@example.com", again=False)) == Reason.COOL_DOWN


@pytest.mark.parametrize("end", ["used", "dead"])
def test_a_code_that_is_over_is_not_kept_under_way(enrollment, end):
    promise(enrollment)
    if end == "used":
        check(enrollment, right(enrollment))
    else:
        guess(enrollment, 5)
    assert reason(promise(enrollment, again=False)) == Reason.COOL_DOWN


def test_an_address_gets_five_codes_an_hour_and_ten_a_day(enrollment, clock, settings):
    settings.SECURITY_CODE_RESENDS = 10
    for _ in range(5):
        assert promise(enrollment) is None
        clock.forward(MINUTE)
    refusal = promise(enrollment)
    assert refusal.reason == Reason.MAIL_CLOSED
    assert refusal.until == timezone.now() + timedelta(minutes=55)

    clock.forward(HOUR)
    for _ in range(5):
        assert promise(enrollment) is None
        clock.forward(MINUTE)
    clock.forward(HOUR)
    refusal = promise(enrollment)
    assert refusal.reason == Reason.MAIL_CLOSED
    assert refusal.until == VerificationCode.objects.earliest("promised_at").promised_at + timedelta(days=1)
    clock.forward((refusal.until - timezone.now()).total_seconds())
    assert promise(enrollment) is None


def test_the_lane_of_an_address_is_one_for_everybody_who_writes_to_it(enrollment, stranger, clock, settings):
    settings.SECURITY_CODE_RESENDS = 10
    for _ in range(5):
        promise(enrollment, "family@example.com")
        clock.forward(MINUTE)
    theirs = stranger.sign_in().walk_to("notice").enrollment
    assert reason(promise(theirs, "family@example.com")) == Reason.MAIL_CLOSED
    assert promise(theirs, "stranger@example.com") is None


def test_the_page_counts_as_the_flow_does(owner, clock):
    owner.sign_in().walk_to("code")
    for _ in range(3):
        clock.forward(60)
        assert owner.post("/security/reset/code/again/").status_code == 302
    clock.forward(60)
    page = owner.post("/security/reset/code/again/")
    assert page.status_code == 200
    again_at = time_format(owner.enrollment.expires_at, "TIME_FORMAT")
    said = (
        f"No further code can be sent in this attempt. Look in your spam folder too, or start again after {again_at}."
    )
    assert said in alert_of(page)
    assert owner.answer("code", code=newest_code("owner@example.com")).status_code == 302


def test_no_two_codes_share_a_generation(enrollment):
    promise(enrollment)
    code = verification_codes.newest(enrollment)
    code.pk = None
    with pytest.raises(IntegrityError, match="one_code_a_generation"), transaction.atomic():
        code.save()
