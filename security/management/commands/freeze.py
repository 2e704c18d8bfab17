"""Freezes an account: nobody gets in until it is thawed, or the freeze ends by itself."""

from typing import Any

from security.conf import conf
from security.flows import freezes
from security.management.operating import OperatorCommand, operator
from security.refusals import lifetime

EXAMPLES = """
examples:
  manage.py freeze robin@example.com --reason "case 1f0c: the owner says that somebody else is in"

It ends every session, all trust in browsers, and every attempt that is under way. `unlock --thaw` opens it again.

exit codes: 0 frozen, 1 refused (the reason is on standard error), 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Lets nobody into an account for a while. The owner is told."
    examples = EXAMPLES
    touches_an_account = True

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        person = self.person(email)
        is_new = freezes.begin(person, reason=reason, actor=operator())
        report = {"email": person.email, "frozen": True, "was_frozen": not is_new}
        words = (
            f"{person.email} is frozen for {lifetime(conf.FREEZE)}."
            if is_new
            else f"{person.email} was frozen already."
        )
        self.report(report, words, as_json=options["json"])
