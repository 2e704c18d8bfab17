"""Failures of a factor: five are free, then each costs a longer wait, and fifty a day is the end."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from security import throttle
from security.models import Throttle
from security.models.throttle import Factor
from security.refusals import Reason
from security.transactions import atomic

WAITS = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
HOUR, DAY = 3600, 86400
ANYBODY = "1"

pytestmark = pytest.mark.django_db


def fail(times=1, subject=ANYBODY, factor=Factor.AUTHENTICATOR):
    """Attempts that pass the throttle and turn out wrong; the last answer of the throttle."""
    return [throttle.attempt(subject, factor) for _ in range(times)][-1]


def wait_of(refusal):
    assert refusal.reason == Reason.WAIT
    return (refusal.until - timezone.now()).total_seconds()


@pytest.fixture
def patient(clock):
    """Fails as soon as it may, any number of times."""

    def fail_patiently(times, factor=Factor.AUTHENTICATOR):
        for _ in range(times):
            while refusal := fail(factor=factor):
                clock.forward(wait_of(refusal))

    return fail_patiently


@pytest.mark.parametrize("factor", [Factor.PASSWORD, Factor.AUTHENTICATOR])
def test_five_failures_are_free(clock, factor):
    for _ in range(5):
        assert fail(factor=factor) is None
    assert wait_of(fail(factor=factor)) == 30


def test_then_the_waits_double_to_an_hour(clock):
    fail(5)
    for wait in WAITS:
        assert wait_of(fail()) == wait
        clock.forward(wait - 1)
        assert wait_of(fail()) == 1
        clock.forward(1)
        assert fail() is None


def test_waiting_is_not_counted(clock):
    fail(5)
    fail(20)
    assert Throttle.objects.get().failures == 5
    assert wait_of(fail()) == 30


def test_nobody_waits_for_longer_than_an_hour_however_many_failures(patient, clock):
    patient(49)
    assert wait_of(fail()) == HOUR


def test_fifty_a_day_is_the_end(patient, clock, settings):
    settings.SECURITY_FAILURE_WAIT_LONGEST = 60
    settings.SECURITY_FAILURE_WAIT = 30
    patient(50)
    row = Throttle.objects.get()
    assert len(row.failed_at) == 50
    assert row.closed_until.timestamp() - row.failed_at[0] == DAY
    refusal = fail()
    assert wait_of(refusal) > 22 * HOUR
    clock.forward(wait_of(refusal) - 1)
    assert fail() is not None
    clock.forward(1)
    assert fail() is None


def test_a_new_day_begins_with_five_free_failures(clock):
    fail(5)
    clock.forward(DAY)
    for _ in range(5):
        assert fail() is None
    assert wait_of(fail()) == 30


def test_a_failure_is_counted_for_24_hours_of_its_own(clock):
    fail(3)
    clock.forward(DAY - 1)
    fail(1)
    assert len(Throttle.objects.get().failed_at) == 4
    clock.forward(1)
    fail(1)
    assert len(Throttle.objects.get().failed_at) == 2
    clock.forward(DAY)
    fail(1)
    assert len(Throttle.objects.get().failed_at) == 1


def test_midnight_and_the_end_of_a_day_change_nothing(clock):
    """The window slides: it has no end at which another fifty, or ten, are free."""
    clock.forward(hours=11, minutes=49, seconds=55)  # 23:50
    assert [fail(factor=Factor.MAILED_CODE) for _ in range(9)] == [None] * 9
    clock.forward(minutes=20)  # 00:10
    assert fail(factor=Factor.MAILED_CODE) is None
    assert wait_of(fail(factor=Factor.MAILED_CODE)) == DAY - 20 * 60


def test_the_tenth_failure_is_the_end_wherever_the_first_was(clock):
    fail(factor=Factor.MAILED_CODE)
    clock.forward(hours=23, minutes=59)
    assert [fail(factor=Factor.MAILED_CODE) for _ in range(9)] == [None] * 9
    assert wait_of(fail(factor=Factor.MAILED_CODE)) == 60
    clock.forward(minutes=2)  # a day after the first: its place is free again, and no other
    assert fail(factor=Factor.MAILED_CODE) is None
    assert wait_of(fail(factor=Factor.MAILED_CODE)) == DAY - 120


def test_fifty_around_the_end_of_a_day_are_fifty(clock, settings):
    settings.SECURITY_FAILURES_FREE = 100
    fail(1)
    clock.forward(DAY - 60)
    fail(49)
    assert wait_of(fail()) == 60
    clock.forward(60)
    assert fail() is None
    assert wait_of(fail()) == DAY - 60


def test_a_right_answer_takes_back_its_own_count(clock):
    fail(4)
    assert fail() is None  # the fifth: the next would wait
    throttle.succeeded(ANYBODY, Factor.AUTHENTICATOR)
    row = Throttle.objects.get()
    assert (row.failures, len(row.failed_at), row.closed_until) == (0, 4, None)
    for _ in range(5):
        assert fail() is None


def test_right_answers_in_between_do_not_give_more_than_fifty_a_day(clock):
    for _ in range(12):
        fail(4)
        fail()
        throttle.succeeded(ANYBODY, Factor.AUTHENTICATOR)
    assert len(Throttle.objects.get().failed_at) == 48
    fail(2)
    assert wait_of(fail()) == DAY


def test_a_right_answer_clears_its_own_factor_and_no_other(clock):
    fail(5, factor=Factor.AUTHENTICATOR)
    fail(5, factor=Factor.PASSWORD)
    throttle.succeeded(ANYBODY, Factor.PASSWORD)
    assert throttle.closed(ANYBODY, Factor.PASSWORD) is None
    assert throttle.closed(ANYBODY, Factor.AUTHENTICATOR) is not None
    assert Throttle.objects.get(factor=Factor.AUTHENTICATOR).failures == 5


def test_a_right_answer_takes_back_what_was_counted_for_it_and_nothing_older(clock):
    fail(1)
    first = Throttle.objects.get().failed_at
    clock.forward(HOUR)
    fail(1)
    throttle.succeeded(ANYBODY, Factor.AUTHENTICATOR)
    assert Throttle.objects.get().failed_at == first


def test_the_factors_are_counted_apart(clock):
    for factor in (Factor.PASSWORD, Factor.AUTHENTICATOR):
        fail(5, factor=factor)
    fail(9, factor=Factor.MAILED_CODE)
    assert Throttle.objects.count() == 3
    assert throttle.closed(ANYBODY, Factor.MAILED_CODE) is None


def test_people_are_counted_apart(clock):
    fail(5, subject="1")
    assert throttle.closed("1", Factor.AUTHENTICATOR) is not None
    assert throttle.closed("2", Factor.AUTHENTICATOR) is None
    assert fail(subject="2") is None


def test_a_person_and_the_address_of_a_person_are_two_subjects(owner, clock):
    by_person, by_address = throttle.of_person(owner.user), throttle.of_address(owner.user.email)
    assert by_person == str(owner.user.pk)
    assert by_address != by_person
    fail(5, subject=by_address, factor=Factor.PASSWORD)
    assert throttle.closed(by_person, Factor.PASSWORD) is None


@pytest.mark.parametrize("typed", ["OWNER@EXAMPLE.COM", " Owner@Example.Com ", "owner@example.com\t"])
def test_case_and_outer_space_make_no_other_address(typed):
    assert throttle.of_address(typed) == throttle.of_address("owner@example.com")


@pytest.mark.parametrize("typed", ["owner@example.org", "owner+1@example.com", "owne@rexample.com", ""])
def test_another_address_is_another_subject(typed):
    assert throttle.of_address(typed) != throttle.of_address("owner@example.com")


def test_no_address_is_kept_in_clear(clock):
    fail(subject=throttle.of_address("owner@example.com"), factor=Factor.PASSWORD)
    subject = Throttle.objects.get().subject
    assert len(subject) == 64
    assert "owner" not in subject


def test_looking_counts_nothing(clock):
    fail(4)
    assert throttle.closed(ANYBODY, Factor.AUTHENTICATOR) is None
    assert Throttle.objects.get().failures == 4


def test_mailed_codes_have_no_wait_but_an_end(clock):
    """A mailed code dies after five tries of its own; ten over all of them are the end of the day."""
    for _ in range(10):
        assert fail(factor=Factor.MAILED_CODE) is None
    assert wait_of(fail(factor=Factor.MAILED_CODE)) == DAY
    clock.forward(DAY)
    assert fail(factor=Factor.MAILED_CODE) is None


@pytest.mark.parametrize("before", [0, 2], ids=["a new row", "an old one"])
def test_what_is_counted_and_taken_back_in_one_transaction_is_not_written(clock, transactional_db, before):
    for _ in range(before):
        fail()
    with CaptureQueriesContext(connection) as queries, atomic():
        assert throttle.attempt(ANYBODY, Factor.AUTHENTICATOR) is None
        throttle.succeeded(ANYBODY, Factor.AUTHENTICATOR)
    assert sum("UPDATE" in query["sql"].split()[0] for query in queries) == (1 if before else 0)
    row = Throttle.objects.get()
    assert (row.failures, len(row.failed_at)) == (0, before)


def test_a_failure_counts_at_once_for_whoever_looks_and_stays_with_its_transaction(owner, clock):
    subject = throttle.of_person(owner.user)
    with atomic():
        throttle.attempt(subject, Factor.AUTHENTICATOR)
        assert [row.failures for row in throttle.of_codes(owner.user)] == [1]
        throttle.attempt(subject, Factor.AUTHENTICATOR)
    assert Throttle.objects.get().failures == 2
