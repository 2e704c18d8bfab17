"""What nobody may ask about any more is removed. Safe to run twice, and at any time: nothing that still counts is
touched, and nobody waits for it: it goes some hundred rows at a time, each portion in a transaction of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from security import events, tidying
from security.actor import Actor
from security.conf import conf
from security.flows import oldest
from security.models import (
    AddressChange,
    AssistedReset,
    Campaign,
    Enrollment,
    FormerAddress,
    Kind,
    OutboxMessage,
    RecoveryCodeSet,
    Session,
    SupportCase,
    Throttle,
    TrustedBrowser,
)
from security.models.portions import portions

Counted = Callable[[Iterable[int], int, str], Iterable[int]]
DAY = timedelta(days=1)


def _uncounted(numbers: Iterable[int], total: int, what: str) -> Iterable[int]:
    return numbers


def purge(*, actor: Actor, dry_run: bool = False, counted: Counted = _uncounted) -> dict[str, int]:
    """Remove rows that are over; says how many of each. With `dry_run` nothing is, and the figures are the same.

    `counted` passes on how many went at a time, and may say how far it is. Raises django's ProgrammingError where the
    database role may not remove events: all else is removed by then.
    """
    if dry_run:
        return _count()
    removed: dict[str, int] = {}
    try:
        _purge(removed, counted)
    finally:
        if any(removed.values()):
            with transaction.atomic():
                events.record(Kind.ROWS_PURGED, None, actor, rows={what: n for what, n in removed.items() if n})
    return removed


def _purge(removed: dict[str, int], counted: Counted) -> None:
    now = timezone.now()
    removed |= {f"secrets of {what}": n for what, n in tidying.erase_what_is_over().items()}
    for what, rows in _over(now).items():
        _add(removed, what, counted(_remove(rows), rows.count(), what))
    _add(removed, "counters", _counters(now, removes=True))
    before = _oldest(now)
    numbers = oldest.purge(before, kept_mails=~_is_sent(now))
    _add(removed, "events", counted(numbers, oldest.at_most(before), "events"))


def _add(removed: dict[str, int], what: str, numbers: Iterable[int]) -> None:
    """Count while it goes on: what is removed is recorded even where the rest fails."""
    removed[what] = 0
    for number in numbers:
        removed[what] += number


def _count() -> dict[str, int]:
    """What would be removed. Nothing is done and put back: that would hold up whoever signs in."""
    now = timezone.now()
    found = {f"secrets of {what}": over.rows.count() for what, over in tidying.what_is_over(now).items()}
    found |= {what: rows.count() for what, rows in _over(now).items()}
    found["counters"] = sum(_counters(now, removes=False))
    oldest.may_be_purged()
    return found | {"events": sum(oldest.count(_oldest(now), kept_mails=~_is_sent(now)))}


def _oldest(now: datetime) -> datetime:
    return now - timedelta(seconds=conf.EVENTS_KEPT)


def _is_sent(now: datetime) -> Q:
    """Mails that are over."""
    old = now - timedelta(seconds=conf.ROWS_KEPT)
    return Q(delivered_at__isnull=False, delivered_at__lt=old) | Q(given_up_at__isnull=False, given_up_at__lt=old)


def _over(now: datetime) -> dict[str, QuerySet[Any]]:
    """What is over, by what it is called, in an order in which nothing refers to what went before it."""
    old, unseen = now - timedelta(seconds=conf.ROWS_KEPT), now - timedelta(seconds=conf.SESSION_LIFETIME)
    former = now - timedelta(seconds=max(conf.FORMER_ADDRESS, conf.CONTEST))
    attempt_is_over = Q(bound_at__isnull=False) | Q(ended_at__isnull=False) | tidying.is_abandoned(now)
    kept, this = OutboxMessage.objects.filter(~_is_sent(now)), OuterRef("pk")
    has_no_mail, is_told = ~Exists(kept.filter(code__enrollment=this)), ~Exists(kept.filter(code__address_change=this))
    return {
        "sessions": Session.objects.filter(last_seen_at__lt=unseen),
        "trusted browsers": TrustedBrowser.objects.filter(Q(expires_at__lt=now - DAY) | Q(revoked_at__lt=now - DAY)),
        "mails": OutboxMessage.objects.filter(_is_sent(now)),
        "attempts": Enrollment.objects.filter(has_no_mail, attempt_is_over, started_at__lt=old),
        "new addresses": AddressChange.objects.filter(is_told, expires_at__lt=old),
        "former addresses": FormerAddress.objects.filter(replaced_at__lt=former),
        "recovery codes": RecoveryCodeSet.objects.filter(voided_at__lt=old),
        "requests for a reset": AssistedReset.objects.filter(asked_at__lt=_oldest(now)),
        "campaigns": Campaign.objects.exclude(finished_at=None, stopped_at=None).filter(started_at__lt=_oldest(now)),
        "cases": SupportCase.objects.filter(Q(closed_at__lt=old) | Q(person=None, opened_at__lt=old)),
    }


def _remove(rows: QuerySet[Any]) -> Iterator[int]:
    for keys in portions(rows):
        rows.model._base_manager.filter(pk__in=keys).delete()
        yield len(keys)


def _counters(now: datetime, *, removes: bool) -> Iterator[int]:
    """Counters of failures of which the last is more than a day old; one that counts at this moment is left alone."""
    since = (now - DAY).timestamp()
    rows = Throttle.objects.filter(Q(closed_until=None) | Q(closed_until__lt=now))
    for keys in portions(rows):
        with transaction.atomic():
            some = rows.filter(pk__in=keys)
            some = some.select_for_update(skip_locked=True) if removes else some
            stale = [row.pk for row in some if not any(at > since for at in row.failed_at)]
            if removes:
                Throttle.objects.filter(pk__in=stale).delete()
        yield len(stale)
