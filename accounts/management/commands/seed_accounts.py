"""Makes many pretend accounts, to see how a big site behaves. Never in production."""

import re
from argparse import ArgumentTypeError
from collections.abc import Iterator
from itertools import batched, count, islice
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from accounts.management import pretend
from accounts.models import User
from security.conf import conf
from security.management.operating import OperatorCommand, whole_number
from security.models import Authenticator, Event, SecurityProfile, Session

AT_ONCE = 500
PASSWORD = "correct horse battery staple"  # noqa: S105
ADDRESS = re.compile(r"person-([1-9][0-9]*)@example\.com", re.IGNORECASE)
EXAMPLES = """
examples:
  manage.py seed_accounts 1000
  manage.py seed_accounts 1000000 --events 10 --sessions 1      a big site: millions of events, in minutes
  manage.py seed_accounts 1000 --without-device 0.2             one of five has no device

They are called person-1@example.com and so on, and the password of all is the demo's. Each has a device, a past of
thirteen months in its record, and a browser that is signed in. Nobody is told of anything. Run it again and it goes on
with the numbers that are free, after it was killed as well. Refused by production settings.

exit codes: 0 made, 1 refused, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Makes pretend accounts with devices, events and sessions."
    examples = EXAMPLES
    shares_its_work = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="how many")
        parser.add_argument("--events", type=whole_number(0, 1000), default=10, help="in the record of each (10)")
        parser.add_argument("--sessions", type=whole_number(0, conf.SESSIONS), default=1, help="of each (1)")
        parser.add_argument("--without-device", type=_share, default=0, metavar="SHARE", help="of all, 0 to 1 (0)")
        super().add_arguments(parser)

    def handle(self, *args: Any, number: int, **options: Any) -> None:
        if not settings.MAY_BE_SEEDED:
            raise CommandError("These settings are a real site's. Pretend accounts have no place there.")
        if number < 1:
            raise CommandError("Give a number from 1 on.", returncode=2)
        each = {name: options[name] for name in ("events", "sessions", "without_device")}
        hashed = make_password(PASSWORD)
        wanted = (pretend.Wanted(some, hashed, **each) for some in batched(islice(_free(), number), AT_ONCE))
        made = sum(self.shared(pretend.make, wanted, number, "accounts", size=int, processes=options["processes"]))
        _analyze()
        self.report({"made": made}, f"{made} accounts made.", as_json=options["json"])


def _free() -> Iterator[int]:
    """The numbers that no account has, from 1 on: those that a killed run left out come first."""
    addresses = User.objects.filter(email__istartswith="person-").values_list("email", flat=True)
    found = map(ADDRESS.fullmatch, addresses.iterator())
    taken = {int(match[1]) for match in found if match}
    return (number for number in count(1) if number not in taken)


def _analyze() -> None:
    """Let the planner know at once how big the tables have become."""
    tables = ", ".join(model._meta.db_table for model in (User, Authenticator, Event, SecurityProfile, Session))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def _share(text: str) -> float:
    try:
        if 0 <= (share := float(text)) <= 1:
            return share
    except ValueError:
        pass
    raise ArgumentTypeError(f"{text!r} is no share of all, such as 0.2")
