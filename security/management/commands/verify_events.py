"""Reads the chains of the record, and says where one is broken."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, NamedTuple

from django.core.management.base import CommandParser
from django.db import transaction
from django.db.models import Q

from security import chain
from security.management.operating import OperatorCommand
from security.models import SecurityProfile

AT_ONCE, LAST = 500, 2**63 - 1
EXAMPLES = """
examples:
  manage.py verify_events                       everybody's record
  manage.py verify_events robin@example.com     one account's

exit codes: 0 every chain is whole, 1 one is broken or there is no such account, 2 wrong usage
"""


class People(NamedTuple):
    """Everybody from one key to another, whoever it is."""

    first: int
    last: int


class Looked(NamedTuple):
    """How many chains were read, and where some are broken."""

    checked: int
    broken: dict[int, int]


class Command(OperatorCommand):
    help = "Finds events that were changed, put in or taken away. Changes nothing."
    examples = EXAMPLES
    shares_its_work = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="", help="the address of one account")
        super().add_arguments(parser)

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        one = self.person(email).pk if email else None
        people = iter([People(one, one)]) if one else _everybody()
        total = 1 if one else SecurityProfile.objects.count()
        size = attrgetter("checked")
        checked, found = 0, dict[int, int]()
        for looked in self.shared(look, people, total, "people", size=size, processes=options["processes"]):
            checked += looked.checked
            found |= looked.broken
        broken = dict(sorted(found.items()))
        lines = [
            f"person {person}: event {place} was changed, put in or taken away" for person, place in broken.items()
        ]
        words = "\n".join([*lines, f"{checked} chains read, {len(broken)} broken."])
        self.report({"checked": checked, "broken": broken}, words, as_json=options["json"])
        if broken:
            raise SystemExit(1)


def _everybody() -> Iterator[People]:
    """Some people at a time, and between them and after them whoever has events and no profile any more."""
    first, rows = 1, SecurityProfile.objects.order_by("person_id").values_list("person_id", flat=True)
    while first <= LAST:
        keys = list(rows.filter(person_id__gte=first)[:AT_ONCE])
        last = keys[-1] if len(keys) == AT_ONCE else LAST
        yield People(first, last)
        first = last + 1


def look(people: People) -> Looked:
    """Read the chains of these people. One that looks broken is read again with its person's record held still:
    somebody may be adding to it.
    """
    first = chain.first_breaks(Q(person_id__gte=people.first, person_id__lte=people.last))
    again = {person_id: _break_held_still(person_id) for person_id, place in first.items() if place is not None}
    return Looked(len(first), {person_id: place for person_id, place in again.items() if place is not None})


@transaction.atomic
def _break_held_still(person_id: int) -> int | None:
    SecurityProfile.objects.select_for_update().filter(person_id=person_id).first()
    return chain.first_break(person_id)
