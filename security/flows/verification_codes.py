"""Codes sent by e-mail: promised and checked here, computed and sent by the outbox. Recovery, never a second factor."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from security import codes, crypto, events, throttle
from security.actor import Actor
from security.conf import conf
from security.models import Enrollment, Kind, OutboxMessage, VerificationCode
from security.models.throttle import Factor
from security.models.verification_code import Purpose
from security.person import masked
from security.refusals import Reason, Refusal


def newest(enrollment: Enrollment) -> VerificationCode | None:
    """The code that counts for this enrollment."""
    code = VerificationCode.objects.filter(enrollment=enrollment).order_by("-generation").first()
    if code is not None:
        code.enrollment = enrollment
    return code


@transaction.atomic
def promise(enrollment: Enrollment, address: str, *, actor: Actor, again: bool = False) -> Refusal | None:
    """Promise a fresh code to this address, which kills the one before it.

    A person who only went back and on again keeps the code they have; who asks for a new one (`again`) waits out the
    cool-down. Refuses beyond the caps: further codes of one enrollment, and codes to one address.
    """
    last = newest(enrollment)
    if last is not None:
        if not again and _still_good(last, address):
            return None
        ready_at = last.promised_at + timedelta(seconds=conf.CODE_COOL_DOWN)
        if ready_at > timezone.now():
            return Refusal(Reason.COOL_DOWN, until=ready_at)
        if last.is_the_last:
            return Refusal(Reason.NO_MORE_CODES, until=enrollment.expires_at)
    if until := _lane_closed_until(address):
        return Refusal(Reason.MAIL_CLOSED, until=until)
    code = VerificationCode.objects.create(
        person=enrollment.person,
        purpose=Purpose.ENROLLMENT,
        enrollment=enrollment,
        address=address,
        generation=last.generation + 1 if last else 1,
        epoch=enrollment.epoch,
    )
    events.record(
        Kind.VERIFICATION_CODE_PROMISED,
        enrollment.person,
        actor,
        enrollment=enrollment,
        code=code,
        to=masked(address),
        generation=code.generation,
        replaces=enrollment.replaces_id is not None,
    )
    return None


def _still_good(code: VerificationCode, address: str) -> bool:
    return code.address == address and code.used_at is None and not code.has_expired and code.tries_left > 0


def _lane_closed_until(address: str) -> datetime | None:
    """Until when no further code goes to this address, over all features and whoever asks (ASVS 2.4.1)."""
    sent = OutboxMessage.objects.filter(what="verification_code", address=address)
    lanes = ((timedelta(hours=1), conf.CODE_MAILS_AN_HOUR), (timedelta(days=1), conf.CODE_MAILS_A_DAY))
    times = list(sent.order_by("-promised_at").values_list("promised_at", flat=True)[: conf.CODE_MAILS_A_DAY])
    until = [times[most - 1] + span for span, most in lanes if len(times) >= most]
    return max((when for when in until if when > timezone.now()), default=None)


@transaction.atomic
def check(enrollment: Enrollment, typed: str, *, actor: Actor) -> Refusal | None:
    """None when these are the digits of the newest code of this enrollment, which is used up by that.

    The caller holds the enrollment's row, so guesses are looked at one after the other, and counted before that: five a
    code, ten a day over all codes (NIST SP 800-63B-4 3.1.3.2, ASVS 6.5.1, 6.6.3).
    """
    code = newest(enrollment)
    if refusal := _unusable(code):
        return refusal
    assert code is not None  # noqa: S101
    subject = throttle.of_person(enrollment.person)
    if wait := throttle.attempt(subject, Factor.MAILED_CODE):
        return Refusal(Reason.MAIL_CLOSED, until=wait.until)
    code.tries += 1
    if codes.is_right(code, typed):
        code.used_at = timezone.now()
        throttle.succeeded(subject, Factor.MAILED_CODE)
    code.save(update_fields=["tries", "used_at"])
    if code.used_at is not None:
        return None
    events.record(
        Kind.VERIFICATION_CODE_REFUSED, enrollment.person, actor, enrollment=enrollment, generation=code.generation
    )
    return _why(code, typed)


def _unusable(code: VerificationCode | None) -> Refusal | None:
    if code is None:
        return Refusal(Reason.CODE_EXPIRED)
    if code.used_at is not None:
        return Refusal(Reason.CODE_USED)
    if code.has_expired or not crypto.has_key(code.key_id):
        return _gone(code, Reason.CODE_EXPIRED)
    return None if code.tries_left else _gone(code, Reason.CODE_DEAD)


def _gone(code: VerificationCode, reason: Reason) -> Refusal:
    """Why the newest code is no good, or that it was the last one of this enrollment."""
    if code.is_the_last:
        return Refusal(Reason.NO_MORE_CODES, until=code.enrollment.expires_at)
    return Refusal(reason, left=code.tries_left)


def _why(code: VerificationCode, typed: str) -> Refusal:
    older = VerificationCode.objects.filter(enrollment=code.enrollment, generation__lt=code.generation)
    if any(codes.is_right(other, typed) for other in older if crypto.has_key(other.key_id)):
        return Refusal(Reason.CODE_SUPERSEDED, left=code.tries_left)
    if code.tries_left:
        return Refusal(Reason.WRONG_MAILED_CODE, left=code.tries_left)
    return _gone(code, Reason.CODE_DEAD)
