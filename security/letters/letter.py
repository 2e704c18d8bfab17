"""A letter: subject, sentences, at most one thing to do, and what to do if it was not them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from security.models import Event, OutboxMessage


@dataclass(frozen=True, slots=True)
class Letter:
    """`action` is a button's words and its path, `alarm` what to do if it was not them, `refusal` the words of the link
    that says no (empty: there is none).
    """

    subject: str
    sentences: list[str]
    action: tuple[str, str] | None = None
    alarm: str = ""
    refusal: str = ""
    afterwards: list[str] = field(default_factory=list)
    tells_where: bool = True


def detail(message: OutboxMessage) -> dict[str, Any]:
    """What the event of this mail says."""
    said: dict[str, Any] = message.event.detail
    return said


def moment(stamp: str | float) -> str:
    """A time of an event's detail (Unix time), in the person's clock, with its zone: "25 Nov 2026, 12:00 (CET)"."""
    at = timezone.localtime(datetime.fromtimestamp(float(stamp), UTC))
    return f"{date_format(at, 'DATETIME_FORMAT')} ({at.tzname()})"


def not_you() -> str:
    """The usual alarm of a notice with a link that says no."""
    return _("If this was not you, say so at once. It takes one press, and you need not sign in:")


def call_support() -> str:
    """The usual alarm of a notice that has nothing to take back."""
    return _("If this was not you, change your password and write to %(address)s at once.") % {
        "address": settings.SUPPORT_EMAIL
    }


def not_expected() -> str:
    """The usual alarm of a notice of something that support did."""
    return _("If you did not expect this, write to %(address)s.") % {"address": settings.SUPPORT_EMAIL}


def device(event: Event, key: str = "name") -> str:
    """The name of a device in quotation marks, or an empty string where it has none."""
    name = event.detail.get(key, "")
    return _("“%(name)s”") % {"name": name} if name else ""
