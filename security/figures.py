"""Figures of the whole site by day: rolled up portion by portion from the rows that are new, and read for the plots.

What is read once is not read again, so ten million events cost no more than the few of the last hour. Rows count once
they are old enough to have their outcome; a portion and the place it ends at are written together, so that a roll-up
that is stopped or run twice counts nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Model
from django.utils import timezone

from security.models import Enrollment, Event, Figure, Kind, OutboxMessage, RolledUp
from security.report import adoption
from security.reset.journey import current

AT_ONCE = 5000
SETTLED = timedelta(hours=1)  # an attempt has ended by then, and a mail has been sent or is late
WRITTEN = timedelta(minutes=2)  # an event with a lower key is committed by then
SWAPS = {Kind.AUTHENTICATOR_BOUND, Kind.AUTHENTICATOR_REPLACED}
COUNTED = SWAPS | {Kind.ENROLLMENT_HELD, Kind.ENROLLMENT_CANCELLED, Kind.ASSISTED_RESET_STARTED}
DELAYS = ((5, "5s"), (30, "30s"), (300, "5min"))
Name = tuple[date, str]


def roll_up() -> int:
    """Bring the figures up to date; says how many rows were read."""
    _keep_adoption()
    return sum(_roll_up(table) for table in TABLES)


def _roll_up(table: str) -> int:
    read = 0
    while number := _portion(table):
        read += number
    return read


@transaction.atomic
def _portion(table: str) -> int:
    model, moment, age, columns, names = TABLES[table]
    mark, _ = RolledUp.objects.select_for_update().get_or_create(table=table)
    rows = model._base_manager.filter(pk__gt=mark.until).order_by("pk").only(*columns)[:AT_ONCE]
    ready = []
    for row in rows:
        if getattr(row, moment) > timezone.now() - age:
            break
        ready.append(row)
    if not ready:
        return 0
    _add(Counter(name for row in ready for name in names(row)))
    mark.until = ready[-1].pk
    mark.save(update_fields=["until"])
    return len(ready)


def _add(counted: Counter[Name]) -> None:
    for (day, name), number in sorted(counted.items()):
        Figure.objects.get_or_create(day=day, name=name)
        Figure.objects.filter(day=day, name=name).update(number=F("number") + number)


def _keep_adoption() -> None:
    """How it is now stands for today; the last look of a day stays."""
    for name, number in adoption().items():
        Figure.objects.update_or_create(day=_day(timezone.now()), name=name, defaults={"number": number})


def _of_event(event: Event) -> Iterable[Name]:
    if event.kind in SWAPS:
        yield _day(event.at), f"done.{event.detail.get('proof', '')}"
    elif event.kind in COUNTED:
        yield _day(event.at), str(event.kind)


def _of_attempt(attempt: Enrollment) -> Iterable[Name]:
    day = _day(attempt.started_at)
    yield day, "started"
    step = current(attempt)
    if attempt.held_at is None and step is not None:
        yield day, f"stopped.{step.name}"


def _of_mail(mail: OutboxMessage) -> Iterable[Name]:
    if mail.person_id is None:
        return
    day = _day(mail.promised_at)
    if mail.delivered_at is None:
        yield day, "mail.failed" if mail.given_up_at else "mail.late"
        return
    took = (mail.delivered_at - mail.wanted_at).total_seconds()
    yield day, "mail." + next((name for limit, name in DELAYS if took <= limit), "late")


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


Table = tuple[type[Model], str, timedelta, tuple[str, ...], Callable[[Any], Iterable[Name]]]
FACTS = (
    *("email_confirmed_at", "password_confirmed_at", "mail_chosen_at", "code_promised_at", "proved_at"),
    *("result_read_at", "app_ready_at", "scanned_at", "bound_at", "held_at", "entrance", "started_at"),
)
TABLES: dict[str, Table] = {
    "events": (Event, "at", WRITTEN, ("kind", "at", "detail"), _of_event),
    "attempts": (Enrollment, "started_at", SETTLED, FACTS, _of_attempt),
    "mails": (
        OutboxMessage,
        "wanted_at",
        SETTLED,
        ("person_id", "promised_at", "wanted_at", "delivered_at", "given_up_at"),
        _of_mail,
    ),
}


def days(number: int) -> list[date]:
    """The last days, today included, the oldest first."""
    today = _day(timezone.now())
    return [today - timedelta(days=back) for back in reversed(range(number))]


def read(number: int) -> dict[str, dict[date, int]]:
    """The figures of the last days, by name and day."""
    found: dict[str, dict[date, int]] = {}
    for row in Figure.objects.filter(day__in=days(number)):
        found.setdefault(row.name, {})[row.day] = row.number
    return found


def total(figures: dict[str, dict[date, int]], name: str) -> int:
    """All of one name together."""
    return sum(figures.get(name, {}).values())
