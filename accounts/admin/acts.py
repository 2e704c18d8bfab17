"""What staff may do to an account: one table. Each act calls the flow that owners and operators call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.forms import GroupsForm, ResetForm, RolesForm
from accounts.flows import password
from accounts.flows import roles as role_flow
from accounts.models import User
from security import roles
from security.actor import Actor
from security.admin.forms import ReasonForm
from security.flows import assisted, freezes, limits, replacement, sessions
from security.glance import Glance
from security.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Act:
    """`does` returns what to say afterwards, or why it was refused; `fits` says whether there is anything to do now."""

    title: Any
    explained: Any
    permission: str
    does: Callable[[User, dict[str, Any], User, Actor], str | Refusal]
    form: type[ReasonForm] = ReasonForm
    begins: Callable[[User], dict[str, Any]] = lambda person: {}
    asks: Callable[[User], dict[str, Any]] = lambda person: {}
    fits: Callable[[Glance], bool] = lambda glance: True
    is_grave: bool = False


def _end_sessions(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    sessions.end_all(person, reason=said["reason"], actor=actor)
    return gettext("They are signed out everywhere, and were told.")


def _unlock(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    limits.lift(person, reason=said["reason"], actor=actor)
    return gettext("They can try again, and were told.")


def _freeze(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    freezes.begin(person, reason=said["reason"], actor=actor)
    return gettext("The account is frozen, and its owner was told.")


def _thaw(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str | Refusal:
    thawed = freezes.thaw(person, reason=said["reason"], actor=actor)
    return thawed if isinstance(thawed, Refusal) else gettext("The account is open again, and its owner was told.")


def _expose(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    password.expose(person, reason=said["reason"], actor=actor)
    return gettext("The password opens nothing by itself any more, and its owner was told.")


def _reset(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str | Refusal:
    grounds = assisted.Grounds(said["reason"], said["ticket"], said["checked"], said["case"])
    if said["wants_second"] or assisted.needs_approval(person):
        asked = assisted.request(person, grounds, staff=staff, actor=actor)
        words = gettext("The owner was told. The link goes out once a second member of staff agrees.")
        return asked if isinstance(asked, Refusal) else words
    started = assisted.start(person, grounds, actor=actor)
    words = gettext("The link is on its way, and the owner was told everywhere.")
    return started if isinstance(started, Refusal) else words


def _assign(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    is_new = role_flow.assign(person, said["roles"], reason=said["reason"], actor=actor)
    if not is_new:
        return gettext("These are the roles they have.")
    return gettext("The roles are changed, and they were told.")


def _require_replacement(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    replacement.require(person, timezone.now(), reason=said["reason"], actor=actor)
    return gettext("They pair their devices anew at the next sign-in, and were told.")


def _put_in_groups(person: User, said: dict[str, Any], staff: User, actor: Actor) -> str:
    role_flow.put_in_groups(person, list(said["groups"]), reason=said["reason"], actor=actor)
    return gettext("These are their groups now.")


ACTS = {
    "reset": Act(
        _("Reset for a new device"),
        _(
            "The owner gets a link to the addresses they have had for a week, and pairs a new device with it and their "
            "password. You neither see a code nor can you finish it for them."
        ),
        "security.start_reset",
        _reset,
        form=ResetForm,
        asks=lambda person: {"person": person},
        fits=lambda glance: glance.is_enrolled,
    ),
    "end-sessions": Act(
        _("Sign out everywhere"),
        _("Every session ends, and no browser is trusted any more. Password and devices stay."),
        "security.end_sessions",
        _end_sessions,
    ),
    "unlock": Act(
        _("Let them try again"),
        _("Waits after wrong passwords and codes end now. A second factor is asked for as before."),
        "security.unlock",
        _unlock,
    ),
    "freeze": Act(
        _("Freeze the account"),
        _("Nobody gets in until somebody thaws it, or for three days. Everything that is under way ends."),
        "security.freeze",
        _freeze,
        fits=lambda glance: not glance.profile.is_frozen,
        is_grave=True,
    ),
    "thaw": Act(
        _("Thaw the account"),
        _("Whatever the account had signs in again. Be sure that you speak with its owner."),
        "security.freeze",
        _thaw,
        fits=lambda glance: glance.profile.is_frozen,
        is_grave=True,
    ),
    "expose-password": Act(
        _("Password is known to others"),
        _("Every session ends, and the password opens nothing by itself before there is another one."),
        "security.expose_password",
        _expose,
        is_grave=True,
    ),
    "replace-devices": Act(
        _("Have devices replaced"),
        _("They are signed out, and pair every device anew at the next sign-in. What proves that it is them stays."),
        "security.require_replacement",
        _require_replacement,
        fits=lambda glance: glance.is_enrolled,
        is_grave=True,
    ),
    "groups": Act(
        _("Change groups"),
        _("What a group has to do is in its policy."),
        "security.put_in_groups",
        _put_in_groups,
        form=GroupsForm,
        begins=lambda person: {"groups": role_flow.groups().filter(user=person)},
    ),
    "roles": Act(
        _("Change roles"),
        _("What somebody may do for other people here. Their sessions end."),
        "accounts.assign_roles",
        _assign,
        form=RolesForm,
        begins=lambda person: {"roles": roles.of(person)},
        is_grave=True,
    ),
}
