"""Binding and revoking devices: the point of no return of every journey, in one transaction."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from security import events, sessions
from security.actor import Actor
from security.models import Authenticator, Enrollment, Kind, SecurityProfile
from security.person import Person
from security.policy import Row


@transaction.atomic
def bind(
    enrollment: Enrollment, secret: bytes, step: int, *, row: Row, session: sessions.SessionStore, actor: Actor
) -> Authenticator:
    """Make the new device work and the one it replaces stop, or do nothing at all.

    The code that confirmed it is already used. Every other session, open enrollment, code and link of the person dies
    with the old epoch; this browser's session is stamped anew under a new key. Recorded, and told to every address.
    Expects the caller to hold the person's profile and the enrollment.
    """
    person = enrollment.person
    _bump_epoch(person)
    device = _create(enrollment, secret, step, actor)
    _revoke(enrollment.replaces, device)
    if session.person is not None:
        session.prove(device)
        session.restamp(person)
    ended = sessions.end_others(person, keep=session.row)
    _record(enrollment, device, row, ended, actor)
    return device


def _bump_epoch(person: Person) -> None:
    """The first statement of every change of a factor: whatever carries the old epoch is dead from here on."""
    SecurityProfile.objects.lock(person)
    people = get_user_model()._default_manager
    people.filter(pk=person.pk).update(security_epoch=F("security_epoch") + 1)
    person.security_epoch += 1


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


def _revoke(old: Authenticator | None, successor: Authenticator) -> None:
    if old is not None:
        old.confirmed, old.revoked_at, old.replaced_by = False, timezone.now(), successor
        old.save(update_fields=["confirmed", "revoked_at", "replaced_by"])


def _record(enrollment: Enrollment, device: Authenticator, row: Row, ended: int, actor: Actor) -> None:
    detail = {"device": device.public_id, "name": device.name, "row": row, "proof": enrollment.proof}
    detail["sessions_ended"] = str(ended)
    old = enrollment.replaces
    if old is None:
        events.record(Kind.AUTHENTICATOR_BOUND, enrollment.person, actor, enrollment=enrollment, **detail)
        return
    detail |= {"old_device": old.public_id, "old_name": old.name}
    events.record(
        Kind.AUTHENTICATOR_REPLACED,
        enrollment.person,
        actor,
        enrollment=enrollment,
        old_was_stolen=enrollment.device_was_stolen,
        **detail,
    )
