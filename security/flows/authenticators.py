"""Binding, renaming and removing devices; binding is the point of no return of every journey, in one transaction."""

from datetime import timedelta

from django.utils import timezone

from security import events, sessions
from security.actor import Actor
from security.conf import conf
from security.flows import epoch, known_browsers, passkeys, recovery_codes, replacement
from security.models import Authenticator, Enrollment, Event, Kind, SecurityProfile
from security.models.enrollment import Proof
from security.person import Person
from security.policy import Decision, Row
from security.prepared import Prepared, number
from security.prepared_writes import Update
from security.refusals import Reason, Refusal
from security.transactions import atomic

STANDING = Prepared(lambda: Authenticator.objects.filter(user_id=number("person")).standing())


def standing(person: Person) -> list[Authenticator]:
    """Those that a new device can take the place of, the oldest first."""
    return STANDING.all(person=person.pk)


@atomic()
def bind(
    enrollment: Enrollment,
    secret: bytes,
    step: int,
    *,
    decision: Decision,
    session: sessions.SessionStore,
    actor: Actor,
) -> Authenticator:
    """Make the new device work and the one it replaces stop, or do nothing at all.

    The code that confirmed it is already used. Every other session, open enrollment, code and link of the person dies
    with the old epoch; this browser's session is stamped anew under a new key. After a mailed code or a link from staff
    whatever else the account had is suspended, and changes need an older proof for a while. Recorded, and told to every
    address. Expects the caller to hold the person's profile and the enrollment.
    """
    person = enrollment.person
    ended = epoch.bump(person, actor=actor, session=session, spared=enrollment)
    device = _create(enrollment, secret, step, actor)
    _revoke(enrollment, device)
    profile = SecurityProfile.objects.lock(person)
    if decision.brings_probation:
        _begin_probation(profile, device)
        recovery_codes.suspend(person)
        passkeys.suspend(person, were_stolen=enrollment.device_was_stolen)
    elif enrollment.proof == Proof.RECOVERY_CODE and decision.row == Row.RECOVERY_CODE:
        recovery_codes.void(person)
    replacement.settle(person, profile)
    known_browsers.forget(person, but=actor)
    if session.person is not None and session.person.pk == person.pk:
        session.prove(device)
    _record(enrollment, device, decision, ended, profile, actor)
    return device


def _create(enrollment: Enrollment, secret: bytes, step: int, actor: Actor) -> Authenticator:
    device = Authenticator(
        user_id=enrollment.person_id,
        name=enrollment.name,
        last_step=step,
        proof=enrollment.proof,
        bound_from=", ".join(filter(None, [actor.browser, actor.address])),
    )
    device.seal(secret)
    device.save()
    return device


def _revoke(enrollment: Enrollment, successor: Authenticator) -> None:
    old, now = enrollment.replaces, timezone.now()
    if old is not None and old.revoked_at is None:
        old.confirmed, old.revoked_at, old.replaced_by = False, now, successor
        old.reported_stolen_at = now if enrollment.device_was_stolen else None
        old.save(update_fields=["confirmed", "revoked_at", "replaced_by", "reported_stolen_at"])


OTHERS = Update(
    lambda: Authenticator.objects.filter(user_id=number("person"), confirmed=True).exclude(pk=number("device"))
)


def _begin_probation(profile: SecurityProfile, device: Authenticator) -> None:
    now = timezone.now()
    OTHERS({"confirmed": False, "suspended_at": now}, person=device.user_id, device=device.pk)
    probation = {"probation_since": device.bound_at, "probation_until": now + timedelta(seconds=conf.PROBATION)}
    profile.change(**probation, frozen_at=None, frozen_until=None, contested_event=None)  # only row 7 is frozen here


def _record(
    enrollment: Enrollment,
    device: Authenticator,
    decision: Decision,
    ended: epoch.Ended,
    profile: SecurityProfile,
    actor: Actor,
) -> None:
    detail = {"device": device.public_id, "name": device.name, "row": decision.row, "proof": enrollment.proof}
    detail |= {**ended.as_detail(), "hold": str(decision.hold)}
    old = enrollment.replaces
    if old is None:
        events.record(Kind.AUTHENTICATOR_BOUND, enrollment.person, actor, enrollment=enrollment, **detail)
        return
    until = profile.probation_until if decision.brings_probation else None
    detail |= {"old_device": old.public_id, "old_name": old.name}
    events.record(
        Kind.AUTHENTICATOR_REPLACED,
        enrollment.person,
        actor,
        enrollment=enrollment,
        old_was_stolen=enrollment.device_was_stolen,
        probation_until=until.timestamp() if until else None,
        **detail,
    )


@atomic()
def rename(device: Authenticator, name: str, *, actor: Actor) -> Event | None:
    """Call the device something else; recorded if that is a change."""
    if device.name == name:
        return None
    SecurityProfile.objects.lock(device.user)
    old_name, device.name = device.name, name
    device.save(update_fields=["name"])
    return events.record(
        Kind.AUTHENTICATOR_RENAMED, device.user, actor, device=device.public_id, name=name, old_name=old_name
    )


@atomic()
def remove(person: Person, public_id: str, *, session: sessions.SessionStore, actor: Actor) -> Refusal | None:
    """Take a device away at once. The last one that signs in cannot be removed, only replaced.

    The caller has asked for a fresh proof, and spends it. Its secret stays sealed while the removal can be contested.
    """
    SecurityProfile.objects.lock(person)
    live = Authenticator.objects.of(person).live()
    device = live.filter(public_id=public_id).first()
    if device is None:
        return Refusal(Reason.NOT_OFFERED)
    if live.count() < 2:
        return Refusal(Reason.THE_LAST)
    session.spend_proof()
    ended = epoch.bump(person, actor=actor, session=session)
    device.confirmed, device.revoked_at = False, timezone.now()
    device.save(update_fields=["confirmed", "revoked_at"])
    detail = {"device": device.public_id, "name": device.name, **ended.as_detail()}
    events.record(Kind.AUTHENTICATOR_REMOVED, person, actor, **detail)
    return None
