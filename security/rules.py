"""What holds for one person by the policies of their groups: of several the strictest counts."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from security.conf import conf
from security.models import Authenticator, GroupPolicy
from security.person import Person


@dataclass(frozen=True, slots=True)
class Rules:
    """`hold` is the shortest wait in seconds; `due_at` when a person has to have a device, None where they need not."""

    allows_mailed_code: bool = True
    allows_recovery_code: bool = True
    needs_second_approver: bool = False
    staff_need_passkey: bool = False
    hold: int = 0
    due_at: datetime | None = None

    @property
    def hold_new_browser(self) -> int:
        """The wait after a mailed code from a browser nobody knows."""
        return max(conf.HOLD_NEW_BROWSER, self.hold)

    @property
    def hold_risk(self) -> int:
        """The wait with a risk signal, or after a link that one member of staff sent."""
        return max(conf.HOLD_RISK, self.hold)

    @property
    def is_due(self) -> bool:
        """Whether nothing else opens any more before there is a device."""
        return self.due_at is not None and self.due_at <= timezone.now()


class _Kept:
    """The policies as this process read them last: few rows that hardly ever change, and every page asks."""

    rows: ClassVar[list[GroupPolicy] | None] = None
    until = 0.0


def forget(**kwargs: Any) -> None:
    """Read them anew. Another process does so after `conf.POLICIES_KEPT`."""
    _Kept.rows = None


def _policies() -> list[GroupPolicy]:
    if _Kept.rows is None or time.monotonic() >= _Kept.until:
        _Kept.rows, _Kept.until = list(GroupPolicy.objects.all()), time.monotonic() + conf.POLICIES_KEPT
    return _Kept.rows


def of(person: Person) -> Rules:
    """What holds for this person now: no statement while no group has a policy, else one."""
    rows = _policies()
    groups = {row.group_id for row in rows if row.group_id is not None}
    mine = set(Group.objects.filter(pk__in=groups, user=person.pk).values_list("pk", flat=True)) if groups else set()
    rows = [row for row in rows if row.group_id is None or row.group_id in mine]
    return Rules(
        allows_mailed_code=all(row.allows_mailed_code for row in rows),
        allows_recovery_code=all(row.allows_recovery_code for row in rows),
        needs_second_approver=any(row.needs_second_approver for row in rows),
        staff_need_passkey=any(row.staff_need_passkey for row in rows),
        hold=max((row.hold_hours * 3600 for row in rows), default=0),
        due_at=min(_dates(rows, person), default=None),
    )


def _dates(rows: Iterable[GroupPolicy], person: Person) -> list[datetime]:
    since: datetime = person.security_profile.created_at  # type: ignore[attr-defined]
    return [due_at(row, since) for row in rows if row.required_from]


def due_at(policy: GroupPolicy, since: datetime) -> datetime:
    """When somebody who has been here since then has to have a device: after the day, and after their grace."""
    assert policy.required_from is not None  # noqa: S101
    return max(policy.required_from, since) + timedelta(days=policy.grace_days)


def affected(people: QuerySet[Any], policy: GroupPolicy) -> QuerySet[Any]:
    """Those of these people whom the policy asks for a device that they do not have."""
    mine = people.filter(is_active=True)
    if policy.group_id is not None:
        mine = mine.filter(groups=policy.group_id)
    return mine.exclude(Exists(Authenticator.objects.paired().filter(user_id=OuterRef("pk"))))
