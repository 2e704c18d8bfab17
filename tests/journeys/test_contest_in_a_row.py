"""Several changes, one after the other: each can be contested, and what was out before a change stays out."""

import pytest

from security import links
from security.actor import Actor
from security.flows import authenticators, recovery_codes
from security.models import Authenticator, Event, Kind
from security.sessions import SessionStore
from tests.people import PASSWORD, add_codes, add_device

ANOTHER = "purple harbour candle seventeen"


def live(someone):
    return sorted(device.name for device in Authenticator.objects.of(someone.user).live())


def contest(someone, kind, *, password, code, new_password):
    event = Event.objects.filter(person=someone.user, kind=kind).latest("pk")
    path = f"/security/undo/{links.refusal(event)}/"
    return someone.elsewhere().post(path, password=password, code=code, new_password=new_password).content.decode()


@pytest.fixture
def suspended(owner, clock):
    """The phone was replaced by mail, honestly: the tablet and the old codes are suspended since."""
    owner.codes, owner.tablet = add_codes(owner.user), add_device(owner.user, "Tablet")
    clock.forward(1)
    owner.sign_in().walk_to("done")
    owner.phone = owner.new_phone
    clock.forward(days=4)
    owner.user.refresh_from_db()
    recovery_codes.make(owner.user, session=SessionStore(), actor=Actor())
    clock.forward(60)
    return owner


def test_what_was_suspended_before_a_change_does_not_come_back_with_it(suspended, clock):
    said = contest(
        suspended, Kind.RECOVERY_CODES_MADE, password=PASSWORD, code=suspended.phone.code(), new_password=ANOTHER
    )
    assert "yours again" in said
    assert live(suspended) == ["New phone"]
    assert recovery_codes.state(suspended.user) is None


def test_after_the_later_of_two_changes_the_earlier_can_still_be_undone(owner, clock):
    tablet = add_device(owner.user, "Tablet")
    clock.forward(1)
    owner.sign_in().walk_to("done", "code")
    clock.forward(60)
    owner.user.refresh_from_db()
    authenticators.remove(
        owner.user,
        Authenticator.objects.get(name="Tablet").public_id,
        session=SessionStore(),
        actor=Actor(),
    )
    clock.forward(60)
    kind = Kind.AUTHENTICATOR_REMOVED
    assert "yours again" in contest(owner, kind, password=PASSWORD, code=tablet.code(), new_password=ANOTHER)
    assert live(owner) == ["New phone", "Tablet"]
    clock.forward(31)
    kind = Kind.AUTHENTICATOR_REPLACED
    assert "yours again" in contest(owner, kind, password=ANOTHER, code=tablet.code(), new_password=PASSWORD)
    assert live(owner) == ["Old phone", "Tablet"]
