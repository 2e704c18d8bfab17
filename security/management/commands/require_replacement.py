"""After a breach: one person, or everybody, pairs their devices anew at the next sign-in."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from security.flows import replacement
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py require_replacement robin@example.com --reason "case 1f0c: the secret was photographed"
  manage.py require_replacement --all --dry-run --reason "breach of 3 May"
  manage.py require_replacement --all --reason "breach of 3 May" --before 2026-05-04T08:00+00:00

Whoever has a device from before that moment (now, if you do not say) is signed out, told, and led through the
journey at the next sign-in, before anything else opens. What proves that it is them is the same as ever. Stopped
half-way, run it again with the same --before: nobody is asked twice.

exit codes: 0 done, 1 there is no such account, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Has devices paired anew. The owners are told."
    examples = EXAMPLES
    touches_an_account = takes_everybody = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="everybody who has a device")
        parser.add_argument("--before", type=_moment, default=None, help="devices paired before that moment (now)")
        parser.add_argument("--dry-run", action="store_true", help="say how many people are affected, and ask nobody")

    def handle(self, *args: Any, email: str, reason: str, before: datetime | None, **options: Any) -> None:
        one = self.whom(email, everybody=options["all"])
        moment = before or timezone.now()
        total = replacement.how_many(moment) if options["all"] else 1
        people = replacement.everybody(moment) if options["all"] else [one]
        report = {"people": total, "before": moment.isoformat(), "dry_run": options["dry_run"]}
        asked = 0
        if not options["dry_run"]:
            for person in self.counted(people, total, "people"):
                asked += replacement.require(person, moment, reason=reason, actor=operator())
        words = (
            f"{total} would be asked." if options["dry_run"] else f"{asked} were asked (--before {moment.isoformat()})."
        )
        self.report(report | {"asked": asked}, words, as_json=options["json"])


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment) or moment > timezone.now():
        raise ArgumentTypeError(f"{text!r} is no moment of the past with a zone, such as 2026-05-04T08:00+00:00")
    return moment
