"""Every change of a factor, code set, password or address, by whoever: what dies with it, and what lives on.

What dies: every other session, every trusted browser, every open or waiting enrollment and its codes, every new address
that waits, every link in a mail that says yes. What lives on: the session that made the change, stamped anew.
"""

from collections.abc import Callable

import pytest
from django.core import mail

from accounts.flows import addresses, password, roles
from security import outbox
from security.actor import Actor, Role
from security.flows import (
    authenticators,
    contest,
    epoch,
    freezes,
    importing,
    passkeys,
    recovery_codes,
    sessions,
    trusted_browsers,
    verification_codes,
)
from security.models import (
    AddressChange,
    Authenticator,
    Enrollment,
    Event,
    Kind,
    Passkey,
    Session,
    TrustedBrowser,
    Which,
)
from security.models.enrollment import Entrance, Proof
from security.policy import Decision, Row
from security.refusals import Refusal
from security.reset import start
from security.sessions import SessionStore
from tests.keys import Key, give
from tests.people import PASSWORD, add_device, long_ago, newest_code

ANOTHER = "purple harbour candle seventeen"
ACTORS = {
    "self": Actor(address="192.0.2.1", browser="Firefox (Linux)"),
    "staff": Actor(Role.STAFF, "staff@example.com"),
    "command": Actor.operator("root"),
}


class Scene:
    """The owner in two browsers, with everything that could be stale by tomorrow."""

    def __init__(self, owner, clock) -> None:
        self.owner, self.clock, self.user = owner, clock, owner.user
        self.tablet = add_device(owner.user, "Tablet")
        columns = {"recovery_email": "spare@example.com", "recovery_email_confirmed_at": long_ago()}
        type(owner.user).objects.filter(pk=owner.user.pk).update(**columns)
        self.other = owner.elsewhere().sign_in()
        clock.forward(31)
        owner.sign_in()
        self.user.refresh_from_db()
        self.here = SessionStore(owner.client.cookies["sessionid"].value)
        assert self.here.person == self.user
        self.trust = trusted_browsers.trust(self.user, actor=ACTORS["self"])
        self.elsewhere_open()
        self.address_waits()
        owner.elsewhere().post("/forgot-password/", email=self.user.email)
        outbox.sweep()
        letter = [m for m in mail.outbox if "/forgot-password/" in m.body][-1]
        self.link = "/forgot-password/" + letter.body.split("/forgot-password/")[1].split()[0]

    def elsewhere_open(self) -> None:
        """Another browser is in the middle of a journey, and has been mailed a code."""
        row = Session.objects.exclude(pk=self.here.row.pk).get(person=self.user)
        self.enrollment = start._open(self.user, Entrance.RESET, None, row, ACTORS["self"])
        verification_codes.promise(self.enrollment, self.user.email, actor=ACTORS["self"])

    def address_waits(self) -> None:
        soon = self.enrollment.expires_at
        rows = {"person": self.user, "epoch": self.user.security_epoch, "expires_at": soon}
        AddressChange.objects.create(which=Which.RECOVERY, address="new@example.org", **rows)

    def alive(self) -> set[str]:
        """Which of all that still works."""
        self.user.refresh_from_db()
        works = {
            "other session": self.other.get("/account/").status_code == 200,
            "trusted browser": TrustedBrowser.objects.of(self.user).live().exists(),
            "open enrollment": self._enrollment_lives(),
            "new address": AddressChange.objects.of(self.user).alive().exists(),
            "mailed link": self.owner.elsewhere().get(self.link).status_code == 200,
        }
        return {name for name, is_alive in works.items() if is_alive}

    def _enrollment_lives(self) -> bool:
        rows = Enrollment.objects.of(self.user).alive().filter(pk=self.enrollment.pk)
        return rows.filter(epoch=self.user.security_epoch).exists()

    @property
    def goes_on_here(self) -> bool:
        self.owner.client.cookies["sessionid"] = self.here.session_key
        return self.owner.get("/account/").status_code == 200


EVERYTHING = {"other session", "trusted browser", "open enrollment", "new address", "mailed link"}


def is_replaced(scene: Scene, actor: Actor) -> None:
    swap(scene, actor, Entrance.RESET, Row.OLD_AUTHENTICATOR, Authenticator.objects.get(name="Old phone"))


def is_replaced_by_mail(scene: Scene, actor: Actor) -> None:
    swap(scene, actor, Entrance.RESET, Row.MAILED_CODE, Authenticator.objects.get(name="Old phone"))


def is_added(scene: Scene, actor: Actor) -> None:
    swap(scene, actor, Entrance.ADD, Row.ANOTHER_DEVICE, None)


def swap(scene: Scene, actor: Actor, entrance: Entrance, row: Row, old: Authenticator | None) -> None:
    Enrollment.objects.filter(pk=scene.enrollment.pk).update(replaces=old)
    mine = Enrollment(person=scene.user, entrance=entrance, replaces=old, proof=Proof.AUTHENTICATOR)
    mine.epoch, mine.expires_at, mine.ended_at = scene.user.security_epoch, scene.enrollment.expires_at, None
    authenticators.bind(mine, b"s" * 20, 1, decision=Decision(row), session=scene.here, actor=actor)


