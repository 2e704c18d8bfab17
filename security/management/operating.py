"""What the commands of operators share: who runs them, why, for whom, and how they report."""

import getpass
import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_date
from tqdm import tqdm

from security.actor import Actor
from security.management.examples import CommandWithExamples
from security.management.processes import share
from security.refusals import Refusal

REASON_AT_MOST = 300
PROCESSES = 2
WORTH_SHARING = 5000  # less is done before another process has begun


def operator() -> Actor:
    """Whoever runs this, by the name the operating system knows."""
    try:
        return Actor.operator(getpass.getuser())
    except (KeyError, OSError):  # a container may run under a number that has no name
        return Actor.operator(f"uid {os.getuid()}")


class OperatorCommand(CommandWithExamples):
    """A command with `--json`; with `touches_an_account`, also with an address and a reason, which is recorded; with
    `shares_its_work`, with the number of processes that do it.
    """

    touches_an_account = wants_a_reason = False
    takes_everybody = False
    shares_its_work = False

    def add_arguments(self, parser: CommandParser) -> None:
        if self.touches_an_account:
            many = {"nargs": "?", "default": ""} if self.takes_everybody else {}
            parser.add_argument("email", help="the address of the account", **many)  # type: ignore[arg-type]
        if self.touches_an_account or self.wants_a_reason:
            parser.add_argument(
                "--reason", required=True, type=_reason, help="why; it is recorded, and shown to nobody"
            )
        if self.shares_its_work:
            said = f"how many share the work ({PROCESSES})"
            parser.add_argument("--processes", type=whole_number(1, 32), default=PROCESSES, help=said)
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def person(self, email: str) -> Any:
        """The account of this address, in whatever case."""
        people = get_user_model()._default_manager.select_related("security_profile")
        person = people.filter(email__iexact=email.strip()).first()
        if person is None:
            raise CommandError(f"No account has the address {email}.")
        return person

    def whom(self, email: str, *, everybody: bool) -> Any:
        """The account of this address, or None for everybody. Giving both or neither is wrong usage."""
        if bool(email) is everybody:
            raise CommandError("Give an address, or --all.", returncode=2)
        return None if everybody else self.person(email)

    def accept(self, outcome: Any) -> Any:
        """What a flow returned, unless it refused."""
        if isinstance(outcome, Refusal):
            raise CommandError(str(outcome))
        return outcome

    def report(self, data: Any, words: str, *, as_json: bool) -> None:
        """One line of JSON, or words."""
        self.stdout.write(json.dumps(data) if as_json else words)

    def counted[Thing](
        self, things: Iterable[Thing], total: int, what: str, *, size: Callable[[Thing], int] = lambda thing: 1
    ) -> Iterator[Thing]:
        """These things, with a bar on a terminal that says how far it is; `size` is how many one of them stands for."""
        with tqdm(desc=what, total=total, file=sys.stderr, disable=None, leave=False) as bar:
            for thing in things:
                yield thing
                bar.update(size(thing))

    def shared[Job, Done](
        self,
        work: Callable[[Job], Done],
        jobs: Iterable[Job],
        total: int,
        what: str,
        *,
        size: Callable[[Done], int],
        processes: int,
    ) -> Iterator[Done]:
        """What `work` returns for each job, with the same bar. Several processes share it where there is much to do."""
        done = share(work, jobs, processes=processes if total >= WORTH_SHARING else 1)
        yield from self.counted(done, total, what, size=size)


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """A number in these bounds, for argparse."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ArgumentTypeError(f"{text!r} is no number from {lowest} to {highest}")
        return int(text)

    return read


def day(text: str) -> datetime:
    """The beginning of a day (UTC), for argparse. Raises ArgumentTypeError for what is none."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no day, such as 2027-01-15")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _reason(text: str) -> str:
    """Raises ValueError for an empty reason: argparse makes that a usage error."""
    if not text.strip() or len(text) > REASON_AT_MOST:
        raise ValueError
    return text.strip()


_reason.__name__ = f"reason (1 to {REASON_AT_MOST} signs)"
