"""What each screen of the journey does. Knows nothing of HTTP: takes the enrollment as it was read, and who acts.

Every change is a compare-and-set: it happens only if every fact is still as it was read. The loser of a race, a second
tab, a double click, gets Overtaken and is sent to where the journey is now.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from security import crypto, events, policy, throttle, totp
from security.actor import Actor
from security.conf import conf
from security.flows import authenticators, challenge, verification_codes
from security.models import Authenticator, Enrollment, Kind, SecurityProfile, Session
from security.models.enrollment import Entrance, Proof
from security.models.throttle import Factor
from security.person import Person, same_address
from security.refusals import Reason, Refusal
from security.reset import journey
from security.sessions import SessionStore


class Overtaken(Exception):
    """Another request was quicker, or the enrollment is over: nothing was done."""


def entrance_for(person: Person, *, adds: bool) -> Entrance:
    """Where a signed-in person enters: a first device is a set-up, whatever was asked for."""
    if not challenge.is_needed(person):
        return Entrance.SET_UP
    return Entrance.ADD if adds else Entrance.RESET


@transaction.atomic
def begin(
    person: Person, *, entrance: Entrance, replaces: Authenticator | None, session: SessionStore, actor: Actor
) -> Enrollment | Refusal:
    """Open an enrollment for this browser; nothing changes for the devices there are, however often it is called.

    The same attempt in the same browser is taken up again, with its secret, tries and caps. Any other open one ends,
    unless it was already proven elsewhere: that one goes first.
    """
    SecurityProfile.objects.lock(person)
    here = session.hold()
    other = Enrollment.objects.of(person).open().first()
    if other is not None and not _is_over(other, person):
        if other.session_id == here.pk:
            if (other.entrance, other.replaces_id) == (entrance, replaces and replaces.pk):
                return _again(other)
        elif other.proved_at is not None:
            return Refusal(Reason.ELSEWHERE, until=other.expires_at)
    if other is not None:
        _end(other, Kind.ENROLLMENT_SUPERSEDED, actor)
    return _open(person, entrance, replaces, here, actor)


def _is_over(enrollment: Enrollment, person: Person) -> bool:
    is_of_now = enrollment.epoch == person.security_epoch and not enrollment.has_expired
    return not (is_of_now and enrollment.session_id and enrollment.can_be_unsealed)


def _again(enrollment: Enrollment) -> Enrollment:
    first = journey.screens(enrollment)[0].name
    _answer(enrollment, first, **({"email_confirmed_at": timezone.now()} if first == "email" else {}))
    return enrollment


def _open(
    person: Person, entrance: Entrance, replaces: Authenticator | None, session: Session, actor: Actor
) -> Enrollment:
    now = timezone.now()
    given = {"email_confirmed_at", *journey.GIVEN[entrance]}
    enrollment = Enrollment(
        person_id=person.pk,
        session=session,
        epoch=person.security_epoch,
        entrance=entrance,
        replaces=replaces,
        started_at=now,
        expires_at=now + timedelta(seconds=conf.ENROLLMENT_LIFETIME),
        **dict.fromkeys(given, now),
    )
    enrollment.seal(crypto.totp_secret())
    enrollment.save()
    events.record(Kind.ENROLLMENT_STARTED, person, actor, enrollment=enrollment, entrance=entrance)
    return enrollment


def confirm_email(
    person: Person,
    address: str,
    *,
    entrance: Entrance,
    replaces: Authenticator | None,
    session: SessionStore,
    actor: Actor,
) -> Enrollment | Refusal:
    """Begin, for the signed-in account and no other: the address must be its own (never a silent switch)."""
    if not same_address(address, person.email):
        return Refusal(Reason.WRONG_ADDRESS)
    return begin(person, entrance=entrance, replaces=replaces, session=session, actor=actor)


def begin_locked_out(person: Person, *, session: SessionStore, actor: Actor) -> Enrollment | Refusal:
    """Begin at the sign-in prompt, where address and password are true already, for the oldest live device."""
    if refusal := policy.mailed_code(person, Entrance.SIGN_IN):
        return refusal
    oldest = Authenticator.objects.of(person).live().first()
    return begin(person, entrance=Entrance.SIGN_IN, replaces=oldest, session=session, actor=actor)


def confirm_password(enrollment: Enrollment, password: str, *, session: SessionStore, actor: Actor) -> Refusal | None:
    """Check the password afresh, whatever the age of the session, and give the browser a new session key."""
    person = enrollment.person
    subject = throttle.of_address(person.email)
    if refusal := throttle.attempt(subject, Factor.PASSWORD):
        return refusal
    is_right = person.check_password(password)  # slow on purpose, so outside the transaction
    with transaction.atomic():
        if not is_right:
            events.record(Kind.PASSWORD_REFUSED, person, actor, enrollment=enrollment)
            return Refusal(Reason.WRONG_PASSWORD)
        _answer(enrollment, "password", password_confirmed_at=timezone.now())
        throttle.succeeded(subject, Factor.PASSWORD)
        events.record(Kind.PASSWORD_CONFIRMED, person, actor, enrollment=enrollment)
        session.restamp(person)
    return None


@transaction.atomic
def prove(enrollment: Enrollment, code: str, *, actor: Actor) -> Refusal | None:
    """Prove with a code of a device that works now; the code is used up by it."""
    challenge.hold(enrollment.person)
    _hold(enrollment)
    device = challenge.answer(enrollment.person, code, actor=actor)
    if isinstance(device, Refusal):
        return device
    _proved(enrollment, "proof", Proof.AUTHENTICATOR, actor)
    return None


@transaction.atomic
def choose_mail(enrollment: Enrollment) -> Refusal | None:
    """Go the way of the mailed code, where the policy has it for this person."""
    _hold(enrollment)
    if refusal := policy.mailed_code(enrollment.person, enrollment.entrance, this=enrollment):
        return refusal
    _answer(enrollment, "proof", mail_chosen_at=timezone.now())
    return None


@transaction.atomic
def promise_code(
    enrollment: Enrollment, address: str, *, stolen: bool, actor: Actor, again: bool = False
) -> Refusal | None:
    """Promise a code to one of the person's confirmed addresses, and a notice without it to every other."""
    _hold(enrollment)
    if refusal := policy.mailed_code(enrollment.person, enrollment.entrance, this=enrollment):
        return refusal
    if address not in enrollment.person.notification_addresses():
        return Refusal(Reason.NOT_OFFERED)
    if refusal := verification_codes.promise(enrollment, address, actor=actor, again=again):
        return refusal
    _answer(enrollment, "notice", code_promised_at=timezone.now(), address=address, device_was_stolen=stolen)
    return None


