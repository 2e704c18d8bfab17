"""Takes over the devices of django-otp's own table, for sites that move to Rekey within one database."""

from binascii import Error as NotHex
from binascii import unhexlify
from collections import defaultdict
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from security.flows import importing
from security.management.operating import OperatorCommand, operator
from security.models import Authenticator

TABLE = "otp_totp_totpdevice"
EXAMPLES = """
examples:
  manage.py import_totp_devices --dry-run        who would be taken over, and who not
  manage.py import_totp_devices

It reads confirmed rows of otp_totp_totpdevice. If that table refers to our accounts, they are theirs; if it refers to
another table of users, the accounts with the same e-mail addresses. An account that has a device here is left alone,
so it can be stopped and run again. The old table is not changed: drop it when you are done.

exit codes: 0 done, 1 some could not be taken over or there is no such table, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Takes over authenticators from django-otp's TOTPDevice. People keep their phones, and are told."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and take over nothing")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        found, left = _by_account(_rows())
        taken = 0
        for person, devices in self.counted(found.items(), len(found), "people"):
            left += [f"{person.email}: {device.trouble}" for device in devices if device.trouble]
            if not options["dry_run"]:
                taken += len(importing.take_over(person, devices, actor=operator()))
            elif not Authenticator.objects.of(person).exists():
                taken += len([device for device in devices if not device.trouble])
        report = {"people": len(found), "devices": taken, "left": left, "dry_run": options["dry_run"]}
        words = [*left, f"{taken} devices {'would be' if options['dry_run'] else 'were'} taken over."]
        self.report(report, "\n".join(words), as_json=options["json"])
        if left:
            raise SystemExit(1)


def _by_account(rows: list[dict[str, Any]]) -> tuple[dict[Any, list[importing.Found]], list[str]]:
    """The devices of each of our accounts, and what is left over."""
    people = get_user_model()._default_manager
    found: dict[Any, list[importing.Found]] = defaultdict(list)
    known: dict[Any, Any] = {}
    left = []
    ids: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        ids[_folded(row["whose"])].add(row["user_id"])
    for row in rows:
        whose = row["whose"]
        if len(ids[_folded(whose)]) > 1:
            left.append(f"{whose}: more than one account of the other site has this address")
            continue
        if whose not in known:
            known[whose] = people.filter(**({"pk": whose} if row["is_ours"] else {"email__iexact": whose})).first()
        try:
            secret = unhexlify(row["key"])
        except (NotHex, ValueError):
            left.append(f"{whose}: its key is not hexadecimal")
            continue
        if known[whose] is None:
            left.append(f"{whose}: has no account here")
            continue
        said = {name: row[name] for name in ("step", "t0", "digits")}
        found[known[whose]].append(importing.Found(row["name"], secret, row["last_t"], **said))
    return found, left


def _folded(whose: Any) -> Any:
    return whose.strip().lower() if isinstance(whose, str) else whose


def _rows() -> list[dict[str, Any]]:
    """The confirmed rows, each with whose it is: an id of ours, or an address."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            raise CommandError(f"There is no table {TABLE} in this database.")
        column, users = connection.introspection.get_relations(cursor, TABLE).get("user_id", ("", ""))[:2]
        is_ours = users == get_user_model()._meta.db_table
        if not users:
            raise CommandError(f"{TABLE}.user_id refers to no table, so nobody can tell whose the devices are.")
        there = {row.name for row in connection.introspection.get_table_description(cursor, users)}
        if not is_ours and "email" not in there:
            raise CommandError(f"{users} has no column email, so nobody can tell whose the devices are.")
        active = "AND u.is_active" if not is_ours and "is_active" in there else ""
        whose = "d.user_id" if is_ours else "u.email"
        join = "" if is_ours else f"JOIN {quote(users)} u ON u.{quote(column)} = d.user_id"
        columns = "d.user_id, d.name, d.key, d.step, d.t0, d.digits, d.last_t"
        rows = f"{quote(TABLE)} d {join} WHERE d.confirmed {active} ORDER BY d.id"
        cursor.execute(f"SELECT {whose}, {columns} FROM {rows}")  # noqa: S608
        names = ("whose", "user_id", "name", "key", "step", "t0", "digits", "last_t")
        return [dict(zip(names, row, strict=True)) | {"is_ours": is_ours} for row in cursor.fetchall()]
