"""Asks a group of people, or everybody, for Enhanced Security from a day on, and tells them ahead."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import CommandError, CommandParser

from security import rules, tongue
from security.flows import policies
from security.management.operating import OperatorCommand, day, operator
from security.models import GroupPolicy

EVERYBODY = "everybody"
SHOWN = 20
EXAMPLES = """
examples:
  manage.py require_mfa employees --from 2027-01-15 --dry-run --reason "policy of the board"
  manage.py require_mfa employees --from 2027-01-15 --grace 7 --reason "policy of the board"
  manage.py require_mfa everybody --from 2027-03-01 --reason "policy of the board"

Whoever has no device by then sets one up at the next sign-in, before anything else opens. They are told by mail now,
and on every page. Run it again to tell those who have joined since: nobody is told the same twice.

exit codes: 0 done, 1 there is no such group, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Requires a second factor of a group from a day on. With --dry-run, says who is affected."
    examples = EXAMPLES
    wants_a_reason = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("group", help=f"the name of the group, or {EVERYBODY}")
        parser.add_argument("--from", dest="start", required=True, type=day, help="the day, as 2027-01-15 (UTC)")
        parser.add_argument("--grace", type=int, default=14, help="days in which people may put it off (14)")
        parser.add_argument("--dry-run", action="store_true", help="say who is affected, and change nothing")
        super().add_arguments(parser)

    def handle(self, *args: Any, group: str, start: datetime, grace: int, reason: str, **options: Any) -> None:
        if not 0 <= grace <= 90:
            raise CommandError("Grace is 0 to 90 days.", returncode=2)
        if not tongue.FIRST < start < tongue.LAST:
            raise CommandError("The day is one between 1970 and 2200.", returncode=2)
        policy = self._policy(group)
        policy.required_from, policy.grace_days = start, grace
        people = rules.affected(get_user_model()._default_manager.all(), policy).order_by("email")
        report: dict[str, Any] = {
            "group": group,
            "from": start.date().isoformat(),
            "grace_days": grace,
            "affected": people.count(),
        }
        if options["dry_run"]:
            report["people"] = list(people.values_list("email", flat=True))
            shown = "".join(f"  {email}\n" for email in report["people"][:SHOWN])
            self.report(report, f"{shown}{report['affected']} people have no device yet.", as_json=options["json"])
            return
        policies.change(policy, reason=reason, actor=operator())
        total: Any = report["affected"]
        told = policies.tell(policy, actor=operator(), counted=lambda some: self.counted(some, total, "people"))
        self.report(
            report | {"told": told}, f"{total} people have no device yet, {told} were told.", as_json=options["json"]
        )

    def _policy(self, name: str) -> GroupPolicy:
        group = None if name == EVERYBODY else Group.objects.filter(name=name).first()
        if group is None and name != EVERYBODY:
            raise CommandError(f"There is no group {name}.")
        return GroupPolicy.objects.filter(group=group).first() or GroupPolicy(group=group)
