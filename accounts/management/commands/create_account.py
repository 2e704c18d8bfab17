"""Makes an account and tells its owner by mail. The password comes from a prompt, standard input, or its owner."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import get_supported_language_variant

from accounts.flows import accounts
from accounts.management import passwords
from security.management.examples import CommandWithExamples
from security.management.operating import operator

EXAMPLES = """
examples:
  manage.py create_account robin@example.com --name "Robin Doe"
  manage.py create_account robin@example.com --invite
  manage.py create_account sam@example.com --staff --password-stdin < password.txt

exit codes: 0 made, 1 refused (the reason is on standard error), 2 wrong usage
"""


class Command(CommandWithExamples):
    help = "Makes an account that can sign in, and tells its owner by mail."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address, which is the name to sign in with")
        parser.add_argument("--name", default="", help="what the person is called")
        parser.add_argument(
            "--language",
            default="",
            help="language of their pages and mails (what their browser asks for at the first sign-in)",
        )
        parser.add_argument("--staff", action="store_true", help="a member of staff")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        password.add_argument("--invite", action="store_true", help="mail the owner a link to choose a password")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            account = accounts.create(
                email,
                None if options["invite"] else passwords.read(from_stdin=options["password_stdin"]),
                actor=operator(),
                name=options["name"],
                language=options["language"] and get_supported_language_variant(options["language"]),
                is_staff=options["staff"],
            )
        except LookupError:
            raise CommandError(f"This site does not speak {options['language']}.") from None
        except accounts.AddressTaken:
            raise CommandError(f"{email} has an account already.") from None
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        report = {
            "email": account.email,
            "staff": account.is_staff,
            "language": account.language or settings.LANGUAGE_CODE,
        }
        report["invited"] = options["invite"]
        words = "is invited by mail" if options["invite"] else "can sign in now"
        self.stdout.write(json.dumps(report) if options["json"] else f"{account.email} {words}.")
