"""Removes what is over: sessions, attempts, codes, mails, secrets, and events of more than thirteen months."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import ProgrammingError

from security.flows import purging
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py purge_expired --dry-run      what would go
  manage.py purge_expired                once a day is a good measure

Events can be removed by the owner of their table alone: run it with the role that runs migrations. The chain of each
person goes on from a signed anchor; a chain that is broken is left as it is.

exit codes: 0 done, 1 the events could not be removed, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Removes rows that nothing counts any more. Safe to run twice."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and remove nothing")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        dry = options["dry_run"]
        try:
            removed = purging.purge(actor=operator(), dry_run=dry, counted=self._counted)
        except ProgrammingError as error:
            said = "The events could not be removed: run this as the owner of their table."
            said += "" if dry else " All else that is over is gone."
            raise CommandError(said) from error
        words = "\n".join(f"{n:>8}  {what}" for what, n in removed.items())
        total = sum(removed.values())
        ending = "would be removed" if dry else "removed"
        report = {"removed": removed, "total": total, "dry_run": dry}
        self.report(report, f"{words}\n{total:>8}  {ending}", as_json=options["json"])

    def _counted(self, numbers: Iterable[int], total: int, what: str) -> Iterator[int]:
        return self.counted(numbers, total, what, size=int)
