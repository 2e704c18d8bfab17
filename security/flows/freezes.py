"""Freezing an account and opening it again, by support: it stops everybody, and proves nothing."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from security import events
from security.actor import Actor
from security.conf import conf
from security.flows import epoch, known_browsers
from security.models import Event, Kind, SecurityProfile
from security.person import Person
from security.refusals import Reason, Refusal
from security.transactions import atomic

WINDOW = timedelta(days=14)  # longer than a link, its wait and its lapse


@atomic()
def begin(person: Person, *, reason: str = "", change: Event | None = None, actor: Actor) -> bool:
    """Nobody gets in until somebody thaws the account, or the freeze ends by itself; says whether it was open before.

    Every session, trusted and known browser, open journey, code and link ends. `change` is what its owner objects to,
    `reason` why support does it.
    """
    profile = SecurityProfile.objects.lock(person)
    if profile.is_frozen:
        return False
    now = timezone.now()
    until = now + timedelta(seconds=conf.FREEZE)
    epoch.bump(person, actor=actor, session=None)
    known_browsers.forget(person)
    profile.change(frozen_at=now, frozen_until=until, contested_event=change)
    why: dict[str, Any] = {"change": change.public_id} if change else {"reason": reason}
    events.record(Kind.ACCOUNT_FROZEN, person, actor, until=until.timestamp(), **why)
    return True


@atomic()
def thaw(person: Person, *, reason: str, actor: Actor) -> bool | Refusal:
    """End a freeze early; says whether there was one. What the account had signs in again, and nothing else.

    Where the owner froze it because of a link from staff, whoever had that sent does not thaw it.
    """
    profile = SecurityProfile.objects.lock(person)
    if not profile.is_frozen:
        return False
    if profile.contested_event is not None and _sent_the_link(actor, profile.contested_event):
        return Refusal(Reason.SECOND_APPROVER)
    profile.change(frozen_at=None, frozen_until=None, contested_event=None)
    events.record(Kind.ACCOUNT_THAWED, person, actor, reason=reason)
    return True


def _sent_the_link(actor: Actor, change: Event) -> bool:
    """Whether this member of staff asked for or agreed to the link that made the change possible."""
    started = Event.objects.filter(
        person_id=change.person_id, kind=Kind.ASSISTED_RESET_STARTED, at__lte=change.at, at__gt=change.at - WINDOW
    )
    return started.filter(Q(actor_name=actor.name) | Q(detail__asked_by=actor.name)).exists()
