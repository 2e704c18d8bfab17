"""Proving it again, while signed in: once for looking around, and anew for every change (ASVS 7.5.1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from security import blocks, events, rules, throttle
from security.actor import Actor
from security.flows import challenge, known_browsers, passkeys, trusted_browsers
from security.models import Kind
from security.models.throttle import Factor
from security.person import Person
from security.refusals import Reason, Refusal
from security.sessions import STAFF_PAGES, SessionStore
from security.transactions import atomic

# The changes that ask for a proof of their own, whatever was proven before.
CHANGES = frozenset({"password", "email", "recovery_codes", "remove_device", "passkeys"})
PURPOSES = CHANGES | {STAFF_PAGES}
# Their own page asks for the present password, so that it need not be asked twice; for staff it was a moment ago.
ASKS_PASSWORD_ITSELF = frozenset({"password", STAFF_PAGES})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: the password, a second factor, or both, or a passkey and nothing else; and since when an
    older one is needed, if it is.
    """

    password: bool
    code: bool
    only_passkey: bool = False
    older_than: datetime | None = None
    older_until: datetime | None = None


def question(person: Person, purpose: str) -> Question:
    """What this person is asked for this change, or, with an empty purpose, to look at what they have."""
    has_factor = challenge.is_needed(person)
    if purpose not in PURPOSES:
        return Question(password=not has_factor, code=has_factor)
    if purpose == STAFF_PAGES and person.is_staff and rules.of(person).staff_need_passkey:
        return Question(password=False, code=False, only_passkey=True)
    profile = person.security_profile  # type: ignore[attr-defined]
    older_than = profile.proof_older_than if has_factor else None
    return Question(
        password=not (has_factor and purpose in ASKS_PASSWORD_ITSELF),  # something is asked for in every case
        code=has_factor,
        older_than=older_than,
        older_until=profile.probation_until if older_than else None,
    )


def prove(
    person: Person,
    asked: Question,
    *,
    purpose: str,
    password: str = "",
    code: str = "",
    session: SessionStore,
    actor: Actor,
) -> tuple[str | None, Refusal] | None:
    """None when everything that was asked for is right; else the field that is wrong, and why.

    The password is looked at first, so that no code is spent on a mistyped one. The session gets a new key, and for a
    change a proof that is good for this one change. A recovery code ends all trust, as it does at sign-in: the phone
    may be in other hands.
    """
    if asked.only_passkey:
        return None, Refusal(Reason.PASSKEY_WANTED)
    if asked.password and (refusal := check_password(person, password, actor=actor)):
        return "password", refusal
    with atomic():
        challenge.hold(person)
        since, factor = timezone.now(), ""
        if asked.code:
            proven = challenge.prove(person, code, actor=actor, purpose="step_up", older_than=asked.older_than)
            if isinstance(proven, Refusal):
                return "code", _explained(proven, asked)
            since, factor = proven.since, proven.factor
        if factor == "recovery_code":
            trusted_browsers.revoke_all(person, actor=actor)
        _proven(person, factor, since, purpose=purpose, session=session, actor=actor)
    return None


@atomic()
def prove_by_passkey(
    person: Person, asked: Question, answer: passkeys.Answer, *, purpose: str, session: SessionStore, actor: Actor
) -> Refusal | None:
    """None when a passkey of this person was shown. Where the password is asked for as well, it has to have checked
    that it is its owner: then it is both.
    """
    challenge.hold(person)
    step_up = passkeys.Purpose.STEP_UP
    shown = passkeys.show(answer, step_up, person=person, older_than=asked.older_than, actor=actor)
    if isinstance(shown, Refusal):
        return shown
    if (asked.password or asked.only_passkey) and not shown.is_verified:
        return Refusal(Reason.PASSKEY_UNVERIFIED)
    _proven(person, "passkey", shown.since, purpose=purpose, session=session, actor=actor)
    return None


def _proven(person: Person, factor: str, since: datetime, *, purpose: str, session: SessionStore, actor: Actor) -> None:
    before = session.row.browser if session.row else ""
    said: dict[str, Any] = {"browser_before": before} if before != actor.browser else {}
    fresh_for = purpose if purpose in CHANGES or (purpose == STAFF_PAGES and person.is_staff) else ""
    session.prove_again(factor=factor, since=since, browser=actor.browser, purpose=fresh_for)
    events.record(Kind.STEP_UP_PASSED, person, actor, factor=factor or "password", purpose=purpose, **said)


def _explained(refusal: Refusal, asked: Question) -> Refusal:
    is_wrong = refusal.reason in (Reason.WRONG_CODE, Reason.WRONG_RECOVERY_CODE)
    return Refusal(Reason.ON_PROBATION, until=asked.older_until) if is_wrong and asked.older_until else refusal


def check_password(person: Person, password: str, *, actor: Actor) -> Refusal | None:
    """None when this is the password of somebody who is signed in; failures are counted as at sign-in.

    The hash is computed outside any transaction.
    """
    lane = known_browsers.lane(person, actor=actor)
    subject = throttle.of_address(person.email, lane)
    if refusal := blocks.closed(actor, lane) or throttle.attempt(subject, Factor.PASSWORD):
        return refusal
    if person.check_password(password):
        throttle.succeeded(subject, Factor.PASSWORD)
        return None
    with atomic():
        events.record(Kind.PASSWORD_REFUSED, person, actor, subject=subject)
    blocks.failed(actor, person.email, lane)
    return Refusal(Reason.WRONG_PASSWORD)
