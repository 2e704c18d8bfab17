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
    PASSWORD_EXPOSED = "password exposed"  # noqa: S105
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
    CODE_SPENT = "code spent"
    WRONG_RECOVERY_CODE = "wrong recovery code"
    WRONG_CHARACTERS = "wrong characters"
    NO_PROOF = "no proof"
    NOT_YET = "not yet"
    HELD_ALREADY = "held already"
    ON_PROBATION = "on probation"
    FROZEN = "frozen"
    RECOVERED = "recovered"
    ADDRESS_TOO_NEW = "address too new"
    BUSY_NETWORK = "busy network"
    TAKEN = "taken"
    HAS_IT = "has it"
    IS_RECOVERY_ADDRESS = "is recovery address"
    THE_LAST = "the last"
    NO_DEVICE = "no device"
    BROWSER_COPIED = "browser copied"
    SECOND_APPROVER = "second approver"
    UNDER_WAY = "under way"
    WRONG_PASSKEY = "wrong passkey"
    PASSKEY_TOO_LATE = "passkey too late"
    PASSKEY_COPIED = "passkey copied"
    PASSKEY_UNVERIFIED = "passkey unverified"
    PASSKEY_NEEDS_DEVICE = "passkey needs device"
    PASSKEY_IS_THERE = "passkey is there"
    TOO_MANY_PASSKEYS = "too many passkeys"
    PASSKEY_WANTED = "passkey wanted"


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


def lifetime(seconds: int) -> str:
    """How long something is good for, in words: "30 minutes", "24 hours", "14 days"."""
    days, rest = divmod(seconds, 86400)
    if days < 2 or rest:
        return duration(timedelta(seconds=seconds))
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


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


def _moment(refusal: Refusal) -> str:
    """When, with the zone it is said in."""
    if refusal.until is None:
        return ""
    at = timezone.localtime(refusal.until)
    return f"{date_format(at, 'DATETIME_FORMAT')} ({at.tzname()})"


_WORDS = {
    Reason.WRONG_ADDRESS: lambda r: _("That is not the address of the account you are signed in to. Type that one."),
    Reason.WRONG_SIGN_IN: lambda r: _("The e-mail address or the password is not right. Check both and try again."),
    Reason.WRONG_PASSWORD: lambda r: _("That password is not right. Type the one you sign in with."),
    Reason.PASSWORD_EXPOSED: lambda r: _(
        "Somebody else may know this password, so it opens nothing by itself any more. Choose another one with "
        "“Forgot your password?”."
    ),
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
    Reason.CODE_SPENT: lambda r: _("This code was used already. Wait until your app shows the next one."),
    Reason.WRONG_RECOVERY_CODE: lambda r: _(
        "That is not one of your recovery codes, or it was used already. Compare it with your list, or use another."
    ),
    Reason.WRONG_CHARACTERS: lambda r: _(
        "Those are not its last two characters. Look at the number in front of the code. If none ever fits, your list "
        "is an old one: make new codes."
    ),
    Reason.NO_PROOF: lambda r: _(
        "That does not prove it. Use a device or a recovery code that you had before the change."
    ),
    Reason.NOT_YET: lambda r: _("Your new device can be used from %(when)s on.") % {"when": _moment(r)},
    Reason.HELD_ALREADY: lambda r: (
        _("A new device waits already, and takes over on %(when)s. Cancel it first if it is not yours.")
        % {"when": _moment(r)}
    ),
    Reason.ON_PROBATION: lambda r: (
        _(
            "Your device was replaced a short time ago. Until %(when)s changes need an older device, passkey or "
            "recovery code."
        )
        % {"when": _moment(r)}
    ),
    Reason.FROZEN: lambda r: _("This account is frozen until %(when)s.") % {"when": _moment(r)},
    Reason.RECOVERED: lambda r: (
        _("Your password was replaced by e-mail a short time ago. A code by e-mail is no way in until %(when)s.")
        % {"when": _moment(r)}
    ),
    Reason.ADDRESS_TOO_NEW: lambda r: (
        _("Your address is new. It can get a code for a new device from %(when)s on.") % {"when": _moment(r)}
    ),
    Reason.BUSY_NETWORK: lambda r: (
        _(
            "Too many tries from your network. Wait %(time)s, or use another connection, or a browser in which you "
            "signed in with a code before."
        )
        % {"time": _wait(r)}
    ),
    Reason.TAKEN: lambda r: _("This address cannot be used here. Choose another one."),
    Reason.HAS_IT: lambda r: _("Your account has this address already. Type another one."),
    Reason.IS_RECOVERY_ADDRESS: lambda r: _(
        "This is your recovery address. Remove it there first, then it can become the one you sign in with."
    ),
    Reason.THE_LAST: lambda r: _("This is your last way in. Replace it instead, or add another one first."),
    Reason.NO_DEVICE: lambda r: _(
        "Recovery codes stand in for a device, and this account has none. Enable enhanced security first."
    ),
    Reason.WRONG_PASSKEY: lambda r: _("This passkey is not accepted here. Try another one, or another way."),
    Reason.PASSKEY_TOO_LATE: lambda r: _("That took too long. Load the page again and use your passkey once more."),
    Reason.PASSKEY_COPIED: lambda r: _(
        "This passkey may have been copied, so it is not accepted. Use another way, and remove it on the page Passkeys."
    ),
    Reason.PASSKEY_UNVERIFIED: lambda r: _(
        "Your passkey did not check that it is you, by fingerprint, face or PIN. Use another way here."
    ),
    Reason.PASSKEY_NEEDS_DEVICE: lambda r: _("Enable enhanced security first. Then you can add passkeys."),
    Reason.PASSKEY_IS_THERE: lambda r: _("This passkey could not be added. Is it in your list already?"),
    Reason.TOO_MANY_PASSKEYS: lambda r: _("You have as many passkeys as an account can have. Remove one first."),
    Reason.PASSKEY_WANTED: lambda r: _("Your organisation asks for a passkey here."),
    Reason.UNDER_WAY: lambda r: _("This is under way already. Look at the campaigns."),
    Reason.SECOND_APPROVER: lambda r: _("A second member of staff has to agree: neither who asked, nor the owner."),
    Reason.BROWSER_COPIED: lambda r: _(
        "This browser was trusted, but something in it looks copied. So no browser is trusted any more, and we ask for "
        "a code everywhere. We sent you an e-mail about it."
    ),
}
