"""By a clock that runs: what a change makes or ends is never older than its event, else no contest would find it."""

import pytest

from security import tasks
from security.actor import Actor
from security.flows import authenticators, contest, recovery_codes
from security.models import Authenticator, Event, Kind, RecoveryCodeSet
from tests.people import PASSWORD, add_device

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
NEW_PASSWORD = "a whole new password for me"


def test_a_swap_is_undone_with_the_device_it_replaced_and_with_no_other(owner):
    owner.sign_in().walk_to("done")
    change = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    old, new = Authenticator.objects.order_by("pk")
    assert change.at <= new.bound_at
    assert change.at <= old.revoked_at
    assert list(Authenticator.objects.of(owner.user).older_than(change.at)) == [old]
    assert contest.change_of(owner.user, old) == change
    refusal = contest.undo(change, PASSWORD, owner.new_phone.code(ahead=1), NEW_PASSWORD, actor=HERE)
    assert refusal is not None
    assert contest.undo(change, PASSWORD, owner.phone.code(ahead=1), NEW_PASSWORD, actor=HERE) is None
    assert list(Authenticator.objects.of(owner.user).live()) == [old]


def test_a_device_that_was_removed_may_contest_its_removal(owner):
    add_device(owner.user, "Tablet")
    owner.sign_in()
    device = Authenticator.objects.get(name="Tablet")
    authenticators.remove(owner.user, device.public_id, session=owner.client.session, actor=HERE)
    change = Event.objects.get(kind=Kind.AUTHENTICATOR_REMOVED)
    device.refresh_from_db()
    assert contest.change_of(owner.user, device) == change
    assert device in Authenticator.objects.of(owner.user).older_than(change.at)


def test_codes_that_were_just_made_do_not_contest_their_own_making(owner):
    session = owner.sign_in().client.session
    recovery_codes.make(owner.user, session=session, actor=HERE)
    recovery_codes.make(owner.user, session=owner.client.session, actor=HERE)
    first, _ = RecoveryCodeSet.objects.order_by("pk")
    change = Event.objects.filter(kind=Kind.RECOVERY_CODES_MADE).latest("pk")
    assert list(RecoveryCodeSet.objects.of(owner.user).older_than(change.at)) == [first]


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_nudged_for_what_is_due_now(owner, monkeypatch):
    nudged = []
    monkeypatch.setattr(tasks, "nudge", lambda message_id, *, is_urgent: nudged.append(is_urgent))
    owner.sign_in().walk_to("code")
    assert nudged == [True], "the code, which they wait for"
