"""What became of the mail with a code: what the pages tell that ask for it while somebody waits."""

import math
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from security.conf import conf
from security.flows.verification_codes import Errand, by_errand, newest, newest_first
from security.models import VerificationCode


def _with_its_mail(column: str) -> QuerySet[VerificationCode]:
    rows = newest_first(column).order_by("-generation", "messages__pk")
    return rows.annotate(mail=F("messages__pk"), mail_given_up_at=F("messages__given_up_at"))[:1]


WITH_ITS_MAIL = by_errand(_with_its_mail)


@dataclass(frozen=True, slots=True)
class MailStatus:
    """`state` is queued, sent, failed or used; `headline` and `detail` are its words; `again_in` seconds of cool-down,
    `is_over` whether no further code can be sent.
    """

    state: str
    headline: str
    detail: str
    again_in: int = 0
    is_over: bool = False

    def as_json(self) -> dict[str, str | int]:
        return asdict(self)


def of(errand: Errand) -> MailStatus:
    """The status of the newest code of this errand."""
    code: Any = newest(errand, WITH_ITS_MAIL)
    if code is None:
        return MailStatus("failed", _("No code was sent"), _("Send a new code."))
    again_in = _seconds_until(code.promised_at + timedelta(seconds=conf.CODE_COOL_DOWN))
    return MailStatus(*_words(code), again_in, code.is_the_last)


def _words(code: Any) -> tuple[str, str, str]:
    if code.used_at is not None:
        return "used", _("This code was used"), _("Your address is confirmed.")
    if code.sent_at is not None:
        return "sent", _sent(code.sent_at), _minutes_left(code)
    if code.mail is None or code.mail_given_up_at or code.has_expired:
        advice = "" if code.is_the_last else _("Check that the address is right, or send a new code.")
        return "failed", _("Could not be delivered"), advice
    return "queued", _("Queued"), _("The e-mail waits for the mail server. This page tells you when it has left.")


def _sent(at: datetime) -> str:
    return _("Sent %(time)s") % {"time": time_format(timezone.localtime(at), "TIME_FORMAT")}


def _minutes_left(code: VerificationCode) -> str:
    if code.has_expired:
        return _("The code has expired.")
    if not code.tries_left:
        return _("This code no longer works.")
    minutes = math.ceil(_seconds_until(code.expires_at) / 60)
    return ngettext(
        "Valid for %(n)d more minute. Look in your spam folder too.",
        "Valid for %(n)d more minutes. Look in your spam folder too.",
        minutes,
    ) % {"n": minutes}


def _seconds_until(when: datetime) -> int:
    return max(0, math.ceil((when - timezone.now()).total_seconds()))
