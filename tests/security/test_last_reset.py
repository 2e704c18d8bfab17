"""When somebody last replaced a device, or was about to: who has not of late is not asked for other attempts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from security import risks
from security.models import Enrollment, Event, Kind, SecurityProfile
from tests.security.test_policy import DAY, completed_before, promised_before


def last_reset(someone):
    return SecurityProfile.objects.get(person=someone.user).last_reset_at


def history(someone):
    return risks.History.of(someone.user, SecurityProfile.objects.of(someone.user), this=None, lane="")


@pytest.mark.parametrize(
    ("screen", "kind"), [("code", Kind.VERIFICATION_CODE_PROMISED), ("done", Kind.AUTHENTICATOR_REPLACED)]
)
def test_a_code_and_a_swap_are_remembered(owner, clock, screen, kind):
    owner.sign_in().walk_to("notice")
    assert last_reset(owner) is None
    owner.walk_to(screen)
    assert last_reset(owner) == Event.objects.get(kind=kind).at


def test_a_wait_and_a_first_device_are_remembered(owner, newcomer, clock):
    owner.begin_locked_out().walk_to("confirm").answer_right("confirm")
    assert last_reset(owner) == Event.objects.get(kind=Kind.ENROLLMENT_HELD).at
    newcomer.sign_in().walk_to("done")
    assert last_reset(newcomer) == Event.objects.get(kind=Kind.AUTHENTICATOR_BOUND).at


def test_an_old_copy_does_not_put_it_back(owner, clock):
    owner.sign_in().walk_to("notice")
    copy = SecurityProfile.objects.get(person=owner.user)
    owner.walk_to("done")
    copy.save()
    assert last_reset(owner) is not None


def test_who_has_replaced_nothing_of_late_is_asked_one_question_less(owner, clock, django_assert_num_queries):
    with django_assert_num_queries(2):  # the profile, and the counters
        assert history(owner).attempts == []
    promised_before(owner, 1)
    completed_before(owner, 2)
    with django_assert_num_queries(3):
        assert len(history(owner).attempts) == 3
    clock.forward(60 * DAY)
    with django_assert_num_queries(2):
        assert history(owner).attempts == []


def test_nothing_that_counts_is_forgotten(owner, clock):
    """A wait may be as long as the settings allow, and the time to take over after it: it counts to its last second."""
    owner.begin_locked_out().walk_to("confirm").answer_right("confirm")
    ripens_at, lapses_at = (timezone.now() + timedelta(days=days) for days in (7, 37))
    Enrollment.objects.update(ripens_at=ripens_at, lapses_at=lapses_at)
    clock.forward(37 * DAY - 1)
    assert history(owner).waits_until == ripens_at
