"""What a person's state says of what need not be looked for: other attempts, other ways, former addresses."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from security import chain, events, risks
from security.actor import Actor
from security.flows import challenge, recovery_codes
from security.models import Enrollment, Event, Kind, SecurityProfile
from security.models.profile import BY_THE_CHAIN
from security.sessions import SessionStore
from tests import plausible
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


def test_other_attempts_and_wrong_answers_are_looked_for_where_there_were_some(owner, clock, django_assert_num_queries):
    with django_assert_num_queries(1):  # the profile, which is there already wherever the policy is asked
        assert history(owner).attempts == []
    promised_before(owner, 1)
    completed_before(owner, 2)
    with django_assert_num_queries(2):
        assert len(history(owner).attempts) == 3
    clock.forward(60 * DAY)
    owner.give_password()
    owner.post("/sign-in/code/", code="000000")
    with django_assert_num_queries(2):
        assert history(owner).wrong_second_factors == 1
    clock.forward(2 * DAY)
    with django_assert_num_queries(1):
        assert history(owner).wrong_second_factors == 0


def test_what_the_chain_remembers_nobody_else_writes():
    assert {*chain.REMEMBERED.values()} <= BY_THE_CHAIN


@pytest.mark.parametrize("kind", [kind for kind, column in chain.REMEMBERED.items() if column == "last_wrong_at"])
def test_every_wrong_answer_is_remembered(owner, clock, kind):
    with transaction.atomic():
        event = events.record(kind, owner.user, Actor(), **plausible.DETAIL[kind])
    assert SecurityProfile.objects.get(person=owner.user).last_wrong_at == event.at


def test_nothing_that_counts_is_forgotten(owner, clock):
    """A wait may be as long as the settings allow, and the time to take over after it: it counts to its last second."""
    owner.begin_locked_out().walk_to("confirm").answer_right("confirm")
    ripens_at, lapses_at = (timezone.now() + timedelta(days=days) for days in (7, 37))
    Enrollment.objects.update(ripens_at=ripens_at, lapses_at=lapses_at)
    clock.forward(37 * DAY - 1)
    assert history(owner).waits_until == ripens_at


def test_recovery_codes_and_passkeys_are_looked_for_where_there_ever_were_any(owner, clock, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert challenge.ways(owner.user) == challenge.Ways(has_codes=False, has_passkeys=False)
    recovery_codes.make(owner.user, session=SessionStore(), actor=Actor())
    owner.user.refresh_from_db()
    with django_assert_num_queries(2):  # the profile, which comes with whoever is asked on a page
        assert challenge.ways(owner.user) == challenge.Ways(has_codes=True, has_passkeys=False)


def test_adding_a_passkey_is_remembered(owner, clock):
    with transaction.atomic():
        events.record(Kind.PASSKEY_ADDED, owner.user, Actor(), name="Key")
    assert SecurityProfile.objects.get(person=owner.user).has_other_ways


def test_of_an_account_that_an_older_release_made_nobody_knows(owner, clock, django_assert_num_queries):
    old = ("person_id", "created_at", "chain_head", "chain_length", "chain_anchor")
    user = User(email="old@example.com")
    user.set_unusable_password()
    user.save()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO security_securityprofile ({', '.join(old)}) VALUES (%s, now(), '', 0, '')", [user.pk]
        )
    profile = SecurityProfile.objects.get(person=user)
    assert profile.has_other_ways
    assert abs(profile.last_reset_at - profile.created_at) < timedelta(minutes=1)
    assert abs(profile.address_replaced_at - profile.created_at) < timedelta(minutes=1)
