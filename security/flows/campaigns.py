"""Asking many people for something, one after the other: it goes on where it was, whoever stopped in the middle.

Each person is one transaction, which also writes how far the campaign is: nobody is asked twice and nobody is left out.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from security import events
from security.actor import Actor
from security.flows import policies, replacement
from security.models import Asks, Campaign, GroupPolicy, Kind
from security.person import Person
from security.refusals import Reason, Refusal

log = logging.getLogger("security.campaigns")

TURN = 4  # seconds; other tasks of the worker wait no longer
LEASE = timedelta(minutes=1)


def replace_all(before: datetime, *, reason: str, actor: Actor) -> Campaign | Refusal:
    """Have everybody pair anew what was paired before that moment, from now on and as fast as it goes."""
    wanted = Campaign(asks_for=Asks.REPLACEMENT, before=before, total=replacement.how_many(before))
    return _begin(wanted, reason, actor, moment=before.timestamp())


def tell_all(policy: GroupPolicy, *, reason: str, actor: Actor) -> Campaign | Refusal:
    """Mail everybody without a device until when this policy wants one."""
    wanted = Campaign(asks_for=Asks.DEVICE, policy=policy, total=policies.how_many(policy))
    return _begin(wanted, reason, actor, group=policy.group.name if policy.group else "")


def _begin(wanted: Campaign, reason: str, actor: Actor, **detail: Any) -> Campaign | Refusal:
    wanted.reason = reason
    wanted.actor, wanted.actor_name = actor.role, actor.name
    wanted.actor_address, wanted.actor_browser = actor.address, actor.browser
    try:
        with transaction.atomic():
            wanted.save()
            said: dict[str, Any] = {
                "asks_for": wanted.asks_for,
                "people": wanted.total,
                "campaign": wanted.pk,
                **detail,
            }
            events.record(Kind.CAMPAIGN_STARTED, None, actor, reason=reason, **said)
    except IntegrityError:  # the same is under way
        return Refusal(Reason.UNDER_WAY)
    return wanted


@transaction.atomic
def stop(campaign: Campaign, *, reason: str, actor: Actor) -> bool:
    """Ask nobody else. What people were asked for already stays; says whether there was anything to stop."""
    found = Campaign.objects.open().select_for_update().filter(pk=campaign.pk).first()
    if found is None:
        return False
    found.stopped_at, found.leased_until = timezone.now(), None
    found.save(update_fields=["stopped_at", "leased_until"])
    said: dict[str, Any] = {
        "campaign": found.pk,
        "asks_for": found.asks_for,
        "people": found.seen,
        "asked": found.asked,
    }
    events.record(Kind.CAMPAIGN_STOPPED, None, actor, reason=reason, **said)
    return True


def go_on(turn: float = TURN) -> int:
    """Go on with whatever is open, for `turn` seconds; says how many people were seen. What another process is at is
    left to it, until its lease is over.
    """
    until, seen = time.monotonic() + turn, 0
    for campaign in Campaign.objects.open().select_related("policy__group").order_by("pk"):
        lease = timezone.now() + LEASE
        is_free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
        if Campaign.objects.open().filter(is_free, pk=campaign.pk).update(leased_until=lease):
            campaign.refresh_from_db(fields=["reached"])
            seen += _a_turn(campaign, lease, until)
    return seen


def _a_turn(campaign: Campaign, lease: datetime, until: float) -> int:
    """One that cannot go on does not keep the others from going on."""
    try:
        return _work(campaign, lease, until)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("campaign %d cannot go on", campaign.pk)
        return 0


def _work(campaign: Campaign, lease: datetime, until: float) -> int:
    mine = Campaign.objects.filter(pk=campaign.pk, leased_until=lease)
    seen = 0
    for person in _everybody(campaign):
        if time.monotonic() > until:
            mine.update(leased_until=None)
            return seen
        if not _one(campaign, person, mine):
            return seen
        seen += 1
    mine.update(finished_at=timezone.now(), leased_until=None)
    return seen


def _everybody(campaign: Campaign) -> Iterator[Person]:
    if campaign.before is not None:
        return replacement.everybody(campaign.before, campaign.reached)
    if campaign.policy is None or campaign.policy.required_from is None:  # nobody has to do anything any more
        return iter(())
    return policies.everybody(campaign.policy, campaign.reached)


def _one(campaign: Campaign, person: Person, mine: QuerySet[Campaign]) -> bool:
    """Ask this person and write that they were, or neither; says whether it is still our turn. Somebody who cannot be
    asked does not keep the others waiting, and is asked by the next campaign.
    """
    try:
        with transaction.atomic():
            is_new = int(_ask(campaign, person))
            is_mine = bool(mine.update(reached=person.pk, seen=F("seen") + 1, asked=F("asked") + is_new))
            transaction.set_rollback(not is_mine)
    except (OperationalError, InterfaceError):
        raise  # it is not about this person
    except Exception:
        log.exception("campaign %d could not ask person %d and goes on", campaign.pk, person.pk)
        return bool(mine.update(reached=person.pk, seen=F("seen") + 1, failed=F("failed") + 1))
    return is_mine


def _ask(campaign: Campaign, person: Person) -> bool:
    if campaign.before is not None:
        return replacement.require(person, campaign.before, reason=campaign.reason, actor=campaign.who())
    assert campaign.policy is not None  # noqa: S101
    return policies.tell_one(person, campaign.policy, actor=campaign.who())
