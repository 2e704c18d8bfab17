"""How an attempt to pair a device ends without one."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from security import events
from security.actor import Actor
from security.models import Enrollment, Kind, SecurityProfile, Session
from security.person import Person
from security.prepared import Prepared, moment, number
from security.transactions import atomic


def now() -> datetime:
    """The one reading of the clock that this room uses."""
    return timezone.now()


@atomic()
def cancel(person: Person, *, actor: Actor, begun_in: Session | None = None) -> bool:
    """End what is open or waiting for this person, wherever it was begun; says whether there was anything.

    With `begun_in` only what was begun in that session, and does not wait yet.
    """
    SecurityProfile.objects.lock(person)
    found = [row for row in _unfinished(person) if row.is_waiting or (row.is_open and not row.has_expired)]
    if begun_in is not None:
        found = [row for row in found if row.is_open and row.session_id == begun_in.pk]
    for row in found:
        end(row, Kind.ENROLLMENT_CANCELLED, actor)
    return bool(found)


def end_all(person: Person, *, but: Enrollment | None, actor: Actor) -> None:
    """End every open or waiting enrollment of this person but one. The caller holds the person's profile."""
    for row in _unfinished(person):
        if but is None or row.pk != but.pk:
            end(row, Kind.ENROLLMENT_CANCELLED if row.held_at else Kind.ENROLLMENT_SUPERSEDED, actor)


def _waiting() -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(person_id=number("person")).waiting(moment("now"))
    return rows.select_related("replaces").order_by("pk")[:1]


WAITING = Prepared(_waiting)


def waiting(person: Person) -> Enrollment | None:
    """The enrollment whose new device waits to take over, ripe or not."""
    row = WAITING.first(person=person.pk, now=timezone.now())
    if row is not None:
        row.person = person  # type: ignore[assignment]
    return row


def end(enrollment: Enrollment, kind: Kind, actor: Actor) -> None:
    """Close this one and forget its secret; recorded if it was still good for something."""
    was_alive = enrollment.is_waiting or (enrollment.held_at is None and not enrollment.has_expired)
    enrollment.ended_at, enrollment.sealed_secret = now(), ""
    enrollment.save(update_fields=["ended_at", "sealed_secret"])
    if was_alive:
        was_held = enrollment.held_at is not None
        was_serious = bool(was_held or enrollment.code_promised_at or enrollment.proved_at)
        detail: dict[str, Any] = {"was_serious": was_serious}
        if kind == Kind.ENROLLMENT_CANCELLED:
            detail["was_held"] = was_held
        events.record(kind, enrollment.person, actor, enrollment=enrollment, **detail)


def _unfinished(person: Person) -> list[Enrollment]:
    found = UNFINISHED.all(person=person.pk)
    for row in found:
        row.person = person  # type: ignore[assignment]
    return found


def _not_over() -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(person_id=number("person"), bound_at=None, ended_at=None).order_by("pk")
    return rows.select_for_update(of=("self",))


UNFINISHED = Prepared(_not_over)
