"""Who is staff, and what they may do."""

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import User
from security import events, roles
from security.actor import Actor
from security.flows import epoch
from security.models import Kind, SecurityProfile


@transaction.atomic
def assign(person: User, wanted: list[str], *, reason: str, actor: Actor) -> bool:
    """Give somebody these roles and no others; says whether that is a change. Without any they are no staff.

    Every session ends, so that nothing goes on under the old role; the next one has the limits of the new.
    """
    SecurityProfile.objects.lock(person)
    were = roles.of(person)
    if were == wanted and person.is_staff is bool(wanted):
        return False
    ended = epoch.bump(person, actor=actor, session=None)
    person.is_staff = bool(wanted)
    person.save(update_fields=["is_staff"])
    others = person.groups.exclude(name__in=roles.RANKS)
    person.groups.set([*others, *Group.objects.filter(name__in=wanted)])
    events.record(Kind.ROLES_CHANGED, person, actor, roles=wanted, were=were, reason=reason, at=ended.at)
    return True
