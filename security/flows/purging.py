"""What nobody may ask about any more is removed. Safe to run twice, and at any time: nothing that still counts is
touched.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from security import chain, events, tidying
from security.actor import Actor
from security.conf import conf
from security.models import (
    AddressChange,
    AssistedReset,
    Campaign,
    Enrollment,
    Event,
    FormerAddress,
    Kind,
    OutboxMessage,
    RecoveryCodeSet,
    SecurityProfile,
    Session,
    SupportCase,
    Throttle,
    TrustedBrowser,
)

AT_ONCE = 500


def purge(*, actor: Actor, dry_run: bool = False) -> dict[str, int]:
    """Remove rows that are over; says how many of each. With `dry_run` everything is put back, and the figures are the
    same.

    Raises django's ProgrammingError where the database role may not remove events: all else is removed by then.
    """
    removed: dict[str, int] = {}
    if dry_run:
        with transaction.atomic():
            _purge(removed)
            connection.check_constraints()  # now, and not at a commit that never comes
            transaction.set_rollback(True)
        return removed
    try:
        _purge(removed)
    finally:
        if any(removed.values()):
            with transaction.atomic():
                events.record(Kind.ROWS_PURGED, None, actor, rows={what: n for what, n in removed.items() if n})
    return removed


def _purge(removed: dict[str, int]) -> None:
    removed |= {f"secrets of {what}": n for what, n in tidying.erase_what_is_over().items()}
    for what, rows in _over().items():
        removed[what] = 0
        for pks in _portions(rows):
            removed[what] += len(pks)
            rows.model._base_manager.filter(pk__in=pks).delete()
    removed["counters"] = _counters()
    removed["events"] = 0
    for number in _oldest_events():
        removed["events"] += number


def _over() -> dict[str, QuerySet[Any]]:
    """What is over, by what it is called, in an order in which nothing refers to what went before it."""
    now = timezone.now()
    old, yesterday = now - timedelta(seconds=conf.ROWS_KEPT), now - timedelta(days=1)
    unseen, oldest = now - timedelta(seconds=conf.SESSION_LIFETIME), now - timedelta(seconds=conf.EVENTS_KEPT)
    sent = Q(delivered_at__lt=old) | Q(given_up_at__lt=old)
    attempt_is_over = Q(bound_at__isnull=False) | Q(ended_at__isnull=False)
    return {
        "sessions": Session.objects.filter(last_seen_at__lt=unseen),
        "trusted browsers": TrustedBrowser.objects.filter(Q(expires_at__lt=yesterday) | Q(revoked_at__lt=yesterday)),
        "mails": OutboxMessage.objects.filter(sent),
        "attempts": Enrollment.objects.filter(attempt_is_over, started_at__lt=old, codes__messages=None),
        "new addresses": AddressChange.objects.filter(expires_at__lt=old, codes__messages=None),
        "former addresses": FormerAddress.objects.filter(
            replaced_at__lt=now - timedelta(seconds=max(conf.FORMER_ADDRESS, conf.CONTEST))
        ),
        "recovery codes": RecoveryCodeSet.objects.filter(voided_at__lt=old),
        "requests for a reset": AssistedReset.objects.filter(asked_at__lt=oldest),
        "campaigns": Campaign.objects.exclude(finished_at=None, stopped_at=None).filter(started_at__lt=oldest),
        "cases": SupportCase.objects.filter(Q(closed_at__lt=old) | Q(person=None, opened_at__lt=old)),
    }


def _portions(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """The keys of these rows, some at a time; the caller removes each portion before the next is read."""
    while pks := list(rows.order_by("pk").values_list("pk", flat=True).distinct()[:AT_ONCE]):
        yield pks


def _counters() -> int:
    """Counters of failures of which the last is more than a day old."""
    now = timezone.now()
    since = now.timestamp() - 86400
    rows = Throttle.objects.filter(Q(closed_until=None) | Q(closed_until__lt=now))
    stale = [row.pk for row in rows.iterator() if not any(at > since for at in row.failed_at)]
    for some in (stale[at : at + AT_ONCE] for at in range(0, len(stale), AT_ONCE)):
        rows.filter(pk__in=some).delete()
    return len(stale)


def _oldest_events() -> Iterator[int]:
    """Remove what is older than thirteen months, person by person, and leave a signed anchor where it ended."""
    old = timezone.now() - timedelta(seconds=conf.EVENTS_KEPT)
    for keys in _portions(Event.objects.filter(person=None, at__lt=old, messages=None)):
        yield Event.objects.filter(pk__in=keys).purge()
    people = Event.objects.filter(at__lt=old).exclude(person=None).order_by("person_id")
    for person_id in people.values_list("person_id", flat=True).distinct():
        yield _oldest_events_of(person_id, old)


@transaction.atomic
def _oldest_events_of(person_id: int, old: datetime) -> int:
    """A chain that is broken stays as it is: purging must not tidy a change away."""
    profile = SecurityProfile.objects.select_for_update().get(person_id=person_id)
    if chain.first_break(person_id) is not None:
        return 0
    rows = Event.objects.filter(person_id=person_id)
    if not profile.is_frozen:
        profile.change(contested_event=None)
    is_needed = Q(at__gte=old) | Q(messages__isnull=False) | Q(pk=profile.contested_event_id)
    is_needed |= Q(assisted_reset__isnull=False) | Q(approved_reset__isnull=False)
    first = rows.filter(is_needed).aggregate(first=Min("position"))["first"] or profile.chain_length + 1
    last = rows.filter(position=first - 1).first()
    if last is None:
        return 0
    chain.anchor(last, profile)
    return rows.filter(position__lt=first).purge()
