"""What each screen of the journey does. Knows nothing of HTTP: takes the enrollment as it was read, and who acts.

Every change is a compare-and-set: it happens only if every fact is still as it was read. The loser of a race, a second
tab, a double click, gets Overtaken and is sent to where the journey is now.
"""

from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from security import blocks, events, policy, throttle, totp
from security.actor import Actor
from security.flows import authenticators, challenge, holds, passkeys, recovery_codes, verification_codes
from security.models import Authenticator, Enrollment, Kind, SecurityProfile
from security.models.enrollment import Proof
from security.models.throttle import Factor
from security.prepared import Prepared, as_given, moment, number
from security.prepared_writes import Update
from security.refusals import Reason, Refusal
from security.reset import journey
from security.sessions import SessionStore
from security.transactions import atomic


class Overtaken(Exception):
    """Another request was quicker, or the enrollment is over: nothing was done."""


def confirm_password(enrollment: Enrollment, password: str, *, session: SessionStore, actor: Actor) -> Refusal | None:
    """Check the password afresh, whatever the age of the session, and give the browser a new session key."""
    person = enrollment.person
    subject = throttle.of_address(person.email, enrollment.lane)
    if refusal := blocks.closed(actor, enrollment.lane) or throttle.attempt(subject, Factor.PASSWORD):
        return refusal
    is_right = person.check_password(password)  # slow on purpose, so outside the transaction
    with atomic():
        if not is_right:
            events.record(Kind.PASSWORD_REFUSED, person, actor, enrollment=enrollment)
            blocks.failed(actor, person.email, enrollment.lane)
            return Refusal(Reason.WRONG_PASSWORD)
        events.record(Kind.PASSWORD_CONFIRMED, person, actor, enrollment=enrollment)  # and holds the person's profile
        answer(enrollment, "password", password_confirmed_at=timezone.now())
        throttle.succeeded(subject, Factor.PASSWORD)
        session.restamp(person)
    return None


@atomic()
def prove(enrollment: Enrollment, code: str, *, actor: Actor) -> Refusal | None:
    """Prove with a code of a device that works now, or with a recovery code; it is used up by that.

    On probation only what is older than the last swap counts. Where a recovery code is no way, none is spent.
    """
    profile = _hold(enrollment)
    if recovery_codes.is_meant_by(code) and (refusal := policy.recovery_code(enrollment.person)):
        return refusal
    older_than = profile.proof_older_than
    proven = challenge.prove(
        enrollment.person, code, actor=actor, purpose="enrollment", older_than=older_than, lane=enrollment.lane
    )
    if isinstance(proven, Refusal):
        is_wrong = proven.reason in (Reason.WRONG_CODE, Reason.WRONG_RECOVERY_CODE)
        return Refusal(Reason.ON_PROBATION, until=profile.probation_until) if older_than and is_wrong else proven
    proof = Proof(proven.factor)
    hold = policy.by_own_factor(enrollment, profile, proof, proven.since).hold
    _proved(enrollment, "proof", proof, actor, proof_since=proven.since, offered_hold=hold)
    return None


@atomic()
def prove_by_passkey(enrollment: Enrollment, answered: passkeys.Answer, *, actor: Actor) -> Refusal | None:
    """Prove with a passkey that has checked that it is its owner (row 2); one that has not is no way."""
    profile = _hold(enrollment)
    person, older_than = enrollment.person, profile.proof_older_than
    shown = passkeys.show(answered, passkeys.Purpose.ENROLLMENT, person=person, older_than=older_than, actor=actor)
    if isinstance(shown, Refusal):
        return shown
    if not shown.is_verified:
        return Refusal(Reason.PASSKEY_UNVERIFIED)
    hold = policy.by_own_factor(enrollment, profile, Proof.PASSKEY, shown.since).hold
    _proved(enrollment, "proof", Proof.PASSKEY, actor, proof_since=shown.since, offered_hold=hold)
    return None


@atomic()
def choose_mail(enrollment: Enrollment) -> Refusal | None:
    """Go the way of the mailed code, where the policy has it for this person."""
    profile = _hold(enrollment)
    offer = policy.offer_mailed_code(enrollment, profile)
    if offer.refusal:
        return offer.refusal
    answer(enrollment, "proof", mail_chosen_at=timezone.now(), offered_hold=offer.hold)
    return None


@atomic()
def promise_code(
    enrollment: Enrollment, address: str, *, stolen: bool, actor: Actor, again: bool = False
) -> Refusal | None:
    """Promise a code to one of the person's confirmed addresses, and a notice without it to every other."""
    offer = policy.offer_mailed_code(enrollment, _hold(enrollment))
    if offer.refusal:
        return offer.refusal
    if address not in enrollment.person.seasoned_addresses():
        return Refusal(Reason.NOT_OFFERED)
    if refusal := verification_codes.promise(enrollment, address, actor=actor, again=again):
        return refusal
    hold = max(enrollment.offered_hold, offer.hold)
    facts = {"code_promised_at": timezone.now(), "address": address, "device_was_stolen": stolen}
    answer(enrollment, "notice", **facts, offered_hold=hold)
    return None


def send_new_code(enrollment: Enrollment, *, actor: Actor) -> Refusal | None:
    """Promise another code to the same address; the one before it is dead from then on."""
    stolen = enrollment.device_was_stolen
    return promise_code(enrollment, enrollment.address, stolen=stolen, actor=actor, again=True)


