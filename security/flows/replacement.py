"""Every device has to be paired anew, for after a breach. It changes when somebody goes through the journey, and never
what proves that it is them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from security import events
from security.actor import Actor
from security.flows import sessions
from security.models import Authenticator, Kind, SecurityProfile
from security.person import Person
from security.transactions import atomic

AT_ONCE = 500


@atomic()
def require(person: Person, before: datetime, *, reason: str, actor: Actor) -> bool:
    """Have this person replace whatever device was paired before that moment; says whether there is one that was not
    asked about yet. They are signed out, no browser is trusted any more, and they are told.
    """
    profile = SecurityProfile.objects.lock(person)
    is_asked = profile.replace_before is not None and profile.replace_before >= before
    if is_asked or not _older(person, before).exists():
        return False
    profile.change(replace_before=before)
    ended = sessions.sign_out(person, keep=None, actor=actor)
    events.record(Kind.REPLACEMENT_REQUIRED, person, actor, reason=reason, sessions_ended=ended)
    return True


def settle(person: Person, profile: SecurityProfile) -> None:
    """A device was bound: nothing is asked for any more once none is left that is too old."""
    if profile.replace_before is not None and not _older(person, profile.replace_before).exists():
        profile.change(replace_before=None)


def _older(person: Person, before: datetime) -> QuerySet[Authenticator]:
    return Authenticator.objects.of(person).standing().filter(bound_at__lt=before)


def how_many(before: datetime) -> int:
    """How many people have a device that is older, and were not asked yet."""
    return _waiting(before).count()


def everybody(before: datetime, after: int = 0) -> Iterator[Person]:
    """Those people, by key and from the one `after` which is asked for; whoever was asked meanwhile is not among them.
    Some are read at a time.
    """
    while some := list(_waiting(before).filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
        yield from some
        after = some[-1].pk


def _waiting(before: datetime) -> QuerySet[Any]:
    older = Authenticator.objects.filter(confirmed=True, bound_at__lt=before).values("user")
    not_asked = Q(security_profile__replace_before=None) | Q(security_profile__replace_before__lt=before)
    people: QuerySet[Any] = get_user_model()._default_manager.filter(not_asked, is_active=True, pk__in=older)
    return people