def is_removed(scene: Scene, actor: Actor) -> None:
    tablet = Authenticator.objects.get(name="Tablet")
    assert authenticators.remove(scene.user, tablet.public_id, session=scene.here, actor=actor) is None


def codes_are_made(scene: Scene, actor: Actor) -> None:
    recovery_codes.make(scene.user, session=scene.here, actor=actor)


def a_passkey_is_added(scene: Scene, actor: Actor) -> None:
    options = passkeys.ask_to_add(scene.user, session=scene.here)
    made = Key().create(options)
    answer = passkeys.redeem(made, passkeys.Purpose.ADD, session=scene.here, person=scene.user)
    assert not isinstance(passkeys.add(scene.user, answer, session=scene.here, actor=actor), Refusal)


def a_passkey_is_removed(scene: Scene, actor: Actor) -> None:
    give(scene.owner)
    public_id = Passkey.objects.get().public_id
    assert passkeys.remove(scene.user, public_id, session=scene.here, actor=actor) is None


def password_is_changed(scene: Scene, actor: Actor) -> None:
    assert password.change(scene.user, PASSWORD, ANOTHER, session=scene.here, actor=actor) is None


def recovery_address_is_removed(scene: Scene, actor: Actor) -> None:
    assert addresses.remove_recovery(scene.user, session=scene.here, actor=actor)


def the_epoch_moves_on(scene: Scene, actor: Actor) -> None:
    epoch.bump(scene.user, actor=actor, session=scene.here)


CHANGES = [
    is_replaced,
    is_replaced_by_mail,
    is_added,
    is_removed,
    codes_are_made,
    a_passkey_is_added,
    a_passkey_is_removed,
    password_is_changed,
    recovery_address_is_removed,
    the_epoch_moves_on,
]


@pytest.fixture
def scene(owner, clock):
    return Scene(owner, clock)


def test_all_of_it_works_before(scene):
    assert scene.alive() == EVERYTHING
    assert scene.goes_on_here


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("change", CHANGES)
def test_what_dies(scene, change: Callable[[Scene, Actor], None], who):
    change(scene, ACTORS[who])
    assert scene.alive() == set()
    assert scene.goes_on_here


def password_is_assigned(scene: Scene, actor: Actor) -> None:
    password.assign(scene.user, ANOTHER, reason="case K7Q2", actor=actor)


def password_is_exposed(scene: Scene, actor: Actor) -> None:
    password.expose(scene.user, reason="case K7Q2", actor=actor)


def account_is_frozen(scene: Scene, actor: Actor) -> None:
    assert freezes.begin(scene.user, reason="case K7Q2", actor=actor)


def roles_are_assigned(scene: Scene, actor: Actor) -> None:
    assert roles.assign(scene.user, ["support"], reason="joined", actor=actor)


def device_is_taken_over(scene: Scene, actor: Actor) -> None:
    Authenticator.objects.of(scene.user).delete()
    assert importing.take_over(scene.user, [importing.Found("Old app", b"s" * 20, -1)], actor=actor)


BY_OTHERS = [password_is_assigned, password_is_exposed, account_is_frozen, roles_are_assigned, device_is_taken_over]


@pytest.mark.parametrize("who", ["staff", "command"])
@pytest.mark.parametrize("change", BY_OTHERS)
def test_what_staff_and_operators_do_ends_every_session(scene, change: Callable[[Scene, Actor], None], who):
    change(scene, ACTORS[who])
    assert scene.alive() == set()
    assert not scene.goes_on_here


@pytest.mark.parametrize("who", ["staff", "command"])
def test_signing_out_everywhere_ends_sessions_and_trust_and_nothing_else(scene, who):
    sessions.end_all(scene.user, reason="case K7Q2", actor=ACTORS[who])
    assert scene.alive() == {"open enrollment", "new address", "mailed link"}
    assert not scene.goes_on_here


@pytest.mark.parametrize("who", ACTORS)
def test_a_freeze_ends_this_session_too(scene, who):
    scene.owner.phone = None
    is_replaced_by_mail(scene, ACTORS["self"])
    change = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    assert contest.freeze(change, actor=ACTORS[who]) is None
    assert scene.alive() == set()
    assert not scene.goes_on_here


def test_the_new_password_of_a_mailed_link_ends_everything(scene):
    visitor = scene.owner.elsewhere()
    scene.clock.forward(31)
    answer = visitor.post(scene.link, new_password=ANOTHER, code=scene.owner.phone.code())
    assert answer.status_code == 302
    assert scene.alive() == set()
    assert not scene.goes_on_here


def test_a_new_primary_address_ends_everything(scene):
    AddressChange.objects.all().update(ended_at=scene.enrollment.started_at)
    found = addresses.start(scene.user, Which.PRIMARY, "new@example.org", session=scene.here, actor=ACTORS["self"])
    code = newest_code("new@example.org")
    assert addresses.check_code(found, code, session=scene.here, actor=ACTORS["self"]) is None
    assert scene.alive() == set()
    assert scene.goes_on_here


@pytest.mark.parametrize("looks", ["/security/", "/security/activity/", "/account/"])
def test_what_is_no_change_ends_nothing(scene, looks):
    scene.owner.get(looks)
    assert scene.alive() == EVERYTHING
