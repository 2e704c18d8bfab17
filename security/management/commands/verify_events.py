"""Reads the chains of the record, and says where one is broken."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from security import chain
from security.management.operating import OperatorCommand
from security.models import SecurityProfile

EXAMPLES = """
examples:
  manage.py verify_events                       everybody's record
  manage.py verify_events robin@example.com     one account's

exit codes: 0 every chain is whole, 1 one is broken or there is no such account, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Finds events that were changed, put in or taken away. Changes nothing."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="", help="the address of one account")
        super().add_arguments(parser)

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        profiles = SecurityProfile.objects.order_by("person_id")
        if email:
            profiles = profiles.filter(person=self.person(email))
        people = profiles.values_list("person_id", flat=True).iterator()
        checked, broken = 0, {}
        for person_id in self.counted(people, profiles.count(), "people"):
            checked += 1
            if place := _break_of(person_id):
                broken[person_id] = place
        lines = [
            f"person {person}: event {place} was changed, put in or taken away" for person, place in broken.items()
        ]
        words = "\n".join([*lines, f"{checked} chains read, {len(broken)} broken."])
        self.report({"checked": checked, "broken": broken}, words, as_json=options["json"])
        if broken:
            raise SystemExit(1)


def _break_of(person_id: int) -> int | None:
    """Looked at twice, the second time with the person's record held still: somebody may be adding to it."""
    if chain.first_break(person_id) is None:
        return None
    with transaction.atomic():
        SecurityProfile.objects.select_for_update().get(person_id=person_id)
        return chain.first_break(person_id)
