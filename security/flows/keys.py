"""Sealing every secret with the current key of the ring, so that an older key can be taken out of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, transaction

from security import crypto, events
from security.actor import Actor
from security.models import Authenticator, Enrollment, Event, Kind, RecoveryCode, SecurityProfile, VerificationCode

AT_ONCE = 200
Rows = Iterator[tuple["Sealed", Any]]
Counted = Callable[[Rows], Rows]


@dataclass(slots=True)
class Outcome:
    """How many secrets were sealed anew, which could not be opened, and what each older key is still needed for."""

    renewed: int = 0
    unreadable: list[str] = field(default_factory=list)
    needed: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed secrets; `name` is what a value is bound to."""

    model: type[models.Model]
    column: str
    name: Callable[[Any], str]
    related: str = ""


COLUMNS = (
    Sealed(Authenticator, "sealed_secret", lambda row: f"authenticator {row.public_id}"),
    Sealed(Enrollment, "sealed_secret", lambda row: f"enrollment {row.public_id}"),
    Sealed(RecoveryCode, "sealed_tail", lambda row: f"recovery code {row.set.public_id} {row.position}", "set"),
)


def how_many_wait() -> int:
    """The secrets that are sealed with another key than the current one."""
    return sum(_waiting(column).count() for column in COLUMNS)


def rotate(*, actor: Actor, counted: Counted = lambda rows: rows) -> Outcome:
    """Seal anew whatever is not under the current key. Killed half-way, the next run goes on where this one ended.

    Each secret is replaced by compare-and-set, so people bind and use devices meanwhile and notice nothing. `counted`
    passes the rows on, and may say how far it is.
    """
    outcome = Outcome()
    if waiting := how_many_wait():
        with transaction.atomic():
            events.record(Kind.KEYS_ROTATED, None, actor, under=crypto.current_key_id(), renewed=waiting)
    for column, row in counted((one, row) for one in COLUMNS for row in _each(one)):
        _renew(column, row, outcome)
    outcome.needed = still_needed()
    return outcome


def _renew(column: Sealed, row: Any, outcome: Outcome) -> None:
    before = getattr(row, column.column)
    try:
        sealed = crypto.reseal(before, bound_to=column.name(row))
    except crypto.Unsealable:
        outcome.unreadable.append(column.name(row))
        return
    same = column.model._base_manager.filter(pk=row.pk, **{column.column: before})
    outcome.renewed += same.update(**{column.column: sealed})


def _waiting(column: Sealed) -> models.QuerySet[Any]:
    current = f"{crypto.current_key_id()}."
    rows = column.model._base_manager.exclude(**{column.column: ""})
    return rows.exclude(**{f"{column.column}__startswith": current})


def _each(column: Sealed) -> Iterator[Any]:
    after = 0
    rows = _waiting(column).order_by("pk")
    rows = rows.select_related(column.related) if column.related else rows
    while some := list(rows.filter(pk__gt=after)[:AT_ONCE]):
        yield from some
        after = some[-1].pk


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
