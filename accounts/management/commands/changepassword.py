"""Django's command, made safe: it ends every session and all trust, and its owner is told."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from accounts.flows import password
from accounts.management import passwords
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py changepassword robin@example.com --reason "case 1f0c: no mailbox any more"
  manage.py changepassword robin@example.com --reason "case 1f0c" --password-stdin < password.txt

Better let people choose one themselves: "Forgot your password?" is on the sign-in page. A second factor is asked for as
before, and for a week no device is replaced with a mailed code.

exit codes: 0 changed, 1 refused (the reason is on standard error), 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Gives an account another password. Every session ends, and the owner is told."
    examples = EXAMPLES
    touches_an_account = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        person = self.person(email)
        try:
            new = passwords.read(from_stdin=options["password_stdin"])
            password.assign(person, new, reason=reason, actor=operator())
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        words = f"{person.email} has another password, and was signed out everywhere."
        self.report({"email": person.email, "changed": True}, words, as_json=options["json"])
