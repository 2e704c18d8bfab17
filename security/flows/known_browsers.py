"""Browsers in which a person completed a second factor. They prove nothing: they shorten waits and have failures of
their own, so that nobody elsewhere can lock their person out (ASVS 6.1.1).
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from security.actor import Actor
from security.conf import conf
from security.models import KnownBrowser
from security.person import Person
from security.prepared import Prepared, number, text


def is_known(person: Person, *, actor: Actor) -> bool:
    """Whether a second factor was completed here seven or more days ago, in a browser of the same family."""
    row = _row(person, actor)
    age = timedelta(seconds=conf.KNOWN_BROWSER_AGE)
    return row is not None and row.family == family(actor) and row.made_at <= timezone.now() - age


def lane(person: Person, *, actor: Actor) -> str:
    """The lane in which this browser's failures are counted; the common one if it completed no second factor yet."""
    row = _row(person, actor)
    return f"~{row.pk}" if row else ""


def lane_of_address(address: str, *, actor: Actor) -> str:
    """The same for an address that was typed, with the same work whether or not it has an account."""
    if not actor.token:
        return ""
    rows = KnownBrowser.objects.filter(token_digest=actor.token, person__email__iexact=address.strip())
    found = rows.values_list("pk", flat=True).first()
    return f"~{found}" if found else ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Whether a person ever completed a second factor in a browser that is remembered, and whether in this one."""

    has_any: bool
    is_this_one: bool


def remembered(person: Person, *, actor: Actor) -> Remembered:
    """What this browser is to this person; it counts as long as it calls itself the same."""
    families = dict(FAMILIES.all(person=person.pk))
    is_this_one = bool(actor.token) and families.get(actor.token) == family(actor)
    return Remembered(bool(families), is_this_one)


def remember(person: Person, *, actor: Actor) -> None:
    """A second factor was completed here, now, in a browser that is not remembered, or calls itself another by now: it
    begins anew.
    """
    if not actor.token:
        return
    made = {"family": family(actor), "made_at": timezone.now()}
    KnownBrowser.objects.bulk_create(
        [KnownBrowser(person_id=person.pk, token_digest=actor.token, **made)],
        update_conflicts=True,
        unique_fields=["person", "token_digest"],
        update_fields=list(made),
    )


def forget(person: Person, *, but: Actor | None = None) -> None:
    """No browser is known to this person any more, but the one of this actor."""
    rows = KnownBrowser.objects.filter(person_id=person.pk)
    if but is not None and but.token:
        rows = rows.exclude(token_digest=but.token)
    rows.delete()


def family(actor: Actor) -> str:
    """What the browser calls itself, without version: "Firefox (Linux)"."""
    return actor.browser[:60]


def _row(person: Person, actor: Actor) -> KnownBrowser | None:
    if not actor.token:
        return None
    return ROW.first(person=person.pk, token=actor.token)


ROW = Prepared(lambda: KnownBrowser.objects.filter(person_id=number("person"), token_digest=text("token")))
FAMILIES = Prepared(
    lambda: KnownBrowser.objects.filter(person_id=number("person")).values_list("token_digest", "family")
)
