"""Policies for groups: changed, and told ahead to whoever has to do something about it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model

from security import events, rules
from security.actor import Actor
from security.models import Event, GroupPolicy, Kind, SecurityProfile
from security.person import Person
from security.transactions import atomic

AT_ONCE = 500
COLUMNS = (
    *("required_from", "grace_days", "allows_mailed_code", "allows_recovery_code"),
    *("needs_second_approver", "staff_need_passkey", "hold_hours"),
)
Counted = Callable[[Iterator[Any]], Iterator[Any]]


@atomic()
def change(policy: GroupPolicy, *, reason: str, actor: Actor) -> GroupPolicy:
    """Keep this policy, new or changed, and record what it says now and what it said."""
    before = GroupPolicy.objects.filter(pk=policy.pk).first() if policy.pk else None
    policy.save()
    was = _said(before) if before else {}
    now = _said(policy)
    changed = {name: value for name, value in now.items() if was.get(name) != value}
    events.record(
        Kind.POLICY_CHANGED,
        None,
        actor,
        group=policy.group.name if policy.group else "",
        values=changed,
        before={name: was[name] for name in changed if name in was},
        reason=reason,
    )
    return policy


def _said(policy: GroupPolicy) -> dict[str, Any]:
    values = {name: getattr(policy, name) for name in COLUMNS}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def how_many(policy: GroupPolicy) -> int:
    """How many people the policy asks for a device that they do not have."""
    return rules.affected(get_user_model()._default_manager.all(), policy).count()


def tell(policy: GroupPolicy, *, actor: Actor, counted: Counted = lambda people: people) -> int:
    """Mail whoever has no device yet until when they need one; says how many. Who was told the same is not told again,
    so it can be stopped and run again.
    """
    return sum(tell_one(person, policy, actor=actor) for person in counted(everybody(policy)))


@atomic()
def tell_one(person: Person, policy: GroupPolicy, *, actor: Actor) -> bool:
    """The same for one person; says whether it was new to them."""
    profile = SecurityProfile.objects.lock(person)
    until = rules.due_at(policy, profile.created_at).timestamp()
    told = Event.objects.filter(person_id=person.pk, kind=Kind.DEVICE_REQUIRED, detail__until=until)
    if told.exists():
        return False
    events.record(Kind.DEVICE_REQUIRED, person, actor, until=until)
    return True


def everybody(policy: GroupPolicy, after: int = 0) -> Iterator[Person]:
    """Whoever has no device, by key and from the one `after` which is asked for. Some are read at a time."""
    people = rules.affected(get_user_model()._default_manager.all(), policy).order_by("pk")
    while some := list(people.filter(pk__gt=after)[:AT_ONCE]):
        yield from some
        after = some[-1].pk
