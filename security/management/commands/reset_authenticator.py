"""Has a link sent with which somebody who lost everything but the password pairs a new device (row 7)."""

from typing import Any

from security import rules
from security.conf import conf
from security.flows import assisted
from security.management.operating import OperatorCommand, operator
from security.refusals import lifetime

EXAMPLES = """
examples:
  manage.py reset_authenticator robin@example.com --reason "case 1f0c: lost the phone, called back at the known number"

The link goes to the addresses that the account has had for seven days. It asks for the password, and the new device
takes over after a wait; every address is told, and may say no. Nothing is switched off.

exit codes: 0 the link is on its way, 1 refused (the reason is on standard error), 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Mails the owner a link to pair a new device. It hands out neither a code nor a way around one."
    examples = EXAMPLES
    touches_an_account = True

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        person = self.person(email)
        self.accept(assisted.start(person, assisted.Grounds(reason), actor=operator()))
        hold = rules.of(person).hold_risk
        addresses = len(person.seasoned_addresses())
        report = {"email": person.email, "addresses": addresses, "hold": hold}
        wait = f"The new device takes over after {lifetime(hold)}." if hold else "There is no wait."
        words = f"A link for {person.email} is on its way, good for {lifetime(conf.ASSISTED_LINK_LIFETIME)}. {wait}"
        self.report(report, words, as_json=options["json"])
