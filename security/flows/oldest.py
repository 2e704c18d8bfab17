"""The oldest events are removed, some people at a time, and the chain of each goes on from a signed anchor.

A chain that is broken stays as it is: purging must not tidy a change away.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice, takewhile
from operator import attrgetter
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from security import chain
from security.models import AssistedReset, Event, OutboxMessage, SecurityProfile
from security.models.portions import portions, write

AT_ONCE = 500


class Old(NamedTuple):
    """An event that may be going."""

    pk: int
    person_id: int
    position: int
    mac: str
    at: datetime


def purge(before: datetime, *, kept_mails: Q) -> Iterator[int]:
    """Remove the events from before that moment, those of nobody first; says how many at a time. What is kept holds on
    to its events. Whoever is busy at this moment is left to the next time.
    """
    for keys in portions(_of_nobody(before, kept_mails)):
        yield Event.objects.filter(pk__in=keys).purge()
    for people in _people(before):
        whole, removed = _whole(people), AT_ONCE
        while removed == AT_ONCE:
            yield (removed := _purge(whole, before, kept_mails))


def count(before: datetime, *, kept_mails: Q) -> Iterator[int]:
    """How many it would be. Changes nothing, and holds nobody up."""
    yield _of_nobody(before, kept_mails).count()
    for people in _people(before):
        with transaction.atomic():
            yield len(_going(_whole(people), before, kept_mails, most=None))


def at_most(before: datetime) -> int:
    """How many are that old, needed or not."""
    return Event.objects.filter(at__lt=before).count()


def may_be_purged() -> None:
    """Raises django's ProgrammingError where the database role may not remove events."""
    with transaction.atomic():
        Event.objects.filter(pk__in=Event.objects.order_by("pk").values("pk")[:1]).purge()
        transaction.set_rollback(True)


def _of_nobody(before: datetime, kept_mails: Q) -> QuerySet[Event]:
    mails = OutboxMessage.objects.filter(kept_mails, event=OuterRef("pk"))
    return Event.objects.filter(~Exists(mails), person=None, at__lt=before)


def _people(before: datetime) -> Iterator[list[int]]:
    """Those who have such events, as many people at a time as have some hundreds, or one who has more."""
    after, rows = 0, Event.objects.filter(at__lt=before).values_list("person_id", flat=True)
    rows = rows.order_by("person_id", "-at")  # the order of an index that has both, whatever the database expects
    while some := list(rows.filter(person_id__gt=after)[:AT_ONCE]):
        people = list(dict.fromkeys(some))
        if len(some) == AT_ONCE and len(people) > 1:
            people.pop()  # who may have more than these
        yield people
        after = people[-1]


def _whole(people: list[int]) -> list[int]:
    """Those whose chain is whole. Asked before anything is locked, because it takes as long as the chain."""
    return [person_id for person_id, place in chain.first_breaks(Q(person_id__in=people)).items() if place is None]


def _going(people: list[int], before: datetime, kept_mails: Q, *, most: int | None) -> list[Old]:
    """The events that go: of each person from the first on, up to one that is younger or needed, `most` at the most."""
    rows = Event.objects.filter(person_id__in=people, position__gt=0).order_by("person_id", "position")
    every = (Old(*row) for row in rows.values_list(*Old._fields).iterator())
    old = [
        list(islice(takewhile(lambda row: row.at < before, theirs), most))
        for _, theirs in groupby(every, attrgetter("person_id"))
    ]
    needed = _needed([row.pk for theirs in old for row in theirs], before, kept_mails)
    return [row for theirs in old for row in takewhile(lambda row: row.pk not in needed, theirs)]


def _needed(keys: list[int], before: datetime, kept_mails: Q) -> set[int]:
    """Those of these events that something refers to which is kept. Asked by key: each of these questions is answered
    by an index, where the same as a condition of the events has the whole table read each time.
    """
    resets = AssistedReset.objects.filter(asked_at__gte=before)
    frozen = SecurityProfile.objects.filter(frozen_until__gt=timezone.now())
    asked = [
        OutboxMessage.objects.filter(kept_mails, event_id__in=keys).values_list("event_id", flat=True),
        resets.filter(event_id__in=keys).values_list("event_id", flat=True),
        resets.filter(started_id__in=keys).values_list("started_id", flat=True),
        frozen.filter(contested_event_id__in=keys).values_list("contested_event_id", flat=True),
    ]
    return {key for keys in asked for key in keys}


@transaction.atomic
def _purge(people: list[int], before: datetime, kept_mails: Q) -> int:
    profiles = SecurityProfile.objects.filter(person_id__in=people).order_by("pk")
    held = {profile.person_id: profile for profile in profiles.select_for_update(skip_locked=True)}
    going = _going(list(held), before, kept_mails, most=AT_ONCE)
    last = {row.person_id: row for row in going}
    for person_id, row in last.items():
        chain.anchor(row.position, row.mac, held[person_id])
    theirs = {held[person_id].pk: held[person_id].chain_anchor for person_id in last}
    write(SecurityProfile, "chain_anchor", theirs)
    thawed = Q(frozen_until=None) | Q(frozen_until__lte=timezone.now())
    profiles.filter(thawed, pk__in=theirs, contested_event__isnull=False).update(contested_event=None)
    return Event.objects.filter(pk__in=[row.pk for row in going]).purge()
