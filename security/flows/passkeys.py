"""Passkeys: added after a fresh proof with what the account has already, shown wherever a second factor is asked for.

The library holds the ceremonies; what it would decide by itself is decided here. It would let an account without a
device register by password alone, and would sign in whoever shows a key: no count of failures, no event, no freeze.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeGuard

from django.utils import timezone
from webauthn.helpers import base64url_to_bytes

from security import blocks, ceremony, events, policy, refused, throttle
from security.actor import Actor
from security.conf import conf
from security.flows import epoch, known_browsers
from security.models import Authenticator, Event, Kind, Passkey, PasskeyChallenge, SecurityProfile
from security.models.passkey import PasskeyQuerySet
from security.models.throttle import Factor
from security.person import Person
from security.prepared import number
from security.prepared_writes import Update
from security.refusals import Reason, Refusal
from security.sessions import SessionStore
from security.transactions import atomic

OPEN_AT_ONCE = 5  # a page that waits, a button, other tabs


class Purpose(StrEnum):
    """What a challenge is for; an answer to one purpose is none to another."""

    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    STEP_UP = "step_up"
    ENROLLMENT = "enrollment"
    CONTEST = "contest"
    PASSWORD = "password"  # noqa: S105
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser says, and the challenge that it answers: None unless it was asked for that, here, a moment ago."""

    data: Any
    challenge: bytes | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey that was shown; `is_verified` says whether it checked that it is its owner, and so is both factors."""

    passkey: Passkey
    is_verified: bool

    @property
    def since(self) -> datetime:
        """Since when the account has it."""
        return self.passkey.added_at


def live(person: Person) -> PasskeyQuerySet:
    """Those that sign this person in."""
    return Passkey.objects.of(person).live()


def that_count(person: Person, older_than: datetime | None) -> PasskeyQuerySet:
    """Those that prove something here: what signs in, or with `older_than` what was there before that moment."""
    return Passkey.objects.of(person).older_than(older_than) if older_than else live(person)


def counts(shown: Passkey | None, person: Person, older_than: datetime | None = None) -> TypeGuard[Passkey]:
    """Whether a passkey that was shown a moment ago still is one of those."""
    return shown is not None and that_count(person, older_than).filter(pk=shown.pk).exists()


def ask(
    purpose: Purpose, *, session: SessionStore, person: Person | None = None, older_than: datetime | None = None
) -> dict[str, Any]:
    """What to ask the browser: to sign a challenge for this purpose, with any key it finds or with one of a person."""
    among = that_count(person, older_than) if person else None
    options, state = ceremony.Ceremony(among).authenticate_begin()
    _keep(purpose, state["challenge"], person, session)
    return dict(options)


@atomic()
def ask_to_add(person: Person, *, session: SessionStore) -> dict[str, Any] | Refusal:
    """What to ask the browser for a new one: none of those that are there already."""
    if refusal := _closed_to(person):
        return refusal
    options, state = ceremony.Ceremony().register_begin(person)
    _keep(Purpose.ADD, state["challenge"], person, session)
    return dict(options)


def _closed_to(person: Person) -> Refusal | None:
    """Why no passkey is added to this account: without a device a password alone would buy both factors."""
    if not Authenticator.objects.of(person).paired().exists():
        return Refusal(Reason.PASSKEY_NEEDS_DEVICE)
    too_many = live(person).count() >= conf.PASSKEYS
    return Refusal(Reason.TOO_MANY_PASSKEYS) if too_many else None


def _keep(purpose: Purpose, challenge: str, person: Person | None, session: SessionStore) -> None:
    mine = session.place()
    rows = PasskeyChallenge.objects.filter(session=mine).order_by("-pk")
    PasskeyChallenge.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[OPEN_AT_ONCE - 1 :])).delete()
    PasskeyChallenge.objects.create(
        session=mine,
        purpose=purpose,
        person_id=person.pk if person else None,
        digest=ceremony.digest(base64url_to_bytes(challenge)),
    )


def redeem(data: Any, purpose: Purpose, *, session: SessionStore, person: Person | None = None) -> Answer:
    """What this browser was asked for and what it says to it; the challenge is used up by this call, right or wrong.

    Call it outside of the transaction that goes on with the answer: if that one fails, the challenge is used up still.
    """
    try:
        challenge = ceremony.challenge_of(data)
    except ceremony.Refused:
        return Answer(data, None)
    rows = PasskeyChallenge.objects.filter(
        session=session.place(),
        purpose=purpose,
        person_id=person.pk if person else None,
        digest=ceremony.digest(challenge),
    )
    since = timezone.now() - timedelta(seconds=conf.PASSKEY_CHALLENGE)
    is_young = rows.filter(asked_at__gt=since).exists()
    return Answer(data, challenge if rows.delete()[0] and is_young else None)


@atomic()
def show(
    answer: Answer,
    purpose: Purpose,
    *,
    actor: Actor,
    person: Person | None = None,
    older_than: datetime | None = None,
) -> Shown | Refusal:
    """The passkey that signed what was asked for.

    Without `person` whoever has it. A wrong one counts a failure of the factor and of the network. A signature whose
    count is not above the last one is refused as a copy's, and told (WebAuthn Level 3, 7.2). An authenticator that does
    not count (0) is none. Whoever calls this decides what a passkey without user verification is good for.
    """
    found = _named_by(answer.data)
    owner = person or (found.user if found else None)
    if answer.challenge is None:
        refused.note("passkey.refused", actor, why="not asked for", purpose=purpose, person=owner.pk if owner else None)
        return Refusal(Reason.PASSKEY_TOO_LATE)
    if owner is None:
        refused.note("passkey.refused", actor, why="unknown", purpose=purpose)
        blocks.failed(actor, "")
        return blocks.closed(actor) or Refusal(Reason.WRONG_PASSKEY)
    SecurityProfile.objects.lock(owner)
    lane = known_browsers.lane(owner, actor=actor)
    subject = throttle.of_person(owner, lane)
    if refusal := blocks.closed(actor, lane) or throttle.attempt(subject, Factor.PASSKEY):
        return refusal
    outcome = _verified(that_count(owner, older_than), found, answer.challenge, answer.data)
    if outcome is None or not owner.is_active:
        known = found.public_id if found and found.user_id == owner.pk else ""
        return _wrong(owner, known, purpose, lane, actor)
    passkey, assertion = outcome
    if assertion.count <= passkey.sign_count and (assertion.count or passkey.sign_count):
        name = passkey.label
        events.record(Kind.PASSKEY_COPIED, owner, actor, passkey=passkey.public_id, name=name, purpose=purpose)
        return Refusal(Reason.PASSKEY_COPIED)
    throttle.succeeded(subject, Factor.PASSKEY)
    return _used(passkey, assertion)


def _wrong(owner: Person, passkey: str, purpose: Purpose, lane: str, actor: Actor) -> Refusal:
    at_sign_in = purpose == Purpose.SECOND_FACTOR  # the password was right before it
    events.record(Kind.PASSKEY_REFUSED, owner, actor, passkey=passkey, at_sign_in=at_sign_in, purpose=purpose)
    blocks.failed(actor, owner.email, lane)
    return Refusal(Reason.WRONG_PASSKEY)


def _used(passkey: Passkey, assertion: ceremony.Assertion) -> Shown:
    passkey.sign_count, passkey.backup_state = assertion.count, assertion.is_backed_up
    passkey.last_used_at = timezone.now()
    passkey.verifies_user |= assertion.verifies_user
    passkey.save(update_fields=["sign_count", "backup_state", "last_used_at", "verifies_user"])
    return Shown(passkey, assertion.verifies_user)


def _named_by(data: Any) -> Passkey | None:
    try:
        digest = ceremony.credential_id_of(data)
    except ceremony.Refused:
        return None
    return Passkey.objects.select_related("user__security_profile").filter(credential_id_sha256=digest).first()


def _verified(
    among: PasskeyQuerySet, found: Passkey | None, challenge: bytes, data: Any
) -> tuple[Passkey, ceremony.Assertion] | None:
    """The row, locked, and what it signed; None for what is not among these, or no right signature."""
    if found is None:
        return None
    rows = among.select_for_update(of=("self",)).select_related("user")
    passkey = rows.filter(pk=found.pk).first()
    try:
        return None if passkey is None else (passkey, ceremony.Ceremony().verify(passkey, challenge, data))
    except ceremony.Refused:
        return None


@atomic()
def add(person: Person, answer: Answer, *, session: SessionStore, actor: Actor) -> Passkey | Refusal:
    """Keep the passkey that the browser has made. The caller has asked for a fresh proof, which is spent by this; all
    other sessions and all trust end, as with every change of a factor (NIST SP 800-63B-4 4.1.2.1).
    """
    profile = SecurityProfile.objects.lock(person)
    if answer.challenge is None:
        return Refusal(Reason.PASSKEY_TOO_LATE)
    proved_by = session.row.fresh_since if session.row else None
    if refusal := _closed_to(person) or policy.probation(profile, proved_by):
        return refusal
    try:
        with atomic():
            passkey = ceremony.Ceremony().register(person, answer.challenge, answer.data)
    except ceremony.Refused:
        return Refusal(Reason.PASSKEY_IS_THERE)
    session.spend_proof()
    ended = epoch.bump(person, actor=actor, session=session)
    passkey.added_at = timezone.now()  # not older than the event
    passkey.save(update_fields=["added_at"])
    detail: dict[str, Any] = {"passkey": passkey.public_id, "name": passkey.label, "keeper": passkey.kind}
    detail |= {"is_synced": passkey.backup_state, **ended.as_detail()}
    events.record(Kind.PASSKEY_ADDED, person, actor, **detail)
    return passkey


@atomic()
def rename(passkey: Passkey, name: str, *, actor: Actor) -> Event | None:
    """Call it something else; recorded if that is a change."""
    if passkey.name == name:
        return None
    SecurityProfile.objects.lock(passkey.user)
    old_name, passkey.name = passkey.label, name
    passkey.save(update_fields=["name"])
    said: dict[str, Any] = {"passkey": passkey.public_id, "name": passkey.label, "old_name": old_name}
    return events.record(Kind.PASSKEY_RENAMED, passkey.user, actor, **said)


@atomic()
def remove(person: Person, public_id: str, *, session: SessionStore, actor: Actor) -> Refusal | None:
    """Take a passkey away at once. The caller has asked for a fresh proof, and spends it. The device stays, so it is
    never the last way in; the row stays while the removal can be contested.
    """
    profile = SecurityProfile.objects.lock(person)
    passkey = live(person).filter(public_id=public_id).first()
    if passkey is None:
        return Refusal(Reason.NOT_OFFERED)
    if refusal := policy.probation(profile, session.row.fresh_since if session.row else None):
        return refusal
    session.spend_proof()
    ended = epoch.bump(person, actor=actor, session=session)
    passkey.confirmed, passkey.revoked_at = False, timezone.now()
    passkey.save(update_fields=["confirmed", "revoked_at"])
    detail: dict[str, Any] = {"passkey": passkey.public_id, "name": passkey.label, **ended.as_detail()}
    events.record(Kind.PASSKEY_REMOVED, person, actor, **detail)
    return None


def suspend(person: Person, *, were_stolen: bool) -> None:
    """They sign nobody in any more, and may still contest what led to that: not those that were on a stolen phone."""
    now = timezone.now()
    if were_stolen:
        Passkey.objects.filter(user_id=person.pk, confirmed=True, is_security_key=False).update(reported_stolen_at=now)
    CONFIRMED({"confirmed": False, "suspended_at": now}, person=person.pk)


CONFIRMED = Update(lambda: Passkey.objects.filter(user_id=number("person"), confirmed=True))
