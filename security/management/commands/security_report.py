"""Figures of the whole site: adoption, resets by proof and outcome, where people stop, mail."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from security import report
from security.management.operating import OperatorCommand, day

EXAMPLES = """
examples:
  manage.py security_report                     the last 30 days
  manage.py security_report --since 2026-11-01
  manage.py security_report --since 7 --json    the last seven days

exit codes: 0 shown, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Reports how many people are protected, how resets go, and how mail does. No person is in it."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_moment, default="30", help="a date (2026-11-01), or a number of days (30)")
        super().add_arguments(parser)

    def handle(self, *args: Any, since: datetime, **options: Any) -> None:
        figures = report.since(since)
        self.report(figures, "\n".join(_lines(figures)), as_json=options["json"])


def _moment(text: str) -> datetime:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 3650:
        return timezone.now() - timedelta(days=int(text))
    return day(text)


def _lines(figures: dict[str, Any], depth: int = 0) -> list[str]:
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += [f"{'  ' * depth}{name.replace('_', ' ')}", *_lines(value, depth + 1)]
        else:
            lines.append(f"{'  ' * depth}{str(name).replace('_', ' '):<{36 - 2 * depth}}{value}")
    return lines
