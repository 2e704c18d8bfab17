"""Who may replace a device: the one table, asked when a way is offered and again inside the swap.

Row 1   password + a code of the old authenticator     at once
Row 4a  password + a code sent by e-mail               at once: recovery, never a second factor
Row 8   staff                                          by row 1 only

A first device needs a code to a confirmed address; another one needs a code of a device there is. Sources: NIST
SP 800-63B-4 4.1.2.1 and 4.2, ASVS 6.4.4 and 7.5.1. Deviations stand in docs/threat-model.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Min
from django.utils import timezone

from security.conf import conf
from security.models import Authenticator, Enrollment, VerificationCode
from security.models.enrollment import Entrance, Proof
from security.models.throttle import Factor
from security.person import Person
from security.refusals import Reason, Refusal
from security.throttle import closed, of_person


class Row(StrEnum):
    """The rows of the table, by the numbers they have in the design."""

    OLD_AUTHENTICATOR = "1"
    MAILED_CODE = "4a"
    FIRST_DEVICE = "first"
    ANOTHER_DEVICE = "another"


@dataclass(frozen=True, slots=True)
class Decision:
    """By which row a swap goes through, or why it does not."""

    row: Row | None
    refusal: Refusal | None = None


def decide(person: Person, enrollment: Enrollment) -> Decision:
    """The row under which this enrollment, proven as it is, may bind a device now."""
    if enrollment.proof == Proof.AUTHENTICATOR:
        return Decision(Row.ANOTHER_DEVICE if enrollment.entrance == Entrance.ADD else Row.OLD_AUTHENTICATOR)
    if enrollment.proof != Proof.MAILED_CODE:
        return Decision(None, Refusal(Reason.NOT_OFFERED))
    if refusal := mailed_code(person, enrollment.entrance, this=enrollment):
        return Decision(None, refusal)
    return Decision(Row.FIRST_DEVICE if enrollment.entrance == Entrance.SET_UP else Row.MAILED_CODE)


def mailed_code(person: Person, entrance: str, this: Enrollment | None = None) -> Refusal | None:
    """Why a mailed code is no way in for this person now, or None where it is one.

    It never adds a device to others, and never replaces one of staff. Starts and completions are capped (NIST 4.2).
    """
    if entrance == Entrance.ADD:
        return Refusal(Reason.NOT_OFFERED)
    if entrance == Entrance.SET_UP:
        has_one = Authenticator.objects.of(person).live().exists()
        return Refusal(Reason.NOT_OFFERED) if has_one else None
    if person.is_staff:
        return Refusal(Reason.NOT_OFFERED)
    until = _closed_by_starts(person, this) or _closed_by_completions(person)
    if until is not None:
        return Refusal(Reason.MAIL_CLOSED, until=until)
    if wrong := closed(of_person(person), Factor.MAILED_CODE):
        return Refusal(Reason.MAIL_CLOSED, until=wrong.until)
    return None


def _closed_by_starts(person: Person, this: Enrollment | None) -> datetime | None:
    span = timedelta(days=1)
    codes = VerificationCode.objects.filter(person_id=person.pk, promised_at__gt=timezone.now() - span)
    codes = codes.exclude(enrollment__entrance=Entrance.SET_UP).exclude(enrollment=this)
    starts = list(codes.values("enrollment").annotate(first=Min("promised_at")).order_by("first"))
    if len(starts) < conf.RECOVERY_STARTS_A_DAY:
        return None
    return starts[-conf.RECOVERY_STARTS_A_DAY]["first"] + span  # type: ignore[no-any-return]


def _closed_by_completions(person: Person) -> datetime | None:
    span = timedelta(days=30)
    done = Enrollment.objects.of(person).filter(proof=Proof.MAILED_CODE, bound_at__gt=timezone.now() - span)
    times = list(done.exclude(entrance=Entrance.SET_UP).order_by("bound_at").values_list("bound_at", flat=True))
    if len(times) < conf.RECOVERIES_A_MONTH:
        return None
    oldest = times[-conf.RECOVERIES_A_MONTH]
    return oldest + span if oldest else None
