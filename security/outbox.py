"""The transactional outbox: mail is promised in the transaction of the change it tells of, and sent afterwards.

`promise` writes a row. `deliver` sends one row and `sweep` all that is due, from a Celery worker, from beat, from
`manage.py deliver_outbox`, or from a thread of the demo: a lease decides who has it, and a process that dies in the
middle loses it again after 12 seconds. Nothing promised is lost; at worst the same mail, with the same code, goes
twice.
"""

import logging
import random
import re
import smtplib
from datetime import UTC, datetime, timedelta
from email.utils import formataddr
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from security import codes, letters, links, postbox, pulse, tongue, trail
from security.conf import conf
from security.models import Enrollment, Event, OutboxMessage, SecurityProfile, VerificationCode, Which
from security.models.outbox import OutboxQuerySet
from security.person import Person
from security.prepared import Prepared, moment, number
from security.prepared_writes import Update, insert
from security.transactions import atomic

log = logging.getLogger("security.outbox")
SWEEP_AT_MOST = 50
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
BLANK_LINES = re.compile(r"\n{3,}")
TAKEN = "the address is another account's"

# Reminders of a wait: sent only while it lasts.
WHILE_HELD = {"enrollment_held_half_way", "enrollment_ripe"}
# Where the link of a mail that says yes leads.
LINK_TO = {
    "invitation": "/invitation/%s/",
    "password_link": "/forgot-password/%s/",
    "assisted_reset": "/security/reset/link/%s/",
}


def promise(
    what: str,
    address: str,
    person: Person | None,
    event: Event,
    code: VerificationCode | None = None,
    *,
    wanted_at: datetime | None = None,
) -> OutboxMessage:
    """Write down that this mail will be sent, now or later. It shares the fate of the caller's transaction.

    What is wanted now is due whatever the clock says: one that is put back makes nobody wait for a code.
    """
    message = OutboxMessage(
        what=what,
        address=address,
        person_id=person.pk if person else None,
        event=event,
        code=code,
        is_urgent=code is not None or what in links.CARRIERS,
        wanted_at=wanted_at or timezone.now(),
        due_at=wanted_at or AT_ONCE,
    )
    return insert(message)


def deliver(message_id: int) -> bool:
    """Send one promised mail unless somebody else has it; says whether it was handed to the mail server now.

    A mail server that did not answer is left alone for five seconds, and the mail waits for the next sweep.
    """
    if postbox.circuit.is_open:
        return False
    message = _claim(message_id)
    if message is None:
        return False
    with trail.of(mail=message.public_id, enrollment=message.event.enrollment_id):
        return _hand_over(message)


def _hand_over(message: OutboxMessage) -> bool:
    if reason := _is_pointless(message):
        log.info("mail %s not sent: %s", message.public_id, reason)
        _give_up(message, reason)
        if reason == TAKEN and message.code_id:
            _start_the_clock(message.code_id)
        return False
    try:
        postbox.send(_compose(message))
    except Exception as error:
        _retry_later(message, error)
        return False
    _mark_delivered(message)
    return True


def sweep(limit: int | None = SWEEP_AT_MOST) -> int:
    """Send what is due now; says how many mails were handed over. Safe to run in many processes at once."""
    pulse.beat()
    due = list(OutboxMessage.objects.due().values_list("pk", flat=True)[:limit])
    return sum(deliver(message_id) for message_id in due)


def _due() -> QuerySet[OutboxMessage]:
    rows = OutboxMessage.objects.due(moment("now")).select_for_update(skip_locked=True, of=("self",))
    return rows.select_related("person", "event", "code__enrollment", "code__address_change").filter(
        pk=number("message")
    )


DUE = Prepared(_due)


@atomic()
def _claim(message_id: int) -> OutboxMessage | None:
    message = DUE.first(message=message_id, now=timezone.now())
    if message is not None:
        if message.code is not None and message.person is not None:
            message.code.person = message.person
        message.attempts += 1
        message.due_at = timezone.now() + timedelta(seconds=conf.OUTBOX_LEASE)
        message.save(update_fields=["attempts", "due_at"])
    return message


def _is_pointless(message: OutboxMessage) -> str:
    """Why this mail must not be sent any more, or an empty string."""
    if message.person is None:
        return "there is no such account"
    if message.code is not None and not _is_current(message.code):
        return "the code is no longer good"
    if message.code is not None and _is_taken(message.code):
        return TAKEN
    if message.what in links.CARRIERS and not links.is_current(message):
        return "the link is no longer good"
    if message.what in WHILE_HELD:
        held = Enrollment.objects.waiting().filter(public_id=message.event.enrollment_id)
        return "" if held.exists() else "the wait is over"
    return ""


def _is_current(code: VerificationCode) -> bool:
    """No mail leaves with a dead code: expired, used, or overtaken by a newer one or by a change of epoch."""
    errand = code.enrollment_id or code.address_change_id
    newer = NEWER["enrollment_id" if code.enrollment_id else "address_change_id"]
    over = code.used_at is not None or code.has_expired or not code.tries_left
    over = over or not code.errand.is_open or code.errand.has_expired
    is_of_now = not over and code.epoch == code.person.security_epoch
    return is_of_now and not newer.first(errand=errand, generation=code.generation)