def send_new_code(enrollment: Enrollment, *, actor: Actor) -> Refusal | None:
    """Promise another code to the same address; the one before it is dead from then on."""
    stolen = enrollment.device_was_stolen
    return promise_code(enrollment, enrollment.address, stolen=stolen, actor=actor, again=True)


@transaction.atomic
def check_code(enrollment: Enrollment, typed: str, *, actor: Actor) -> Refusal | None:
    """Prove with the mailed code. It raises nothing that the session has proven (ASVS 6.3.6)."""
    _hold(enrollment)
    if refusal := verification_codes.check(enrollment, typed, actor=actor):
        return refusal
    _proved(enrollment, "code", Proof.MAILED_CODE, actor)
    return None


def read_result(enrollment: Enrollment) -> None:
    """Remember that the person saw what was confirmed."""
    _answer(enrollment, "verified", result_read_at=timezone.now())


def get_app_ready(enrollment: Enrollment) -> None:
    """Remember that an authenticator app is installed."""
    _answer(enrollment, "app", app_ready_at=timezone.now())


def scan(enrollment: Enrollment, name: str) -> None:
    """Remember that the code was scanned, and what the device is to be called."""
    _answer(enrollment, "scan", scanned_at=timezone.now(), name=name)


@transaction.atomic
def confirm(enrollment: Enrollment, code: str, *, session: SessionStore, actor: Actor) -> Authenticator | Refusal:
    """Swap the devices if this is a code of the new one: the whole of it, or nothing. Asks the policy once more."""
    SecurityProfile.objects.lock(enrollment.person)
    _hold(enrollment)
    decision = policy.decide(enrollment.person, enrollment)
    if decision.row is None:
        return decision.refusal or Refusal(Reason.NOT_OFFERED)
    typed = totp.tidy(code)
    step = totp.matching_step(enrollment.secret, typed, after=-1)
    if step is None:
        minutes = totp.minutes_off(enrollment.secret, typed)
        return Refusal(Reason.WRONG_CODE) if minutes is None else Refusal(Reason.CLOCK_OFF, minutes=minutes)
    device = authenticators.bind(enrollment, enrollment.secret, step, row=decision.row, session=session, actor=actor)
    _answer(enrollment, "confirm", bound_at=timezone.now(), bound=device, sealed_secret="")
    return device


@transaction.atomic
def cancel(person: Person, *, actor: Actor) -> None:
    """End the open enrollment of this person, wherever it was begun."""
    SecurityProfile.objects.lock(person)
    enrollment = Enrollment.objects.of(person).alive().first()
    if enrollment is not None:
        _end(enrollment, Kind.ENROLLMENT_CANCELLED, actor)


def _end(enrollment: Enrollment, kind: Kind, actor: Actor) -> None:
    enrollment.ended_at, enrollment.sealed_secret = timezone.now(), ""
    enrollment.save(update_fields=["ended_at", "sealed_secret"])
    if not enrollment.has_expired:
        was_serious = bool(enrollment.code_promised_at or enrollment.proved_at)
        events.record(kind, enrollment.person, actor, enrollment=enrollment, was_serious=was_serious)


def _proved(enrollment: Enrollment, screen: str, proof: Proof, actor: Actor) -> None:
    _answer(enrollment, screen, proved_at=timezone.now(), proof=proof)
    events.record(Kind.ENROLLMENT_PROVED, enrollment.person, actor, enrollment=enrollment, proof=proof)


def _as_read(enrollment: Enrollment) -> Any:
    """The row, if it has not ended and every fact is as it was read."""
    facts = {fact: getattr(enrollment, fact) for fact in journey.FACTS}
    return Enrollment.objects.filter(pk=enrollment.pk, ended_at=None, **facts)


def _hold(enrollment: Enrollment) -> None:
    """Lock the row for the rest of the transaction. Raises Overtaken if it is not as it was read."""
    rows = _as_read(enrollment).filter(epoch=F("person__security_epoch"), expires_at__gt=timezone.now())
    if rows.select_for_update(of=("self",)).first() is None:
        raise Overtaken


def _answer(enrollment: Enrollment, screen: str, **columns: Any) -> None:
    """Answer this screen: set its columns, forget every later fact. Raises Overtaken if a fact has changed."""
    forgotten = journey.facts_after(journey.step(screen), enrollment.entrance)
    changes = {**dict.fromkeys(forgotten), **columns}
    if changes.get("proved_at", enrollment.proved_at) is None:
        changes["proof"] = ""
    if changes.get("code_promised_at", enrollment.code_promised_at) is None:
        changes |= {"address": "", "device_was_stolen": False}
    if not _as_read(enrollment).update(**changes):
        raise Overtaken
    for name, value in changes.items():
        setattr(enrollment, name, value)
