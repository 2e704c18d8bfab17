"""Letting somebody try again before their wait after wrong answers is over."""

from django.utils import timezone

from security import events, throttle
from security.actor import Actor
from security.models import Kind, SecurityProfile, Throttle
from security.person import Person
from security.transactions import atomic


@atomic()
def lift(person: Person, *, reason: str, actor: Actor) -> list[str]:
    """End the waits of this person's password and factors, in every browser; says which were closed.

    Nothing is proven by it and no second factor switched off. The failures of the day stay on record: they are risk
    signals still, and where they have reached the day's limit a single try is open.
    """
    SecurityProfile.objects.lock(person)
    rows = throttle.of_anything_of(Throttle.objects.all(), person)
    closed = sorted(set(rows.filter(closed_until__gt=timezone.now()).values_list("factor", flat=True)))
    rows.update(failures=0, closed_until=None)
    events.record(Kind.LIMITS_LIFTED, person, actor, reason=reason, factors=closed)
    return closed