def _newer(column: str) -> QuerySet[VerificationCode, tuple[int]]:
    rows = VerificationCode.objects.filter(**{column: number("errand")}, generation__gt=number("generation"))
    return rows.values_list("pk")[:1]


NEWER = {column: Prepared(partial(_newer, column)) for column in ("enrollment_id", "address_change_id")}


def _is_taken(code: VerificationCode) -> bool:
    """Whether the account is to get an address that another one signs in with. That is found out here, where nobody
    can look on: the page that asked for the code says and does the same in both cases.
    """
    change = code.address_change
    if change is None or change.which != Which.PRIMARY:
        return False
    others = get_user_model()._default_manager.exclude(pk=code.person_id)
    return others.filter(email__iexact=code.address).exists()


def _compose(message: OutboxMessage) -> EmailMultiAlternatives:
    person = message.person
    assert person is not None  # noqa: S101
    with tongue.of(person, chosen=person.language or settings.LANGUAGE_CODE):  # whoever sends it, and from wherever
        context = _context(message)
        template = "letter" if context["letter"] else message.what
        subject = render_to_string(f"mail/{template}.subject.txt", context)
        mail = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=BLANK_LINES.sub("\n\n", render_to_string(f"mail/{template}.txt", context)),
            from_email=formataddr((settings.SITE_NAME, settings.DEFAULT_FROM_EMAIL)),
            to=[message.address],
            headers={
                "Message-ID": f"<{message.public_id}.{settings.DEFAULT_FROM_EMAIL}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": translation.get_language() or settings.LANGUAGE_CODE,
            },
        )
        mail.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
        return mail


def _context(message: OutboxMessage) -> dict[str, Any]:
    letter = letters.letter_for(message)
    link = LINK_TO[message.what] % links.token(message) if message.what in links.CARRIERS else ""
    action = (letter.subject, link) if letter and link else letter.action if letter else None
    return {
        "letter": letter,
        "action": {"words": action[0], "url": f"{settings.SITE_URL}{action[1]}"} if action else None,
        "refusal_url": f"{settings.SITE_URL}/security/undo/{links.refusal(message.event)}/",
        "person": message.person,
        "event": message.event,
        "detail": message.event.detail,
        "code": codes.grouped(message.code) if message.code else "",
        "link": f"{settings.SITE_URL}{link}",
        "minutes": _minutes_left(message.code) if message.code else 0,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
    }


def _minutes_left(code: VerificationCode) -> int:
    """How long the code will be good once this mail is handed over."""
    left = min(code.expires_at - timezone.now(), timedelta(seconds=conf.CODE_LIFETIME))
    return max(1, round(left.total_seconds() / 60))


@atomic()
def _mark_delivered(message: OutboxMessage) -> None:
    """Whoever had the lease last: a mail that arrived is delivered."""
    PROMISED({"delivered_at": timezone.now(), "given_up_at": None, "trouble": ""}, message=message.pk)
    if message.code_id:
        _start_the_clock(message.code_id)


def _start_the_clock(code_id: int) -> None:
    """From its hand-over on a code is good for ten minutes; sending it twice does not lengthen them."""
    UNSENT({"sent_at": timezone.now()}, code=code_id)


PROMISED = Update(lambda: OutboxMessage.objects.filter(pk=number("message"), delivered_at=None))
UNSENT = Update(lambda: VerificationCode.objects.filter(pk=number("code"), sent_at=None))


def _mine(message: OutboxMessage) -> OutboxQuerySet:
    """The row, as long as nobody took it over because our lease ran out."""
    return OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts, delivered_at=None)


def _retry_later(message: OutboxMessage, error: Exception) -> None:
    trouble = f"{type(error).__name__}: {error}"[:200]
    if _is_final(error) or timezone.now() >= _patience_of(message):
        log.error("mail %s given up: %s", message.public_id, type(error).__name__)
        _give_up(message, trouble, was_refused=isinstance(error, ABOUT_THIS_MAIL))
        return
    log.warning("mail %s waits after attempt %d: %s", message.public_id, message.attempts, type(error).__name__)
    due = timezone.now() + timedelta(seconds=_pause(message, error))
    _mine(message).update(due_at=due, trouble=trouble)


def _pause(message: OutboxMessage, error: Exception) -> float:
    """Seconds until the next try: a fifth of the time that it has waited, so that trouble which is over is not felt for
    much longer than it lasted. A server that is away is asked again soon, by one mail at a time; and whoever waits for
    a code does not wait for long.
    """
    waited = (timezone.now() - message.wanted_at).total_seconds()
    longest = 5 if postbox.is_away(error) else 10 if message.is_urgent else 900
    return min(max(5, waited / 5), longest) * random.uniform(0.8, 1.2)  # noqa: S311


ABOUT_THIS_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)  # else the server is away, or refuses us


def _is_final(error: Exception) -> bool:
    """A mail server that says 5xx to every recipient will not change its mind."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _patience_of(message: OutboxMessage) -> datetime:
    if message.code is not None:
        return message.code.expires_at
    return message.wanted_at + timedelta(seconds=conf.OUTBOX_GIVE_UP)


@atomic()
def _give_up(message: OutboxMessage, trouble: str, *, was_refused: bool = False) -> None:
    now = timezone.now()
    if was_refused and message.person_id:
        SecurityProfile.objects.filter(person_id=message.person_id).update(mail_refused_at=now)
    _mine(message).update(given_up_at=now, trouble=trouble)
