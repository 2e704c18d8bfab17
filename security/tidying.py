"""What is over is erased: secrets nobody can use any more, passwords that prove nothing any more.

Nothing relies on it: whatever is erased here had stopped counting by its own dates before. Rows stay, as a record, but
for passkeys, whose record is their events: without the key the row says nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from security.conf import conf
from security.models import Authenticator, Enrollment, FormerPassword, Passkey, PasskeyChallenge, RecoveryCode
from security.models.portions import hold, portions


@dataclass(frozen=True, slots=True)
class Over:
    """Rows that are over, and what becomes of their columns; None: the rows go."""

    rows: QuerySet[Any]
    columns: dict[str, Any] | None = None


def is_abandoned(now: datetime) -> Q:
    """Attempts with a secret that nobody will come back to: they are ended by the clock."""
    open_too_long = Q(held_at=None, expires_at__lte=now)
    lapsed = Q(held_at__isnull=False, lapses_at__lte=now)
    return (open_too_long | lapsed) & Q(bound_at=None, ended_at=None) & ~Q(sealed_secret="")


def what_is_over(now: datetime) -> dict[str, Over]:
    """Sealed secrets and hashes that have outlived their time, by what they are of."""
    contest_is_over = now - timedelta(seconds=conf.CONTEST)
    gone = Q(revoked_at__lte=contest_is_over) | Q(revoked_at=None, suspended_at__lte=contest_is_over)
    void = Q(set__voided_at__lte=contest_is_over) | Q(set__voided_at=None, set__suspended_at__lte=contest_is_over)
    devices = Authenticator.objects.filter(gone, confirmed=False).exclude(sealed_secret="")
    attempts = Enrollment.objects.filter(is_abandoned(now))
    codes = RecoveryCode.objects.filter(void).exclude(hashed="")
    return {
        "devices": Over(devices, {"sealed_secret": ""}),
        "attempts": Over(attempts, {"sealed_secret": "", "ended_at": now}),
        "recovery codes": Over(codes, {"hashed": "", "sealed_tail": ""}),
        "passkeys": Over(Passkey.objects.filter(gone, confirmed=False)),
        "challenges": Over(PasskeyChallenge.objects.filter(asked_at__lte=now - timedelta(hours=1))),
        "former passwords": Over(FormerPassword.objects.filter(replaced_at__lte=contest_is_over)),
    }


def erase_what_is_over() -> dict[str, int]:
    """Erase it, some rows at a time; says how many of each. Safe to run twice. What somebody is at work on at this
    moment is left to the next time.
    """
    over = what_is_over(timezone.now())
    return {what: sum(_erase(one, keys) for keys in portions(one.rows)) for what, one in over.items()}


@transaction.atomic
def _erase(over: Over, keys: list[int]) -> int:
    rows = over.rows.filter(pk__in=hold(over.rows.model, keys))
    return rows.delete()[0] if over.columns is None else rows.update(**over.columns)
