"""Everybody pairs their devices anew: it changes when, never what proves; nobody is asked twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from security.models import Authenticator, Event, Kind, SecurityProfile
from tests import people
from tests.walls import everything

WHY = ("--reason", "breach of 3 May")
ASKED = Event.objects.filter(kind=Kind.REPLACEMENT_REQUIRED)


def test_nothing_opens_but_the_journey_which_asks_for_the_same_proof(operate, owner, clock):
    owner.sign_in()
    operate("require_replacement", owner.user.email, *WHY)
    assert owner.get("/account/").url.startswith("/sign-in/")
    clock.forward(60)
    owner.sign_in()
    for path in ("/account/", "/security/", "/security/sessions/", "/security/recovery-codes/"):
        assert owner.get(path).url == "/security/reset/email/", path
    owner.walk_to("proof")
    assert owner.answer("proof", code="000000").status_code == 200
    owner.walk_to("done", way="code")
    assert owner.get("/account/").status_code == 200
    assert SecurityProfile.objects.of(owner.user).replace_before is None


def test_with_two_devices_both_are_replaced(operate, owner, clock):
    people.add_device(owner.user, "Tablet")
    clock.forward(1)
    operate("require_replacement", owner.user.email, *WHY)
    clock.forward(60)
    owner.sign_in().walk_to("done", way="code")
    assert owner.get("/account/").url == "/security/reset/email/"
    owner.phone = owner.new_phone
    clock.forward(60)
    owner.answer_right("email")
    owner.walk_to("done", way="code")
    assert owner.get("/account/").status_code == 200
    assert set(Authenticator.objects.live().values_list("name", flat=True)) == {"New phone"}


def test_everybody_once_and_again_after_a_stop(operate, owner, stranger, newcomer, clock):
    clock.forward(1)
    moment = timezone.now().isoformat()
    before = everything()
    assert operate("require_replacement", "--all", "--dry-run", "--json", *WHY).data["people"] == 2
    assert everything() == before
    operate("require_replacement", owner.user.email, "--before", moment, *WHY)
    assert operate("require_replacement", "--all", "--before", moment, "--json", *WHY).data["asked"] == 1
    assert operate("require_replacement", "--all", "--before", moment, "--json", *WHY).data["asked"] == 0
    assert ASKED.count() == 2
    clock.forward(60)
    owner.sign_in().walk_to("done", way="code")
    assert operate("require_replacement", "--all", "--before", moment, "--json", *WHY).data["asked"] == 0


def test_a_later_breach_asks_again(operate, owner, clock):
    clock.forward(1)
    operate("require_replacement", "--all", *WHY)
    clock.forward(60)
    assert operate("require_replacement", "--all", "--json", *WHY).data["asked"] == 1


@pytest.mark.parametrize("before", ["yesterday", "2026-05-04", "2026-05-04T08:00", "2099-01-01T00:00+00:00"])
def test_before_is_a_moment_of_the_past(operate, owner, before):
    assert operate("require_replacement", "--all", "--before", before, *WHY).code == 2
    assert not ASKED.exists()


def test_a_device_that_is_newer_is_left_alone(operate, db, clock):
    people.make("owner@example.com")
    moment = (timezone.now() - timedelta(days=1)).isoformat()
    assert operate("require_replacement", "--all", "--before", moment, "--json", *WHY).data["asked"] == 0
