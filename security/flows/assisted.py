"""The way back that staff open (row 7): a link to addresses that the account has had for long, and nothing else.

The link proves nothing by itself. Whoever has it also types the password, pairs a device, and waits; every address is
told, and may say no.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from security import events, links, roles, rules
from security.actor import Actor
from security.conf import conf
from security.flows import challenge
from security.models import AssistedReset, Event, Kind, SecurityProfile, SupportCase
from security.person import Person
from security.refusals import Reason, Refusal
from security.transactions import atomic


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a link is to be sent: the reason, the ticket, what was checked of the person, and the case."""

    reason: str
    ticket: str = ""
    checked: str = ""
    case: SupportCase | None = None

    def as_detail(self) -> dict[str, Any]:
        """What the event says of it."""
        said = {"reason": self.reason, "ticket": self.ticket, "checked": self.checked}
        return said | {"case": self.case.public_id if self.case else ""}


@atomic()
def start(person: Person, grounds: Grounds, *, actor: Actor, approved: AssistedReset | None = None) -> Event | Refusal:
    """Have the link sent. An earlier one is no longer good.

    Refused where nothing is to be replaced, where no address is old enough to receive it, and for staff without a
    second approver. `approved` is the request that a second member of staff has agreed to: it does away with the wait.
    """
    SecurityProfile.objects.lock(person)
    if refusal := _closed(person) or (_for_staff(person) if approved is None else None):
        return refusal
    epoch = get_user_model()._default_manager.values_list("security_epoch", flat=True).get(pk=person.pk)
    return events.record(
        Kind.ASSISTED_RESET_STARTED,
        person,
        actor,
        **grounds.as_detail(),
        epoch=epoch,
        second_approver=approved is not None,
        asked_by=approved.asked_by.get_username() if approved else "",
    )


def _closed(person: Person) -> Refusal | None:
    if not (person.is_active and challenge.is_needed(person)):
        return Refusal(Reason.NOT_OFFERED)
    if not person.seasoned_addresses():
        return Refusal(Reason.ADDRESS_TOO_NEW, until=person.seasoned_from())
    return None


def _for_staff(person: Person) -> Refusal | None:
    return Refusal(Reason.SECOND_APPROVER) if needs_approval(person) else None


def needs_approval(person: Person) -> bool:
    """Whether one member of staff alone cannot have a link sent to this person (row 8, and the policies)."""
    account: Any = person
    is_high = account.is_staff or account.is_superuser or account.groups.filter(name__in=roles.RANKS).exists()
    return is_high or _had_a_role(person) or rules.of(person).needs_second_approver


def _had_a_role(person: Person) -> bool:
    """Whether they lost or got one in the last week: taking it away must not be a way around a second approver."""
    since = timezone.now() - timedelta(seconds=conf.MAIL_CLOSED)
    return Event.objects.filter(person_id=person.pk, kind=Kind.ROLES_CHANGED, at__gt=since).exists()


def _may(staff_id: int, right: str, person: Person, since: datetime) -> bool:
    """Whether this member of staff has the right now, has had their role since then, and stands high enough."""
    staff: Any = get_user_model()._default_manager.select_related("security_profile").filter(pk=staff_id).first()
    if staff is None or not (staff.is_active and staff.is_staff) or staff.security_profile.is_frozen:
        return False
    is_new = Event.objects.filter(person_id=staff_id, kind=Kind.ROLES_CHANGED, at__gt=since).exists()
    return staff.has_perm(right) and roles.may_act_on(staff, person) and not is_new


@atomic()
def request(person: Person, grounds: Grounds, *, staff: Any, actor: Actor) -> AssistedReset | Refusal:
    """Ask for a link that a second member of staff has to agree to. Every address is told, and may say no.

    A request of before that nobody has decided on gives way.
    """
    SecurityProfile.objects.lock(person)
    if refusal := _closed(person):
        return refusal
    AssistedReset.objects.filter(person_id=person.pk, decided_at=None).update(
        decided_at=timezone.now(), is_approved=False
    )
    event = events.record(Kind.ASSISTED_RESET_REQUESTED, person, actor, **grounds.as_detail())
    epoch = get_user_model()._default_manager.values_list("security_epoch", flat=True).get(pk=person.pk)
    return AssistedReset.objects.create(
        person_id=person.pk,
        epoch=epoch,
        case=grounds.case,
        reason=grounds.reason,
        ticket=grounds.ticket,
        checked=grounds.checked,
        asked_by=staff,
        event=event,
    )


@atomic()
def approve(asked: AssistedReset, *, reason: str, staff: Any, actor: Actor) -> Refusal | None:
    """Agree, as somebody else than who asked and whose account it is: the link goes out, and there is no wait."""
    person: Person = asked.person
    SecurityProfile.objects.lock(person)
    row = AssistedReset.objects.pending().filter(pk=asked.pk).select_related("asked_by", "case").first()
    if row is None or staff.pk in (row.asked_by_id, row.person_id):
        return Refusal(Reason.SECOND_APPROVER)
    may_both = _may(row.asked_by_id, "security.start_reset", person, row.asked_at) and _may(
        staff.pk, "security.approve_reset", person, row.asked_at
    )
    if not may_both:
        return Refusal(Reason.SECOND_APPROVER)
    grounds = Grounds(f"{row.reason} / {reason}", row.ticket, row.checked, row.case)
    started = start(person, grounds, actor=actor, approved=row)
    if isinstance(started, Refusal):
        return started
    row.decided_by, row.decided_at, row.is_approved, row.started = staff, timezone.now(), True, started
    row.save(update_fields=["decided_by", "decided_at", "is_approved", "started"])
    return None


@atomic()
def decline(asked: AssistedReset, *, reason: str = "", staff: Any = None, actor: Actor) -> bool:
    """Say no, as a second member of staff or, without `staff`, as the owner; says whether it was still open."""
    person: Person = asked.person
    SecurityProfile.objects.lock(person)
    rows = AssistedReset.objects.pending().filter(pk=asked.pk)
    if staff is not None:
        rows = rows.exclude(asked_by=staff)
    if not AssistedReset.objects.filter(pk__in=rows.values("pk")).update(
        decided_by=staff, decided_at=timezone.now(), is_approved=False
    ):
        return False
    events.record(Kind.ASSISTED_RESET_DECLINED, person, actor, reason=reason)
    return True


def opened(token: str) -> Event | None:
    """The beginning that this link belongs to; None for one that is too old, overtaken by a newer one, or of another
    epoch.
    """
    message = links.opened(token, what="assisted_reset", lifetime=conf.ASSISTED_LINK_LIFETIME)
    if message is None:
        return None
    begun = Event.objects.filter(person_id=message.person_id, kind=Kind.ASSISTED_RESET_STARTED)
    newest = begun.select_related("person__security_profile").order_by("-pk").first()
    return newest if newest is not None and newest.pk == message.event_id else None


def hold_of(event: Event) -> int:
    """The seconds that a device paired by this link will have to wait."""
    person: Person = event.person  # type: ignore[assignment]
    return 0 if event.detail["second_approver"] else rules.of(person).hold_risk
