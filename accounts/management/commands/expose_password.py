"""Says that others may know somebody's password: it opens nothing more before there is another one."""

from typing import Any

from accounts.flows import password
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py expose_password robin@example.com --reason "it was on a list of 3 May"

Every session ends. With a device, the owner signs in and chooses another password before anything else; without one,
"Forgot your password?" is the way.

exit codes: 0 done, 1 there is no such account, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Lets a password open nothing by itself, because others may know it. The owner is told."
    examples = EXAMPLES
    touches_an_account = True

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        person = self.person(email)
        password.expose(person, reason=reason, actor=operator())
        words = f"The password of {person.email} opens nothing by itself any more."
        self.report({"email": person.email, "exposed": True}, words, as_json=options["json"])
