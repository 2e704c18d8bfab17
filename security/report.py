"""Figures of the whole site over a while: adoption, resets, where people stop, mail. No person is in them."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Avg, Count, F, Max, Q
from django.utils import timezone

from security.models import Authenticator, Enrollment, Event, Kind, OutboxMessage
from security.reset.journey import FACTS, STEPS, current

SWAPS = (Kind.AUTHENTICATOR_BOUND, Kind.AUTHENTICATOR_REPLACED)


def since(start: datetime) -> dict[str, Any]:
    """What happened from then on, in numbers. Each is one statement over an index or one table."""
    rows = Event.objects.filter(at__gte=start)
    kinds = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    swaps = rows.filter(kind__in=SWAPS).order_by().values_list("detail__proof").annotate(Count("pk"))
    return {
        "since": start.isoformat(timespec="seconds"),
        "adoption": adoption(),
        "resets": {
            "started": kinds.get(Kind.ENROLLMENT_STARTED, 0),
            "completed": sum(kinds.get(kind, 0) for kind in SWAPS),
            "held": kinds.get(Kind.ENROLLMENT_HELD, 0),
            "cancelled": kinds.get(Kind.ENROLLMENT_CANCELLED, 0),
            "by_proof": dict(swaps),
        },
        "stopped_at": stopped_at(start),
        "events": {kind: kinds[kind] for kind in sorted(kinds)},
        "mail": mail(start),
    }


def adoption() -> dict[str, int]:
    """How many accounts there are that may sign in, and how many of them have a device."""
    people = get_user_model()._default_manager.filter(is_active=True)
    having = Authenticator.objects.paired().filter(user__is_active=True).order_by().values("user").distinct()
    return {"accounts": people.count(), "enrolled": having.count()}


def stopped_at(start: datetime) -> dict[str, int]:
    """The screens at which attempts were given up that are over and bound nothing."""
    is_over = Q(ended_at__isnull=False) | Q(expires_at__lte=timezone.now())
    over = Enrollment.objects.filter(is_over, started_at__gte=start, bound_at=None, held_at=None)
    rows = over.only("entrance", *FACTS).iterator()
    found = Counter(step.name for row in rows if (step := current(row)))
    return {step.name: found[step.name] for step in STEPS if found[step.name]}


def mail(start: datetime) -> dict[str, Any]:
    """How many mails were delivered, failed or wait, and the seconds from promise to hand-over."""
    rows = OutboxMessage.objects.filter(promised_at__gte=start).exclude(person=None)
    took = F("delivered_at") - F("wanted_at")
    times = rows.filter(delivered_at__isnull=False).aggregate(mean=Avg(took), longest=Max(took))
    return {
        "delivered": rows.filter(delivered_at__isnull=False).count(),
        "failed": rows.filter(given_up_at__isnull=False).count(),
        "waiting": rows.filter(delivered_at=None, given_up_at=None).count(),
        "mean_seconds": _seconds(times["mean"]),
        "longest_seconds": _seconds(times["longest"]),
    }


def _seconds(span: timedelta | None) -> float | None:
    return round(span.total_seconds(), 1) if span is not None else None
