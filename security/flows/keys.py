"""Sealing every secret with the current key of the ring, so that an older key can be taken out of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, transaction

from security import crypto, events
from security.actor import Actor
from security.models import Authenticator, Enrollment, Event, Kind, RecoveryCode, SecurityProfile, VerificationCode
from security.models.portions import portions, write


@dataclass(slots=True)
class Outcome:
    """How many secrets were sealed anew, which could not be opened, and what each older key is still needed for."""

    renewed: int = 0
    unreadable: list[str] = field(default_factory=list)
    needed: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed secrets; a value is bound to `name`, filled with the columns `named_by`."""

    model: type[models.Model]
    column: str
    name: str
    named_by: tuple[str, ...] = ("public_id",)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some rows of the column at this place of COLUMNS, from one key to another."""

    place: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a portion: how many secrets were sealed anew, and which cannot be opened."""

    number: int
    unreadable: list[str]

    @property
    def looked_at(self) -> int:
        """How many secrets the portion has."""
        return self.number + len(self.unreadable)


Renewing = Callable[[Iterator[Portion]], Iterable[Renewed]]

COLUMNS = (
    Sealed(Authenticator, "sealed_secret", "authenticator {}"),
    Sealed(Enrollment, "sealed_secret", "enrollment {}"),
    Sealed(RecoveryCode, "sealed_tail", "recovery code {} {}", ("set__public_id", "position")),
)


def how_many_wait() -> int:
    """The secrets that are sealed with another key than the current one."""
    return sum(_waiting(column).count() for column in COLUMNS)


def renew(portion: Portion) -> Renewed:
    """Seal anew what waits of these rows: together what nobody is at work on, one by one what somebody is."""
    column = COLUMNS[portion.place]
    waiting = _waiting(column).filter(pk__gte=portion.first, pk__lte=portion.last).order_by("pk")
    with transaction.atomic():
        # Nothing is waited for while others are held: whoever is waited for may wait for one of those.
        renewed, _ = _resealed(column, waiting.select_for_update(skip_locked=True, no_key=True))
        write(column.model, column.column, {key: after for key, (_, after) in renewed.items()})
    number = len(renewed)
    busy, unreadable = _resealed(column, waiting)
    for key, (before, after) in busy.items():
        same = column.model._base_manager.filter(pk=key, **{column.column: before})
        number += same.update(**{column.column: after})
    return Renewed(number, unreadable)


def renew_here(some: Iterator[Portion]) -> Iterator[Renewed]:
    """Renew one portion after the other."""
    return map(renew, some)


def rotate(*, actor: Actor, renewing: Renewing = renew_here) -> Outcome:
    """Seal anew whatever is not under the current key. Killed half-way, the next run goes on where this one ended.

    A secret is replaced only while it is as it was read, so people bind and use devices meanwhile and notice nothing.
    `renewing` has `renew` done to each portion, here or elsewhere, and may say how far it is.
    """
    outcome = Outcome()
    if waiting := how_many_wait():
        with transaction.atomic():
            events.record(Kind.KEYS_ROTATED, None, actor, under=crypto.current_key_id(), renewed=waiting)
    for done in renewing(_portions()):
        outcome.renewed += done.number
        outcome.unreadable += done.unreadable
    outcome.needed = still_needed()
    return outcome


def _portions() -> Iterator[Portion]:
    for place, column in enumerate(COLUMNS):
        for keys in portions(_waiting(column)):
            yield Portion(place, keys[0], keys[-1])


def _resealed(column: Sealed, rows: models.QuerySet[Any]) -> tuple[dict[int, tuple[str, str]], list[str]]:
    """Secrets as they are and under the current key, by the key of their row; and which cannot be opened."""
    renewed, unreadable = {}, []
    for key, before, *names in rows.values_list("pk", column.column, *column.named_by):
        name = column.name.format(*names)
        try:
            renewed[key] = (before, crypto.reseal(before, bound_to=name))
        except crypto.Unsealable:
            unreadable.append(name)
    return renewed, unreadable


def _waiting(column: Sealed) -> models.QuerySet[Any]:
    current = f"{crypto.current_key_id()}."
    rows = column.model._base_manager.exclude(**{column.column: ""})
    return rows.exclude(**{f"{column.column}__startswith": current})


def still_needed() -> dict[str, list[str]]:
    """What every older key of the ring is needed for; one that is not here may be taken out."""
    uses: list[tuple[str, models.QuerySet[Any]]] = [
        *((column.model._meta.model_name or "", _waiting(column)) for column in COLUMNS),
        ("event", Event.objects.all()),
        ("anchor", SecurityProfile.objects.exclude(chain_anchor="")),
        ("verification code", VerificationCode.objects.filter(used_at=None)),
    ]
    older = [key for key in settings.SECURITY_KEYS if key != crypto.current_key_id()]
    found = {key: [what for what, rows in uses if _is_used(what, rows, key)] for key in older}
    return {key: what for key, what in found.items() if what}


def _is_used(what: str, rows: models.QuerySet[Any], key: str) -> bool:
    condition = {
        "event": {"mac__startswith": f"{key}."},
        "anchor": {"chain_anchor__contains": f".{key}."},
        "verification code": {"key_id": key},
        "recoverycode": {"sealed_tail__startswith": f"{key}."},
    }.get(what, {"sealed_secret__startswith": f"{key}."})
    return rows.filter(**condition).exists()
