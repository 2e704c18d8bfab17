"""What speaks against a mailed code: signals that lengthen a wait, and caps that close the way for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from security import throttle
from security.conf import conf
from security.models import Enrollment, SecurityProfile, Throttle
from security.models.enrollment import Entrance, Proof
from security.models.throttle import Factor
from security.person import Person
from security.prepared import Prepared, moment, number, text
from security.refusals import Reason, Refusal

MONTH, DAY = timedelta(days=30), timedelta(days=1)
FORGOTTEN = timedelta(days=60)  # longer than a month, and than any wait with the time to take over after it


def now() -> datetime:
    """The one reading of the clock that these rules use."""
    return timezone.now()


COLUMNS = ("pk", "bound_at", "proof", "held_at", "ripens_at", "ended_at")


def _attempts() -> QuerySet[Enrollment, tuple[Any, ...]]:
    rows = Enrollment.objects.filter(person_id=number("person")).exclude(entrance=Entrance.SET_UP)
    recent = Q(bound_at__gt=moment("month"), proof=Proof.MAILED_CODE) | Q(codes__promised_at__gt=moment("day"))
    is_held = Q(held_at__isnull=False, ended_at=None, bound_at=None, lapses_at__gt=moment("now"))
    rows = rows.filter(recent | is_held).exclude(public_id=text("this"))
    return rows.annotate(first=Min("codes__promised_at")).values_list(*COLUMNS, "first")


ATTEMPTS = Prepared(_attempts)


@dataclass(frozen=True, slots=True)
class History:
    """What happened to an account of late: other attempts with a mailed code, and the counters of its factors."""

    attempts: list[dict[str, Any]]
    counters: list[Throttle]
    lane: str

    @classmethod
    def of(cls, person: Person, profile: SecurityProfile, *, this: Enrollment | None, lane: str) -> "History":
        """Two queries at most, none for who replaced nothing and answered nothing wrong of late. `this` is the attempt
        in question, and does not speak against itself.
        """
        at, rows = now(), []
        if profile.was_reset_within(FORGOTTEN):
            spans = {"month": at - MONTH, "day": at - DAY, "now": at}
            rows = ATTEMPTS.all(person=person.pk, this=this.public_id if this else "", **spans)
        attempts = [dict(zip((*COLUMNS, "first"), row, strict=True)) for row in rows]
        return cls(attempts, throttle.of_codes(person) if profile.was_wrong_within(2 * DAY) else [], lane)

    @property
    def swaps(self) -> list[datetime]:
        """When a mailed code replaced a device in the last 30 days."""
        by_mail = [row["bound_at"] for row in self.attempts if row["proof"] == Proof.MAILED_CODE]
        return sorted(at for at in by_mail if at and at > now() - MONTH)

    @property
    def starts(self) -> list[datetime]:
        """When a code was mailed for the first time in an attempt of the last 24 hours."""
        firsts = [row["first"] for row in self.attempts if row["first"]]
        return sorted(at for at in firsts if at > now() - DAY)

    @property
    def waits_until(self) -> datetime | None:
        """When another new device takes over that waits already."""
        held = [row for row in self.attempts if row["held_at"] and not row["bound_at"] and not row["ended_at"]]
        return held[0]["ripens_at"] if held else None

    @property
    def wrong_second_factors(self) -> int:
        """How many in 24 hours, in every lane."""
        since = (now() - DAY).timestamp()
        rows = [row for row in self.counters if row.factor in throttle.SECOND_FACTORS]
        return sum(at > since for row in rows for at in row.failed_at)

    def wrong_codes_until(self, person: Person) -> datetime | None:
        """Until when this lane has had too many wrong mailed codes."""
        subject = throttle.of_person(person, self.lane)
        rows = [row for row in self.counters if row.factor == Factor.MAILED_CODE and row.subject == subject]
        return next((row.closed_until for row in rows if row.closed_until and row.closed_until > now()), None)


def signals(history: History, profile: SecurityProfile) -> list[str]:
    """The risk signals there are: they choose how long a wait is, and never replace a factor (ASVS 8.2.4)."""
    found = {
        "wrong second factors": history.wrong_second_factors >= conf.RISK_FAILURES,
        "another reset": bool(history.swaps),
        "a notice came back": _came_back(profile),
    }
    return [signal for signal, is_there in found.items() if is_there]


def _came_back(profile: SecurityProfile) -> bool:
    """Whether a mail server refused a notice for good of late."""
    return profile.mail_refused_at is not None and profile.mail_refused_at > now() - MONTH


def closed_by_new_address(person: Person) -> Refusal | None:
    """No address is old enough to receive what opens the account."""
    if person.seasoned_addresses():
        return None
    return Refusal(Reason.ADDRESS_TOO_NEW, until=person.seasoned_from())


def closed_by_use(person: Person, history: History) -> Refusal | None:
    """A new device waits already, or a cap was reached: starts in a day, swaps in a month, wrong codes in a day."""
    if history.waits_until:
        return Refusal(Reason.HELD_ALREADY, until=history.waits_until)
    until = (
        _after(history.starts, conf.RECOVERY_STARTS_A_DAY, DAY)
        or _after(history.swaps, conf.RECOVERIES_A_MONTH, MONTH)
        or history.wrong_codes_until(person)
    )
    return Refusal(Reason.MAIL_CLOSED, until=until) if until else None


def _after(times: list[datetime], most: int, span: timedelta) -> datetime | None:
    return times[-most] + span if len(times) >= most else None
