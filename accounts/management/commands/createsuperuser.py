"""Django's command, made safe: an administrator whose owner is told, and who pairs a device before anything else."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from accounts.flows import accounts
from accounts.management import passwords
from security.management.operating import OperatorCommand, operator

EXAMPLES = """
examples:
  manage.py createsuperuser --email sam@example.com
  manage.py createsuperuser --email sam@example.com --invite
  manage.py createsuperuser --email sam@example.com --password-stdin < password.txt

The account opens nothing in /admin/ before it has a second factor: at the first sign-in it is led to set one up.

exit codes: 0 made, 1 refused (the reason is on standard error), 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Makes an administrator, and tells them by mail."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="", help="the address, which is the name to sign in with")
        parser.add_argument("--name", default="", help="what the person is called")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        password.add_argument("--invite", action="store_true", help="mail the owner a link to choose a password")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="ask nothing; needs --email")
        super().add_arguments(parser)

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        email = email or self._ask_for_address(options["noinput"])
        if options["noinput"] and not (options["invite"] or options["password_stdin"]):
            raise CommandError("With --noinput, use --invite or --password-stdin.", returncode=2)
        password = None if options["invite"] else passwords.read(from_stdin=options["password_stdin"])
        said = {"name": options["name"], "is_staff": True, "is_superuser": True}
        try:
            account = accounts.create(email, password, actor=operator(), **said)
        except accounts.AddressTaken:
            raise CommandError(f"{email} has an account already.") from None
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        words = f"{account.email} is an administrator, and sets up a device at the first sign-in."
        report = {"email": account.email, "superuser": True, "invited": options["invite"]}
        self.report(report, words, as_json=options["json"])

    def _ask_for_address(self, is_silent: bool) -> str:
        if is_silent:
            raise CommandError("With --noinput, use --email.", returncode=2)
        return input("E-mail address: ")
