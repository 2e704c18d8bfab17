"""A mailed code within its enrollment: kept as long as it is good, and promised for no longer than it can be used."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from security import outbox
from security.models import Enrollment, OutboxMessage, VerificationCode
from tests.people import newest_code
from tests.web import alert_of

LAST = 4  # the first code, and three further ones


@pytest.fixture
def at_the_last_code(owner, clock):
    """The owner at `code`, with the last code of this enrollment in the mailbox, and the cool-down over."""
    owner.sign_in().walk_to("code")
    for _ in range(LAST - 1):
        clock.forward(61)
        assert owner.post("/security/reset/code/again/").status_code == 302
    assert outbox.sweep() == 1
    clock.forward(61)
    return owner


def guess(owner, times):
    for _ in range(times):
        page = owner.answer("code", code="no code")
    return page


def test_back_and_continue_keeps_the_last_code(at_the_last_code):
    code = newest_code("owner@example.com")
    assert at_the_last_code.answer("notice").url == "/security/reset/code/"
    assert VerificationCode.objects.count() == LAST
    assert newest_code("owner@example.com") == code
    assert at_the_last_code.answer("code", code=code).url == "/security/reset/verified/"


@pytest.mark.parametrize("seconds", [0, 59, 60, 61, 599])
def test_a_code_that_is_good_is_kept_whatever_the_cool_down(owner, clock, seconds):
    owner.sign_in().walk_to("code")
    code = newest_code("owner@example.com")
    clock.forward(seconds)
    assert owner.answer("notice").url == "/security/reset/code/"
    assert outbox.sweep() == 0
    assert VerificationCode.objects.count() == 1
    assert owner.answer("code", code=code).status_code == 302


@pytest.mark.parametrize("times", [5, 6])
def test_when_the_last_code_is_dead_the_page_says_when_to_start_again(at_the_last_code, times):
    page = guess(at_the_last_code, times)
    assert "No further code can be sent in this attempt." in alert_of(page)
    assert "start again after 12:30." in alert_of(page)  # the journey began at 12:00
    assert "Send a new code" not in alert_of(page)
    assert "Send a new code</button>" not in page.content.decode()


def test_when_it_has_expired_too(at_the_last_code, clock):
    clock.forward(minutes=10)
    page = guess(at_the_last_code, 1)
    assert "start again after 12:30." in alert_of(page)
    assert "has expired. Send" not in page.content.decode()


def test_an_earlier_code_that_is_dead_can_be_followed_by_another(owner, clock):
    owner.sign_in().walk_to("code")
    assert "Send a new code." in alert_of(guess(owner, 5))
    assert "No further code" not in alert_of(guess(owner, 1))


def minutes_promised(owner):
    """By the page, and by the newest mail."""
    page = re.search(r"Valid for (\d+) more minutes?\.", owner.screen("code").content.decode())
    letter = re.search(r"It is good for (\d+) minutes? and for one use", mail.outbox[-1].body)
    return int(page[1]), int(letter[1])


@pytest.mark.parametrize(("begun", "left"), [(0, 10), (19, 10), (20, 10), (22, 8), (27, 3), (29, 1)])
def test_no_more_minutes_are_promised_than_the_enrollment_has_left(owner, clock, begun, left):
    owner.sign_in().walk_to("notice")
    clock.forward(minutes=begun)
    owner.answer("notice")
    assert outbox.sweep() == 1
    assert minutes_promised(owner) == (left, left)
    code = newest_code("owner@example.com")
    clock.forward(left * 60 - 1)
    assert owner.answer("code", code=code).url == "/security/reset/verified/"


def test_a_mail_that_waited_promises_what_is_left(owner, clock):
    owner.sign_in().walk_to("code")
    clock.forward(minutes=24)
    assert outbox.sweep() == 1
    assert minutes_promised(owner) == (6, 6)


def test_a_code_ends_with_its_enrollment(owner, clock):
    owner.sign_in().walk_to("notice")
    clock.forward(minutes=29)
    owner.answer("notice")
    outbox.sweep()
    assert VerificationCode.objects.get().expires_at == owner.enrollment.expires_at
    clock.forward(minutes=1)
    assert owner.answer("code", code=newest_code("owner@example.com")).url == "/security/reset/email/"


def test_no_mail_leaves_for_an_enrollment_that_is_over(owner, clock):
    owner.sign_in().walk_to("notice")
    clock.forward(minutes=29)
    owner.answer("notice")
    clock.forward(minutes=2)
    assert outbox.sweep() == 0
    assert mail.outbox == []
    assert OutboxMessage.objects.get().given_up_at == timezone.now()


def test_no_mail_leaves_with_a_code_that_died_of_its_tries(owner, clock):
    owner.sign_in().walk_to("code")
    guess(owner, 5)
    assert outbox.sweep() == 0
    assert mail.outbox == []
    assert OutboxMessage.objects.get().given_up_at == timezone.now()


def test_an_enrollment_that_is_longer_than_a_code_does_not_lengthen_it(owner, clock):
    owner.sign_in().walk_to("code")
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    outbox.sweep()
    assert minutes_promised(owner) == (10, 10)
