"""Asking for a second factor, wherever it is asked: at sign-in, and to prove oneself for a change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, QuerySet
from django.utils import timezone

from security import blocks, events, throttle, totp
from security.actor import Actor
from security.flows import holds, known_browsers, passkeys, recovery_codes
from security.models import Authenticator, Enrollment, Kind, Passkey, RecoveryCode, RecoveryCodeSet, SecurityProfile
from security.models.throttle import Factor
from security.person import Person
from security.prepared import Prepared, moment, number
from security.refusals import Reason, Refusal
from security.transactions import atomic


@dataclass(frozen=True, slots=True)
class Proven:
    """A second factor that was shown: what it is, and since when the account has had it."""

    factor: str
    since: datetime
    device: Authenticator | None = None


@dataclass(frozen=True, slots=True)
class TakesOver:
    """The first right code of a new device whose wait is over."""

    enrollment: Enrollment
    step: int


@dataclass(frozen=True, slots=True)
class Ways:
    """What somebody could show instead of a code of their app."""

    has_codes: bool
    has_passkeys: bool


def ways(person: Person, older_than: datetime | None = None) -> Ways:
    """Whether there are recovery codes left, and passkeys that count. One statement, for who ever had any."""
    if not SecurityProfile.objects.read_with(person).has_other_ways:
        return Ways(False, False)
    if older_than is None:
        return Ways(*(WAYS.first(person=person.pk, now=timezone.now()) or (False, False)))
    rows = _ways(person.pk, passkeys.that_count(person, older_than))
    return Ways(*(rows.first() or (False, False)))


def _ways(person_id: Any, keys: QuerySet[Passkey]) -> QuerySet[SecurityProfile, tuple[Any, ...]]:
    sets = RecoveryCodeSet.objects.filter(person_id=person_id).live()
    codes = RecoveryCode.objects.filter(set__in=sets, used_at=None)
    rows = SecurityProfile.objects.filter(person_id=person_id)
    return rows.values_list(Exists(codes), Exists(keys.order_by()))


WAYS = Prepared(lambda: _ways(number("person"), Passkey.objects.filter(user_id=number("person")).live(moment("now"))))
PAIRED = Prepared(lambda: Authenticator.objects.filter(user_id=number("person")).paired().values_list("pk")[:1])


def hold(person: Person) -> SecurityProfile:
    """Let nothing else happen to this person's security until the transaction ends. Before any other lock."""
    return SecurityProfile.objects.lock(person)


def is_needed(person: Person) -> bool:
    """Whether this person signs in with a second factor, at this moment able to or not."""
    return PAIRED.first(person=person.pk) is not None


@atomic()
def answer(
    person: Person, code: str, *, actor: Actor, older_than: datetime | None = None, lane: str | None = None
) -> Authenticator | Refusal:
    """The device whose code this is, used up by this call; a wrong code counts one failure, whatever the devices.

    With `older_than` only what was there before that moment counts, suspended or not. Parallel calls wait for each
    other, so that no guess is looked at uncounted (ASVS 6.3.1, 15.4.2). The caller has called `hold`.
    """
    outcome = _answer(person, code, actor=actor, older_than=older_than, lane=lane)
    assert not isinstance(outcome, TakesOver)  # noqa: S101
    return outcome


@atomic()
def answer_at_sign_in(
    person: Person, code: str, *, actor: Actor, is_frozen: bool = False
) -> Authenticator | TakesOver | Refusal:
    """The same at the sign-in prompt, where the first right code of a device whose wait is over is good as well.

    While the account is frozen nothing else is.
    """
    return _answer(person, code, actor=actor, at_sign_in=True, is_frozen=is_frozen)


def prove(
    person: Person,
    typed: str,
    *,
    actor: Actor,
    purpose: str,
    older_than: datetime | None = None,
    lane: str | None = None,
) -> Proven | Refusal:
    """Whatever second factor was typed: a recovery code for what is meant as one, else an authenticator code.

    The caller has called `hold`.
    """
    if not recovery_codes.is_meant_by(typed):
        device = answer(person, typed, actor=actor, older_than=older_than, lane=lane)
        if isinstance(device, Refusal):
            return device
        return Proven("authenticator", device.bound_at, device)
    among = RecoveryCodeSet.objects.of(person).older_than(older_than) if older_than else None
    used = recovery_codes.use(person, typed, actor=actor, purpose=purpose, among=among)
    return used if isinstance(used, Refusal) else Proven("recovery_code", used.made_at)


def _answer(
    person: Person,
    code: str,
    *,
    actor: Actor,
    older_than: datetime | None = None,
    lane: str | None = None,
    at_sign_in: bool = False,
    is_frozen: bool = False,
) -> Authenticator | TakesOver | Refusal:
    lane = known_browsers.lane(person, actor=actor) if lane is None else lane
    subject = throttle.of_person(person, lane)
    if refusal := blocks.closed(actor, lane) or throttle.attempt(subject, Factor.AUTHENTICATOR):
        return refusal
    among = _held(person, older_than, is_frozen=is_frozen)
    for device in among:
        if device.use(code):
            throttle.succeeded(subject, Factor.AUTHENTICATOR)
            return device
    if at_sign_in and (found := holds.matching(person, code)):
        throttle.succeeded(subject, Factor.AUTHENTICATOR)
        held, step = found
        return TakesOver(held, step) if held.is_ripe else Refusal(Reason.NOT_YET, until=held.ripens_at)
    spent = totp.SIX_DIGITS.fullmatch(totp.tidy(code)) is not None and any(row.was_used(code) for row in among)
    events.record(Kind.AUTHENTICATOR_CODE_REFUSED, person, actor, at_sign_in=at_sign_in, was_used_before=spent)
    blocks.failed(actor, person.email, lane)
    return Refusal(Reason.CODE_SPENT if spent else Reason.WRONG_CODE)


def _held(person: Person, older_than: datetime | None, *, is_frozen: bool) -> list[Authenticator]:
    """The devices that count, kept from being used by anybody else until the transaction is over."""
    if older_than:
        rows = Authenticator.objects.of(person).older_than(older_than).order_by("pk")
        return list(rows.select_for_update(of=("self",)))
    return [] if is_frozen else LIVE.all(person=person.pk, now=timezone.now())


def _live() -> QuerySet[Authenticator]:
    rows = Authenticator.objects.filter(user_id=number("person")).live(moment("now"))
    return rows.select_for_update(of=("self",))


LIVE = Prepared(_live)


def formerly(person: Person, code: str) -> Authenticator | None:
    """The device that was replaced, removed or suspended a short time ago and shows this code; it signs nobody in."""
    return next((row for row in Authenticator.objects.of(person).former() if row.shows(code)), None)
