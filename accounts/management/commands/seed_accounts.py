"""Makes many pretend accounts, to see how a big site behaves. Never in production."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from security import crypto
from security.management.operating import OperatorCommand
from security.models import Authenticator, SecurityProfile

AT_ONCE = 2000
PASSWORD = "correct horse battery staple"  # noqa: S105
EXAMPLES = """
examples:
  manage.py seed_accounts 1000000

They are called person-1@example.com and so on; four of five have a device. The password of all is the demo's. Refused
by production settings.

exit codes: 0 made, 1 refused, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Makes pretend accounts with and without devices."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="how many")
        super().add_arguments(parser)

    def handle(self, *args: Any, number: int, **options: Any) -> None:
        if not settings.MAY_BE_SEEDED:
            raise CommandError("These settings are a real site's. Pretend accounts have no place there.")
        if number < 1:
            raise CommandError("Give a number from 1 on.", returncode=2)
        first = User.objects.filter(email__startswith="person-").count() + 1
        hashed = make_password(PASSWORD)
        numbers = self.counted(range(first, first + number), number, "accounts")
        for some in batched(numbers, AT_ONCE):
            _make(some, hashed)
        self.report({"made": number}, f"{number} accounts made.", as_json=options["json"])


@transaction.atomic
def _make(numbers: tuple[int, ...], hashed: str) -> None:
    people = User.objects.bulk_create(
        User(email=f"person-{number}@example.com", name=f"Person {number}", password=hashed) for number in numbers
    )
    SecurityProfile.objects.bulk_create(SecurityProfile(person=person) for person in people)
    Authenticator.objects.bulk_create(_devices(people))


def _devices(people: list[User]) -> Iterator[Authenticator]:
    for person in people:
        if person.pk % 5:
            device = Authenticator(user=person, name="Phone", last_step=-1, proof="mailed_code")
            device.seal(crypto.totp_secret())
            yield device
