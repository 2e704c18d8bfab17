"""Seals every secret with the current key, and says what the older ones are still needed for."""

from collections.abc import Iterator
from functools import partial
from operator import attrgetter
from typing import Any

from django.core.management.base import CommandParser

from security import crypto
from security.flows import keys
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py rotate_keys --dry-run        how many secrets wait
  manage.py rotate_keys                  seal them anew; stop it and run it again as you like

Put the new key in front of SECURITY_KEYS first, and restart everything (see the keyring in docs/operations.md).

exit codes: 0 everything is under the current key, 1 some secrets cannot be opened, 2 wrong usage
"""


class Command(OperatorCommand):
    help = (
        "Seals the secrets of devices and recovery codes with the key in front of the keyring. People notice nothing."
    )
    examples = EXAMPLES
    shares_its_work = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and seal nothing")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = keys.how_many_wait()
        if options["dry_run"]:
            report = {"waiting": waiting, "needed": keys.still_needed(), "dry_run": True}
            self.report(report, f"{waiting} wait to be sealed with {crypto.current_key_id()}.", as_json=options["json"])
            return
        outcome = keys.rotate(actor=operator(), renewing=partial(self._renew, waiting, options["processes"]))
        report = {"renewed": outcome.renewed, "unreadable": outcome.unreadable, "needed": outcome.needed}
        self.report(report, _in_words(outcome), as_json=options["json"])
        if outcome.unreadable:
            raise SystemExit(1)

    def _renew(self, waiting: int, processes: int, portions: Iterator[keys.Portion]) -> Iterator[keys.Renewed]:
        size = attrgetter("looked_at")
        return self.shared(keys.renew, portions, waiting, "secrets", size=size, processes=processes)


def _in_words(outcome: keys.Outcome) -> str:
    lines = [f"{outcome.renewed} sealed with {crypto.current_key_id()}."]
    lines += [f"cannot be opened: {name}" for name in outcome.unreadable]
    lines += [f"{key} is still needed for: {', '.join(what)}" for key, what in outcome.needed.items()]
    return "\n".join(lines)
