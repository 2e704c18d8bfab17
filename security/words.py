"""An event in words for the person it happened to: what it was, and whatever of its details helps them to judge it."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from security import roles
from security.actor import Role
from security.letters.letter import moment
from security.models import Event, Kind
from security.models.enrollment import Entrance
from security.person import masked

STARTED = {
    Entrance.SET_UP: lambda: _("Setting up Enhanced Security started"),
    Entrance.ADD: lambda: _("Adding another device started"),
}


def title(event: Event) -> str:
    """What happened."""
    if event.kind == Kind.ENROLLMENT_STARTED and (said := STARTED.get(event.detail.get("entrance"))):
        return said()
    if event.kind == Kind.SESSIONS_ENDED and event.actor != Role.SELF:
        return _("Signed out everywhere")
    return str(Kind(event.kind).label)


def said(event: Event, devices: dict[str, str]) -> list[str]:
    """The details, in the order of the table below; `devices` are the names of devices that are only referred to."""
    detail = {**event.detail, "device": devices.get(event.detail.get("device", ""), "")}
    found = (tell(detail[key]) for key, tell in TOLD.items() if detail.get(key))
    return [sentence for sentence in found if sentence]


def _quoted(name: Any) -> str:
    return _("“%(name)s”") % {"name": name}


def _before(name: Any) -> str:
    return _("before: %(name)s") % {"name": name}


def _masked(address: Any) -> str:
    return str(address) if "•" in str(address) else masked(str(address))


def _which(which: Any) -> str:
    words = {"primary": _("The address you sign in with"), "recovery": _("Your recovery address")}
    return words.get(which, "")


def _factor(factor: Any) -> str:
    return {
        "password": _("with the password alone"),
        "authenticator": _("with a code of the app"),
        "recovery_code": _("with a recovery code"),
        "passkey": _("with a passkey"),
        "trusted_browser": _("with the password, in a trusted browser"),
        "mailed_code": _("with a code sent by e-mail"),
        "staff": _("with a link from our support"),
    }.get(factor, "")


def _purpose(purpose: Any) -> str:
    return {
        "sign_in": _("to sign in"),
        "enrollment": _("to set up a device"),
        "step_up": _("to confirm that it is you"),
        "contest": _("to undo a change"),
        "password": _("to set a new password"),
        "email": _("to change an e-mail address"),
        "address": _("to confirm an e-mail address"),
        "recovery_codes": _("to make new recovery codes"),
        "remove_device": _("to remove a device"),
        "passkeys": _("to change the passkeys"),
        "second_factor": _("to sign in"),
        "staff": _("to open the pages for staff"),
    }.get(purpose, "")


def _why(why: Any) -> str:
    return {
        "too many": _("You were signed in in too many browsers"),
        "ended elsewhere": _("Ended from another browser"),
    }.get(why, "")


def _left(left: Any) -> str:
    return ngettext("%(n)d code left", "%(n)d codes left", int(left)) % {"n": int(left)}


def _sessions(ended: Any) -> str:
    n = int(ended)
    return ngettext("%(n)d other session ended", "%(n)d other sessions ended", n) % {"n": n} if n else ""


def _browsers(ended: Any) -> str:
    n = int(ended)
    return ngettext("%(n)d trusted browser ended", "%(n)d trusted browsers ended", n) % {"n": n} if n else ""


def _plain(text: Any) -> str:
    return str(text)


# What is told of an event, in this order, and how.
TOLD: dict[str, Callable[[Any], str]] = {
    "which": _which,
    "to": lambda address: _("address: %(address)s") % {"address": _masked(address)},
    "was": lambda address: _before(_masked(address)),
    "keeper": lambda keeper: _("kept by: %(keeper)s") % {"keeper": keeper},
    "is_synced": lambda yes: _("synced to other devices"),
    "name": _quoted,
    "old_name": lambda name: _before(_quoted(name)),
    "browser": _plain,
    "browser_before": _before,
    "factor": _factor,
    "proof": _factor,
    "device": _quoted,
    "purpose": _purpose,
    "why": _why,
    "position": lambda position: _("code number %(n)d") % {"n": int(position)},
    "left": _left,
    "until": lambda at: _("until %(when)s") % {"when": moment(at)},
    "ripens_at": lambda at: _("takes over on %(when)s") % {"when": moment(at)},
    "probation_until": lambda at: _("changes need an older proof until %(when)s") % {"when": moment(at)},
    "mail_closed_until": lambda at: _("no device by e-mail until %(when)s") % {"when": moment(at)},
    "old_was_stolen": lambda yes: _("the old device was reported stolen"),
    "was_used_before": lambda yes: _("the code was used before"),
    "after_failures": lambda yes: _("after many wrong tries"),
    "after_long": lambda yes: _("for the first time in a long while"),
    "sessions_ended": _sessions,
    "browsers_ended": _browsers,
    "roles": lambda held: _("role: %(roles)s") % {"roles": ", ".join(str(roles.LABELS[role]) for role in held)},
    "case": lambda case: _("case %(case)s") % {"case": case},
}
# What is not: what only machines or staff read, and what the title says already.
_UNTOLD = """
    asked asked_by asks_for at_sign_in before by_invitation campaign change checked comfort entrance epoch factors
    generation group groups hold is_new_browser lapses_at limit moment number old_device passkey people reason
    renewed replaces risks row rows second_approver session set step subject ticket under values was_held
    was_serious were what
"""
UNTOLD = frozenset(_UNTOLD.split())
