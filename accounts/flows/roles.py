"""Who is staff, what they may do, and which of the company's groups somebody belongs to."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from accounts.models import User
from security import events, roles
from security.actor import Actor
from security.flows import epoch
from security.models import Kind, SecurityProfile
from security.transactions import atomic


@atomic()
def assign(person: User, wanted: list[str], *, reason: str, actor: Actor) -> bool:
    """Give somebody these roles and no others; says whether that is a change. Without any they are no staff.

    Every session ends, so that nothing goes on under the old role; the next one has the limits of the new.
    """
    SecurityProfile.objects.lock(person)
    person.refresh_from_db(fields=["is_staff", "security_epoch"])
    were, wanted = roles.of(person), [role for role in roles.RANKS if role in wanted]
    if were == wanted and person.is_staff is bool(wanted):
        return False
    ended = epoch.bump(person, actor=actor, session=None)
    person.is_staff = bool(wanted)
    person.save(update_fields=["is_staff"])
    others = person.groups.exclude(name__in=roles.RANKS)
    person.groups.set([*others, *Group.objects.filter(name__in=wanted)])
    events.record(Kind.ROLES_CHANGED, person, actor, roles=wanted, were=were, reason=reason, at=ended.at)
    return True


def groups() -> QuerySet[Group]:
    """The company's own groups: all but those that say what staff may do."""
    return Group.objects.exclude(name__in=roles.RANKS).order_by("name")


@atomic()
def put_in_groups(person: User, wanted: list[Group], *, reason: str, actor: Actor) -> bool:
    """Let somebody belong to these of the company's groups and no others; says whether that is a change."""
    SecurityProfile.objects.lock(person)
    were = list(person.groups.exclude(name__in=roles.RANKS).order_by("name"))
    if were == sorted(wanted, key=lambda group: group.name):
        return False
    person.groups.set([*person.groups.filter(name__in=roles.RANKS), *wanted])
    names: dict[str, Any] = {"groups": sorted(group.name for group in wanted), "were": [group.name for group in were]}
    events.record(Kind.GROUPS_CHANGED, person, actor, **names, reason=reason)
    return True
