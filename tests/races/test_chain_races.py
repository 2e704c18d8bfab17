"""Many events of one person at once: one chain without a gap, whatever the threads do."""

import pytest
from django.db import transaction

from accounts.models import User
from security import chain, events
from security.actor import Actor
from security.models import Event, Kind, SecurityProfile
from tests import people
from tests.races.together import at_once, post

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


@pytest.fixture
def owner():
    return people.make("owner@example.com")


def record(someone, times):
    def call():
        person = User.objects.get(pk=someone.user.pk)
        for _ in range(times):
            with transaction.atomic():
                events.record(Kind.SESSION_ENDED, person, HERE, why="signed out")

    return call


def places(someone):
    return list(Event.objects.filter(person=someone.user).order_by("position").values_list("position", flat=True))


def test_parallel_records_of_one_person_make_one_chain(owner):
    at_once(*[record(owner, 10) for _ in range(8)])
    assert places(owner) == list(range(1, 81))
    assert chain.first_break(owner.user.pk) is None


def test_records_of_two_people_do_not_mix(owner):
    stranger = people.make("stranger@example.com")
    at_once(*[record(someone, 10) for someone in (owner, stranger) * 3])
    for someone in (owner, stranger):
        assert places(someone) == list(range(1, 31))
        assert chain.first_break(someone.user.pk) is None


def test_the_first_events_of_somebody_without_a_profile_make_one_chain(owner):
    SecurityProfile.objects.filter(person=owner.user).delete()
    at_once(*[record(owner, 2) for _ in range(6)])
    assert places(owner) == list(range(1, 13))
    assert chain.first_break(owner.user.pk) is None


def test_what_is_rolled_back_beside_it_leaves_no_gap(owner):
    def fail():
        for _ in range(10):
            try:
                with transaction.atomic():
                    events.record(Kind.SESSION_ENDED, owner.user, HERE, why="signed out")
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass

    at_once(*[record(owner, 10), fail] * 3)
    assert places(owner) == list(range(1, 31))
    assert chain.first_break(owner.user.pk) is None


def test_real_requests_in_parallel_keep_the_chain_whole(owner):
    """Wrong passwords, wrong codes, a sign-out and a change of the profile, all at once."""
    browsers = [owner.elsewhere() for _ in range(4)]
    for browser in browsers:
        browser.give_password()
    signed_in = owner.sign_in()
    calls = [post(browser, "/sign-in/code/", code="000000") for browser in browsers]
    calls += [post(signed_in, "/security/reset/email/", email=owner.user.email), post(signed_in, "/sign-out/")]
    answers = at_once(*calls)
    assert {answer.status_code for answer in answers} <= {200, 302, 303}
    assert places(owner) == list(range(1, len(places(owner)) + 1))
    assert chain.first_break(owner.user.pk) is None