@atomic()
def check_code(enrollment: Enrollment, typed: str, *, actor: Actor) -> Refusal | None:
    """Prove with the mailed code. It raises nothing that the session has proven (ASVS 6.3.6)."""
    _hold(enrollment)
    if refusal := verification_codes.check(enrollment, typed, actor=actor, lane=enrollment.lane):
        return refusal
    _proved(enrollment, "code", Proof.MAILED_CODE, actor)
    return None


def read_result(enrollment: Enrollment) -> None:
    """Remember that the person saw what was confirmed."""
    answer(enrollment, "verified", result_read_at=timezone.now())


def get_app_ready(enrollment: Enrollment) -> None:
    """Remember that an authenticator app is installed."""
    answer(enrollment, "app", app_ready_at=timezone.now())


def scan(enrollment: Enrollment, name: str) -> None:
    """Remember that the code was scanned, and what the device is to be called."""
    answer(enrollment, "scan", scanned_at=timezone.now(), name=name)


@atomic()
def confirm(
    enrollment: Enrollment, code: str, *, session: SessionStore, actor: Actor
) -> Authenticator | Refusal | None:
    """Swap the devices if this is a code of the new one: the whole of it, or nothing. Asks the policy once more.

    None where the new device has to wait: it is done but for that, and nothing has changed yet.
    """
    SecurityProfile.objects.lock(enrollment.person)
    session.hold()
    decision = policy.decide(enrollment, _hold(enrollment))
    if decision.row is None:
        return decision.refusal or Refusal(Reason.NOT_OFFERED)
    typed = totp.tidy(code)
    step = totp.matching_step(enrollment.secret, typed, after=-1)
    if step is None:
        minutes = totp.minutes_off(enrollment.secret, typed)
        return Refusal(Reason.WRONG_CODE) if minutes is None else Refusal(Reason.CLOCK_OFF, minutes=minutes)
    if decision.hold:
        holds.start(enrollment, step, decision, actor=actor)
        return None
    return _bind(enrollment, step, decision, session, actor)


@atomic()
def take_over(enrollment: Enrollment, step: int, *, session: SessionStore, actor: Actor) -> Authenticator | Refusal:
    """The wait is over, and the new device has shown its first right code: swap. The policy has the last word.

    The caller holds the person's profile.
    """
    profile = SecurityProfile.objects.lock(enrollment.person)
    decision = policy.decide_after_hold(enrollment, profile)
    if decision.row is None:
        return decision.refusal or Refusal(Reason.NOT_OFFERED)
    return _bind(enrollment, step, decision, session, actor)


def _bind(
    enrollment: Enrollment, step: int, decision: policy.Decision, session: SessionStore, actor: Actor
) -> Authenticator:
    secret = enrollment.secret
    device = authenticators.bind(enrollment, secret, step, decision=decision, session=session, actor=actor)
    now = timezone.now()
    BOUND({"bound_at": now, "bound": device, "sealed_secret": ""}, enrollment=enrollment.pk)
    enrollment.bound_at, enrollment.bound, enrollment.sealed_secret = now, device, ""
    return device


def _proved(enrollment: Enrollment, screen: str, proof: Proof, actor: Actor, **more: Any) -> None:
    answer(enrollment, screen, proved_at=timezone.now(), proof=proof, **more)
    events.record(
        Kind.ENROLLMENT_PROVED,
        enrollment.person,
        actor,
        enrollment=enrollment,
        proof=proof,
        old_was_stolen=enrollment.device_was_stolen,
    )


def _as_read() -> QuerySet[Enrollment]:
    """The row, if it has not ended and every fact is as it was read."""
    rows = Enrollment.objects.filter(pk=number("enrollment"), ended_at=None, held_at=None)
    return rows.filter(*(as_given(fact) for fact in journey.FACTS))


def _of_now() -> QuerySet[Enrollment]:
    rows = _as_read().filter(epoch=F("person__security_epoch"), expires_at__gt=moment("now"))
    return rows.only("pk").select_for_update(of=("self",))


BOUND = Update(lambda: Enrollment.objects.filter(pk=number("enrollment")))
AS_READ = Update(_as_read)
HELD = Prepared(_of_now)


def _read(enrollment: Enrollment) -> dict[str, Any]:
    return {"enrollment": enrollment.pk, **{fact: getattr(enrollment, fact) for fact in journey.FACTS}}


def _hold(enrollment: Enrollment) -> SecurityProfile:
    """Lock the person's profile and the row for the rest of the transaction. Raises Overtaken if the row is not as it
    was read.
    """
    profile = SecurityProfile.objects.lock(enrollment.person)
    if HELD.first(**_read(enrollment), now=timezone.now()) is None:
        raise Overtaken
    return profile


def answer(enrollment: Enrollment, screen: str, **columns: Any) -> None:
    """Answer this screen: set its columns, forget every later fact. Raises Overtaken if a fact has changed."""
    forgotten = journey.facts_after(journey.step(screen), enrollment.entrance)
    changes = {**dict.fromkeys(forgotten), **columns}
    if changes.get("proved_at", enrollment.proved_at) is None:
        changes["proof"] = ""
    if changes.get("code_promised_at", enrollment.code_promised_at) is None:
        changes |= {"address": "", "device_was_stolen": False}
    new = {name: value for name, value in changes.items() if name in columns or getattr(enrollment, name) != value}
    if not AS_READ(new, **_read(enrollment)):  # which holds for what stays as it was read, too
        raise Overtaken
    for name, value in changes.items():
        setattr(enrollment, name, value)
