"""What staff do on a page and operators by command leaves the same event, but for who acts (and so does the owner)."""

import pytest

from security.flows import freezes, sessions
from security.models import Event, Kind, SecurityProfile
from tests import people
from tests.admin.test_accounts import RESET, WHY, act
from tests.commands.running import run
from tests.staff import colleague, enter

pytestmark = pytest.mark.django_db
# What can be done on a page and by command.
BOTH = {
    "reset": (RESET | {"checked": "x"}, ("reset_authenticator",), Kind.ASSISTED_RESET_STARTED),
    "end-sessions": (WHY, ("end_sessions",), Kind.SESSIONS_ENDED),
    "unlock": (WHY, ("unlock",), Kind.LIMITS_LIFTED),
    "freeze": (WHY, ("freeze",), Kind.ACCOUNT_FROZEN),
    "thaw": (WHY, ("unlock", "--thaw"), Kind.ACCOUNT_THAWED),
    "expose-password": (WHY, ("expose_password",), Kind.PASSWORD_EXPOSED),
    "replace-devices": (WHY, ("require_replacement",), Kind.REPLACEMENT_REQUIRED),
}
STAFF_ONLY = {"ticket", "checked"}  # what a page asks for beside the reason


@pytest.mark.parametrize("what", BOTH)
def test_page_and_command_leave_the_same_event(monkeypatch, capsys, owner, stranger, clock, what):
    said, call, kind = BOTH[what]
    chief = enter(colleague("superuser"))
    if what == "thaw":
        for someone in (owner, stranger):
            freezes.begin(someone.user, reason="x", actor=people.Actor())
    chief.post(act(owner.user, what), **said)
    assert run(monkeypatch, capsys, *call, stranger.user.email, "--reason", WHY["reason"]).code == 0
    by_staff, by_operator = (Event.objects.get(kind=kind, person=one.user) for one in (owner, stranger))
    assert (by_staff.actor, by_operator.actor) == ("staff", "system")
    assert by_staff.detail.keys() == by_operator.detail.keys()
    differing = {key for key, value in by_staff.detail.items() if by_operator.detail[key] != value}
    assert differing <= STAFF_ONLY


def test_an_owner_who_ends_sessions_leaves_the_same_but_for_the_reason(owner, clock):
    sessions.end_others(owner.user, keep=None, actor=people.Actor())
    enter(colleague("support")).post(act(owner.user, "end-sessions"), **WHY)
    mine, theirs = Event.objects.filter(kind=Kind.SESSIONS_ENDED).order_by("pk")
    assert theirs.detail == mine.detail | {"reason": WHY["reason"]}


def test_an_owner_who_freezes_leaves_the_same_but_says_what_for(owner, stranger, clock):
    change = Event.objects.create(kind=Kind.AUTHENTICATOR_REPLACED, person=owner.user, actor="self", position=99)
    freezes.begin(owner.user, change=change, actor=people.Actor())
    enter(colleague("security")).post(act(stranger.user, "freeze"), **WHY)
    mine, theirs = Event.objects.filter(kind=Kind.ACCOUNT_FROZEN).order_by("pk")
    assert mine.detail == {"until": theirs.detail["until"], "change": change.public_id}
    assert theirs.detail == {"until": mine.detail["until"], "reason": WHY["reason"]}
    assert SecurityProfile.objects.of(owner.user).contested_event == change
