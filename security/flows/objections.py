"""What saying no to an event comes to, now: stopping what is under way, contesting what was changed, or advice."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from security import events
from security.actor import Actor
from security.conf import conf
from security.flows import assisted, contest, enrollments, epoch
from security.models import AddressChange, AssistedReset, Enrollment, Event, SecurityProfile
from security.models import Kind as EventKind
from security.person import Person
from security.transactions import atomic

MAY_BE_CANCELLED = {
    EventKind.ENROLLMENT_STARTED,
    EventKind.ENROLLMENT_PROVED,
    EventKind.ENROLLMENT_HELD,
    EventKind.VERIFICATION_CODE_PROMISED,
}
SWAPS = (EventKind.AUTHENTICATOR_BOUND, EventKind.AUTHENTICATOR_REPLACED)


class Kind(StrEnum):
    """What can be done about it."""

    CANCEL = "cancel"
    CONTEST = "contest"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Objection:
    """`event` is what is objected to now: the change itself, where an attempt has become one since."""

    kind: Kind
    event: Event
    is_frozen: bool
    frozen_until: object = None

    @property
    def person(self) -> Person:
        """Whose account it is."""
        person: Person = self.event.person  # type: ignore[assignment]
        return person


def to(event: Event) -> Objection:
    """What can be said against this event at this moment. Changes nothing."""
    event = _led_to(event)
    profile = SecurityProfile.objects.of(event.person)  # type: ignore[arg-type]
    state = (profile.is_frozen, profile.frozen_until)
    if _is_under_way(event):
        return Objection(Kind.CANCEL, event, *state)
    change = _became(event)
    if change is not None and (contest.can_be_contested(change)):
        return Objection(Kind.CONTEST, change, *state)
    return Objection(Kind.ADVICE, event, *state)


def _led_to(event: Event) -> Event:
    """The link that was sent, where a request for one was agreed to since."""
    if event.kind != EventKind.ASSISTED_RESET_REQUESTED:
        return event
    asked = AssistedReset.objects.filter(event=event).select_related("started__person").first()
    return asked.started if asked is not None and asked.started is not None else event


def _is_under_way(event: Event) -> bool:
    person: Person = event.person  # type: ignore[assignment]
    if event.kind in MAY_BE_CANCELLED:
        rows = Enrollment.objects.of(person).filter(public_id=event.enrollment_id)
        return rows.alive().exists() or rows.waiting().exists()
    if event.kind == EventKind.ADDRESS_CHANGE_STARTED:
        return AddressChange.objects.of(person).alive().filter(public_id=event.detail["change"]).exists()
    if event.kind == EventKind.ASSISTED_RESET_REQUESTED:
        return AssistedReset.objects.pending().filter(event=event).exists()
    if event.kind == EventKind.ASSISTED_RESET_STARTED:
        longest = conf.ASSISTED_LINK_LIFETIME + conf.HOLD_RISK + conf.HOLD_LAPSES
        return event.at > timezone.now() - timedelta(seconds=longest) and bool(
            event.detail["epoch"] == person.security_epoch
        )
    return False


def _became(event: Event) -> Event | None:
    """The change that this attempt has led to; a change is its own."""
    rows = Event.objects.filter(person_id=event.person_id, at__gte=event.at).select_related("person")
    if event.kind in MAY_BE_CANCELLED:
        return rows.filter(enrollment_id=event.enrollment_id, kind__in=SWAPS).first() if event.enrollment_id else None
    if event.kind == EventKind.ADDRESS_CHANGE_STARTED:
        return rows.filter(kind=EventKind.ADDRESS_CHANGED, detail__change=event.detail["change"]).first()
    if event.kind == EventKind.ASSISTED_RESET_STARTED:
        return rows.filter(kind__in=SWAPS, detail__row="7").first()
    return event


@atomic()
def stop(objection: Objection, *, actor: Actor) -> None:
    """End what is under way. Nothing that worked before stops working."""
    person, event = objection.person, objection.event
    SecurityProfile.objects.lock(person)
    if event.kind in MAY_BE_CANCELLED:
        for row in Enrollment.objects.of(person).filter(public_id=event.enrollment_id, ended_at=None, bound_at=None):
            row.person = person  # type: ignore[assignment]
            enrollments.end(row, EventKind.ENROLLMENT_CANCELLED, actor)
    elif event.kind == EventKind.ADDRESS_CHANGE_STARTED:
        changes = AddressChange.objects.of(person).alive().filter(public_id=event.detail["change"])
        if changes.update(ended_at=timezone.now()):
            said = {key: event.detail[key] for key in ("which", "to", "change")}
            events.record(EventKind.ADDRESS_CHANGE_STOPPED, person, actor, **said)
    elif event.kind == EventKind.ASSISTED_RESET_REQUESTED:
        for asked in AssistedReset.objects.filter(event=event).select_related("person"):
            assisted.decline(asked, actor=actor)
    elif event.kind == EventKind.ASSISTED_RESET_STARTED:
        is_told = enrollments.waiting(person) is not None  # by the end of what waits
        epoch.bump(person, actor=actor, session=None)
        if not is_told:
            events.record(EventKind.ENROLLMENT_CANCELLED, person, actor, was_serious=True, why="the link was refused")
