"""What every page of a signed-in person says at its top, because it cannot wait for a mail to be read (NIST 4.6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from security import rules
from security.models import Enrollment
from security.prepared import Prepared, number


@dataclass(frozen=True, slots=True)
class News:
    """`kind` is held, elsewhere, here, due or probation; `until` when that ends."""

    kind: str
    until: datetime | None = None
    enrollment: Enrollment | None = None


def _unfinished() -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(person_id=number("person"), epoch=number("epoch"))
    return rows.filter(bound_at=None, ended_at=None)


UNFINISHED = Prepared(_unfinished)


def of(request: HttpRequest) -> list[News]:
    """The news there are for the person who is signed in here, the gravest first. One query."""
    person: Any = request.user
    if not person.is_authenticated:
        return []
    found = []
    rows = UNFINISHED.all(person=person.pk, epoch=person.security_epoch)
    for enrollment in sorted(rows, key=lambda row: row.held_at is None):
        kind = _kind(enrollment, request.session.row)  # type: ignore[attr-defined]
        if kind:
            until = enrollment.ripens_at if kind == "held" else enrollment.expires_at
            found.append(News(kind, until, enrollment))
    profile = person.security_profile
    row = request.session.row  # type: ignore[attr-defined]
    if not row.second_factor and not row.trusted_browser_id and (due := rules.of(person).due_at):
        found.append(News("due", due))
    if profile.is_on_probation:
        found.append(News("probation", profile.probation_until))
    return found


def _kind(enrollment: Enrollment, here: Any) -> str:
    """What an unfinished enrollment is to this browser; nothing, if it can still be begun at will."""
    if enrollment.is_waiting:
        return "held"
    if not enrollment.is_open or enrollment.has_expired:
        return ""
    if enrollment.session_id == here.pk:
        return "here"
    return "elsewhere" if enrollment.code_promised_at or enrollment.proved_at else ""
