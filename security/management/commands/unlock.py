"""Lets somebody try again who has to wait after wrong answers, and opens a frozen account."""

from typing import Any

from django.core.management.base import CommandParser

from security.flows import freezes, limits
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py unlock robin@example.com --reason "case 1f0c: mistyped the code"
  manage.py unlock robin@example.com --thaw --reason "case 1f0c: the owner was called back"

Nothing is switched off: the second factor is asked for as before. The wrong answers stay on record.

exit codes: 0 done, 1 there is no such account, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Ends the waits after wrong passwords and codes; with --thaw, a freeze as well. The owner is told."
    examples = EXAMPLES
    touches_an_account = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--thaw", action="store_true", help="open a frozen account too")

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        person = self.person(email)
        closed = limits.lift(person, reason=reason, actor=operator())
        was_frozen = options["thaw"] and self.accept(freezes.thaw(person, reason=reason, actor=operator()))
        said = [f"had to wait: {', '.join(closed) or 'nothing'}", *(["was frozen"] if was_frozen else [])]
        report = {"email": person.email, "lifted": closed, "thawed": was_frozen}
        self.report(report, f"{person.email} can try again ({'; '.join(said)}).", as_json=options["json"])
