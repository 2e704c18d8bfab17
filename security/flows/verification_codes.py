"""Codes sent by e-mail: promised and checked here, computed and sent by the outbox. Recovery, never a second factor."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from security import codes, crypto, events, throttle
from security.actor import Actor
from security.conf import conf
from security.models import AddressChange, Enrollment, Kind, OutboxMessage, SecurityProfile, VerificationCode
from security.models.throttle import Factor
from security.models.verification_code import Purpose
from security.person import masked
from security.prepared import Prepared, moment, number, text
from security.prepared_writes import insert
from security.refusals import Reason, Refusal
from security.transactions import atomic

Errand = Enrollment | AddressChange
# Mails with a code or a link that opens something, by when they are sent: after the password, or before it.
AFTER_PASSWORD = ("verification_code", "address_code", "present_address_code")
BEFORE_PASSWORD = ("password_link",)


def newest_first(column: str) -> QuerySet[VerificationCode]:
    """The codes of an errand that is given later."""
    return VerificationCode.objects.filter(**{f"{column}_id": number("errand")}).order_by("-generation")


def by_errand(build: Callable[[str], QuerySet[VerificationCode]]) -> dict[str, Prepared[VerificationCode]]:
    """This query for each kind of errand."""
    return {column: Prepared(partial(build, column)) for column in ("enrollment", "address_change")}


NEWEST = by_errand(lambda column: newest_first(column)[:1])


def newest(errand: Errand, asked: dict[str, Prepared[VerificationCode]] = NEWEST) -> VerificationCode | None:
    """The code that counts for this errand. `asked` is a query of `by_errand` that tells more of it."""
    code = asked[_column(errand)].first(errand=errand.pk)
    if code is not None:
        setattr(code, _column(errand), errand)
    return code


def _column(errand: Errand) -> str:
    return "enrollment" if isinstance(errand, Enrollment) else "address_change"


def _codes_of(errand: Errand) -> QuerySet[VerificationCode]:
    return VerificationCode.objects.filter(**{_column(errand): errand})


@atomic()
def promise(errand: Errand, address: str, *, actor: Actor, again: bool = False) -> Refusal | None:
    """Promise a fresh code to this address, which kills the one before it.

    A person who only went back and on again keeps the code they have; who asks for a new one (`again`) waits out the
    cool-down. Refuses beyond the caps: further codes of one errand, and codes to one address. An address change may
    need two codes, one after the other: the second does not wait for the first.
    """
    last = newest(errand) if _may_have_one(errand) else None
    if last is not None and not _was_the_step_before(last, address):
        if not again and _still_good(last, address):
            return None
        ready_at = last.promised_at + timedelta(seconds=conf.CODE_COOL_DOWN)
        if ready_at > timezone.now():
            return Refusal(Reason.COOL_DOWN, until=ready_at)
        if last.is_the_last:
            return Refusal(Reason.NO_MORE_CODES, until=errand.expires_at)
    if until := lane_closed_until(address, is_confirmed=_is_confirmed(errand, address)):
        return Refusal(Reason.MAIL_CLOSED, until=until)
    code = VerificationCode(
        person=errand.person,
        purpose=Purpose.ENROLLMENT if isinstance(errand, Enrollment) else Purpose.ADDRESS,
        address=address,
        generation=last.generation + 1 if last else 1,
        epoch=errand.epoch,
        **{_column(errand): errand},
    )
    _record(insert(code), errand, actor)
    return None


def _may_have_one(errand: Errand) -> bool:
    """Whether a code was promised before. To somebody who never replaced a device, none was."""
    if not isinstance(errand, Enrollment) or errand.code_promised_at is not None:
        return True
    return SecurityProfile.objects.lock(errand.person).last_reset_at is not None


def _record(code: VerificationCode, errand: Errand, actor: Actor) -> None:
    said: dict[str, Any] = {"generation": code.generation}
    if isinstance(errand, Enrollment):
        said |= {"to": masked(code.address), "replaces": errand.replaces_id is not None}
        events.record(Kind.VERIFICATION_CODE_PROMISED, errand.person, actor, enrollment=errand, code=code, **said)
    else:
        step = "new" if code.address == errand.address else "present"
        said |= {"to": masked(errand.address), "which": errand.which, "change": errand.public_id, "step": step}
        events.record(Kind.ADDRESS_CHANGE_STARTED, errand.person, actor, code=code, **said)


def _was_the_step_before(code: VerificationCode, address: str) -> bool:
    """Whether this code of an address change did its work, and the one for the other address comes next."""
    return code.address_change_id is not None and code.used_at is not None and code.address != address


def _is_confirmed(errand: Errand, address: str) -> bool:
    return isinstance(errand, Enrollment) or address in errand.person.notification_addresses()


def _still_good(code: VerificationCode, address: str) -> bool:
    return code.address == address and code.used_at is None and not code.has_expired and code.tries_left > 0


def lane_closed_until(
    address: str, *, is_confirmed: bool = True, is_after_password: bool = True, subject: str = ""
) -> datetime | None:
    """Until when no further code or link goes to this address, over all features and whoever asks (ASVS 2.4.1).

    Before the password a known browser has a lane of its own: `subject` is that of the events that count.
    """
    an_hour, a_day = conf.CODE_MAILS_AN_HOUR, conf.CODE_MAILS_A_DAY
    if not is_after_password:
        an_hour, a_day = conf.LINK_MAILS_AN_HOUR, conf.LINK_MAILS_A_DAY
    elif not is_confirmed:
        an_hour = a_day = conf.UNCONFIRMED_MAILS_A_DAY
    a_day_ago = timezone.now() - timedelta(days=1)
    if subject:
        sent = _sent(is_after_password, is_confirmed, address, a_day_ago).filter(event__detail__subject=subject)
        rows = list(sent)
    else:
        rows = SENT[is_after_password, is_confirmed].all(address=address, since=a_day_ago)
    times = [at for (at,) in rows]
    lanes = ((timedelta(hours=1), an_hour), (timedelta(days=1), a_day))
    until = [times[most - 1] + span for span, most in lanes if len(times) >= most]
    return max((when for when in until if when > timezone.now()), default=None)


def _sent(
    is_after_password: bool, is_confirmed: bool, address: Any, since: Any
) -> QuerySet[OutboxMessage, tuple[datetime]]:
    whats = AFTER_PASSWORD if is_after_password else BEFORE_PASSWORD
    sent = OutboxMessage.objects.filter(what__in=whats, address=address, promised_at__gt=since)
    if is_after_password:  # what strangers entered as theirs takes nothing from whoever has the address
        entered = Q(code__address_change__address=address)
        sent = sent.exclude(entered) if is_confirmed else sent.filter(entered)
    return sent.order_by("-promised_at").values_list("promised_at")


SENT = {
    (after, confirmed): Prepared(partial(_sent, after, confirmed, text("address"), moment("since")))
    for after, confirmed in product((False, True), repeat=2)
}


@atomic()
def check(errand: Errand, typed: str, *, actor: Actor, lane: str = "") -> Refusal | None:
    """None when these are the digits of the newest code of this errand, which is used up by that.

    The caller holds the errand's row, so guesses are looked at one after the other, and counted before that: five a
    code, ten a day over all codes (NIST SP 800-63B-4 3.1.3.2, ASVS 6.5.1, 6.6.3).
    """
    code = newest(errand)
    if refusal := _unusable(code):
        return refusal
    assert code is not None  # noqa: S101
    subject = throttle.of_person(errand.person, lane)
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
        Kind.VERIFICATION_CODE_REFUSED,
        errand.person,
        actor,
        enrollment=errand if isinstance(errand, Enrollment) else None,
        generation=code.generation,
        purpose=code.purpose,
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
    """Why the newest code is no good, or that it was the last one of this attempt."""
    if code.is_the_last:
        return Refusal(Reason.NO_MORE_CODES, until=code.errand.expires_at)
    return Refusal(reason, left=code.tries_left)


def _why(code: VerificationCode, typed: str) -> Refusal:
    older = _codes_of(code.errand).filter(generation__lt=code.generation)
    if any(codes.is_right(other, typed) for other in older if crypto.has_key(other.key_id)):
        return Refusal(Reason.CODE_SUPERSEDED, left=code.tries_left)
    if code.tries_left:
        return Refusal(Reason.WRONG_MAILED_CODE, left=code.tries_left)
    return _gone(code, Reason.CODE_DEAD)
