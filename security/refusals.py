"""Wrong answers, as values: why something was refused, in words a person can act on.

A refusal is returned, never raised: raising inside a transaction would lose the failure that was just counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Reason(StrEnum):
    """Why."""

    WRONG_ADDRESS = "wrong address"
    WRONG_SIGN_IN = "wrong sign-in"
    WRONG_PASSWORD = "wrong password"  # noqa: S105
    WRONG_CODE = "wrong code"
    WRONG_MAILED_CODE = "wrong mailed code"
    CLOCK_OFF = "clock off"
    WAIT = "wait"
    CODE_EXPIRED = "code expired"
    CODE_USED = "code used"
    CODE_DEAD = "code dead"
    CODE_SUPERSEDED = "code superseded"
    COOL_DOWN = "cool-down"
    NO_MORE_CODES = "no more codes"
    MAIL_CLOSED = "mail closed"
    NOT_OFFERED = "not offered"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wrong answer. `until` is when it makes sense to try again, `left` how many tries remain."""

    reason: Reason
    until: datetime | None = None
    left: int | None = None
    minutes: float | None = None

    def __str__(self) -> str:
        """What happened and what to do next, in the language that is active."""
        return _WORDS[self.reason](self)


def duration(span: timedelta) -> str:
    """A wait in words: "45 seconds", "3 minutes", "2 hours"."""
    seconds = max(1, round(span.total_seconds()))
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    if seconds < 90 * 60:
        minutes = -(-seconds // 60)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = -(-seconds // 3600)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def _wait(refusal: Refusal) -> str:
    return duration(refusal.until - timezone.now()) if refusal.until else ""


def _clock(refusal: Refusal) -> str:
    return time_format(timezone.localtime(refusal.until), "TIME_FORMAT") if refusal.until else ""


def _wrong_mailed_code(refusal: Refusal) -> str:
    said = _("That code is not right. Use the one in the newest e-mail.")
    left = ngettext("You have %(n)d try left.", "You have %(n)d tries left.", refusal.left or 0) % {
        "n": refusal.left or 0
    }
    return f"{said} {left}"


def _clock_off(refusal: Refusal) -> str:
    minutes = abs(refusal.minutes or 0)
    amount = ngettext("about %(n)d minute", "about %(n)d minutes", max(1, round(minutes))) % {
        "n": max(1, round(minutes))
    }
    words = (
        _("Your phone’s clock is %(amount)s slow.")
        if (refusal.minutes or 0) < 0
        else _("Your phone’s clock is %(amount)s fast.")
    )
    advice = _("Turn on automatic date and time in its settings, then type the next code.")
    return f"{words % {'amount': amount}} {advice}"


def _mail_closed(refusal: Refusal) -> str:
    said = _("We cannot send a code by e-mail for this account right now.")
    if refusal.until is None:
        return said
    when = date_format(timezone.localtime(refusal.until), "DATETIME_FORMAT")
    return f"{said} " + _("It is possible again from %(when)s.") % {"when": when}


_WORDS = {
    Reason.WRONG_ADDRESS: lambda r: _("That is not the address of the account you are signed in to. Type that one."),
    Reason.WRONG_SIGN_IN: lambda r: _("The e-mail address or the password is not right. Check both and try again."),
    Reason.WRONG_PASSWORD: lambda r: _("That password is not right. Type the one you sign in with."),
    Reason.WRONG_CODE: lambda r: _("That code is not right. Type the six digits your app shows now."),
    Reason.WRONG_MAILED_CODE: _wrong_mailed_code,
    Reason.CLOCK_OFF: _clock_off,
    Reason.WAIT: lambda r: _("Too many wrong answers. Wait %(time)s, then try again.") % {"time": _wait(r)},
    Reason.CODE_EXPIRED: lambda r: _("This code has expired. Send a new code and use that one."),
    Reason.CODE_USED: lambda r: _("This code was used already. Go on with the next step, or send a new code."),
    Reason.CODE_DEAD: lambda r: _("Too many wrong tries, so this code no longer works. Send a new code."),
    Reason.CODE_SUPERSEDED: lambda r: _("A newer code was sent. Use the one in the newest e-mail."),
    Reason.COOL_DOWN: lambda r: (
        _("A code was sent a moment ago. You can send a new one in %(time)s.") % {"time": _wait(r)}
    ),
    Reason.NO_MORE_CODES: lambda r: (
        _("No further code can be sent in this attempt. Look in your spam folder too, or start again after %(when)s.")
        % {"when": _clock(r)}
    ),
    Reason.MAIL_CLOSED: _mail_closed,
    Reason.NOT_OFFERED: lambda r: _("This way is not open for your account. Use your old device."),
    Reason.ELSEWHERE: lambda r: (
        _(
            "A reset is under way in another browser. Finish it there, cancel it on Sign in & security in a browser "
            "that is signed in, or start again after %(when)s."
        )
        % {"when": _clock(r)}
    ),
}
