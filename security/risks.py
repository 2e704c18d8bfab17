"""What speaks against a mailed code: signals that lengthen a wait, and caps that close the way for a while."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone

from security.conf import conf
from security.models import Enrollment, OutboxMessage
from security.models.enrollment import EnrollmentQuerySet, Entrance, Proof
from security.models.throttle import Factor
from security.person import Person
from security.refusals import Reason, Refusal
from security.throttle import closed, of_person, recent_failures

MONTH, DAY = timedelta(days=30), timedelta(days=1)


def now() -> datetime:
    return timezone.now()


def signals(person: Person, *, this: Enrollment | None = None) -> list[str]:
    """The risk signals there are: they choose how long a wait is, and never replace a factor (ASVS 8.2.4)."""
    found = {
        "wrong second factors": recent_failures(person) >= conf.RISK_FAILURES,
        "another reset": _others(person, this).filter(bound_at__gt=now() - MONTH, proof=Proof.MAILED_CODE).exists(),
        "a notice came back": _came_back(person),
    }
    return [signal for signal, is_there in found.items() if is_there]


def _others(person: Person, this: Enrollment | None) -> EnrollmentQuerySet:
    """The enrollments of the last 30 days that went by a mailed code, but this one."""
    rows = Enrollment.objects.of(person).exclude(entrance=Entrance.SET_UP)
    recent = Q(bound_at__gt=now() - MONTH, proof=Proof.MAILED_CODE) | Q(codes__promised_at__gt=now() - DAY)
    return rows.filter(recent | Q(held_at__isnull=False, ended_at=None, bound_at=None)).exclude(
        public_id=this.public_id if this else ""
    )


def _came_back(person: Person) -> bool:
    """Whether a mail server refused a notice for good."""
    refused = OutboxMessage.objects.filter(person_id=person.pk, given_up_at__gt=now() - MONTH)
    return refused.filter(trouble__startswith="SMTP").exists()


def closed_by_new_address(person: Person) -> Refusal | None:
    """No address is old enough to receive what opens the account."""
    if person.seasoned_addresses():
        return None
    return Refusal(Reason.ADDRESS_TOO_NEW, until=person.seasoned_from())


def closed_by_use(person: Person, this: Enrollment | None, lane: str) -> Refusal | None:
    """A new device waits already, or a cap was reached: starts in a day, swaps in a month, wrong codes in a day."""
    rows = _others(person, this).annotate(first=Min("codes__promised_at")).order_by("first")
    columns = ("first", "bound_at", "proof", "held_at", "ripens_at", "lapses_at", "ended_at")
    attempts: list[dict[str, Any]] = list(rows.values(*columns))
    for row in attempts:
        if row["held_at"] and not row["bound_at"] and not row["ended_at"] and row["lapses_at"] > now():
            return Refusal(Reason.HELD_ALREADY, until=row["ripens_at"])
    starts = sorted(row["first"] for row in attempts if row["first"] and row["first"] > now() - DAY)
    by_mail = [row for row in attempts if row["proof"] == Proof.MAILED_CODE]
    swaps = sorted(row["bound_at"] for row in by_mail if row["bound_at"] and row["bound_at"] > now() - MONTH)
    until = _after(starts, conf.RECOVERY_STARTS_A_DAY, DAY) or _after(swaps, conf.RECOVERIES_A_MONTH, MONTH)
    if until is None and (wrong := closed(of_person(person, lane), Factor.MAILED_CODE)):
        until = wrong.until
    return Refusal(Reason.MAIL_CLOSED, until=until) if until else None


def _after(times: list[datetime], most: int, span: timedelta) -> datetime | None:
    return times[-most] + span if len(times) >= most else None
