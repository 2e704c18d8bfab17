"""After a backup was restored: lets nothing live again that was revoked since it was made."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, TextIO

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.flows import after_restore
from accounts.models import User
from security.management.operating import OperatorCommand, operator
from security.models import SecurityProfile, Session

EXAMPLES = """
examples:
  manage.py after_restore --log site.log --log site.log.1 --reason "disk of db1, restored to 3 May 04:00" --dry-run
  zcat site.log.*.gz | manage.py after_restore --log - --reason "disk of db1"
  manage.py after_restore --without-log --reason "disk of db1, and of the log"

Run it before anybody is let in, see docs/runbooks.md. Everybody is signed out; whoever's record goes on in the log
after its end in the database keeps nothing that was ended after the backup, and is told. Run again it finds what it
did not finish. Without the log everybody pairs every device anew at the next sign-in.

exit codes: 0 done, 1 a log cannot be read, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Lets nothing live again that was revoked after the backup from which the database was restored."
    examples = EXAMPLES
    wants_a_reason = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--log", action="append", metavar="FILE", help="of the site, since the backup; - is standard input"
        )
        which.add_argument("--without-log", action="store_true", help="there is none any more")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")

    def handle(self, *args: Any, reason: str, log: list[str] | None, dry_run: bool, **options: Any) -> None:
        lost = after_restore.lost(self._lines(log)) if log else {}
        people = list(User.objects.filter(pk__in=lost).order_by("pk"))
        ended = Session.objects.count()
        if not dry_run:
            self._do(people, lost, reason)
        if options["without_log"] and not dry_run:
            SecurityProfile.objects.filter(replace_before=None).update(replace_before=timezone.now())
        look_at = {person.email: sorted(lost[person.pk].kinds & after_restore.LOOKED_AT) for person in people}
        look_at = {email: kinds for email, kinds in look_at.items() if kinds}
        data = {"people": len(people), "sessions": ended, "look_at": look_at, "dry_run": dry_run}
        self.report(data, self._words(data), as_json=options["json"])

    def _do(self, people: list[User], lost: dict[int, after_restore.Lost], reason: str) -> None:
        after_restore.end_everything(reason=reason, actor=operator(), people=len(people))
        for person in self.counted(people, len(people), "people"):
            person.refresh_from_db()
            after_restore.revoke_again(person, lost[person.pk], reason=reason, actor=operator())

    def _lines(self, names: list[str]) -> Iterator[str]:
        with ExitStack() as stack:
            for name in names:
                try:
                    file: TextIO = stack.enter_context(open(0 if name == "-" else name, errors="replace"))
                except OSError as error:
                    raise CommandError(f"{name}: {error.strerror}") from error
                yield from file

    def _words(self, data: dict[str, Any]) -> str:
        would = "would be" if data["dry_run"] else "were"
        lines = [f"{data['sessions']} sessions {would} ended; something was lost of {data['people']} people."]
        lines += [f"to be looked at: {email}: {', '.join(kinds)}" for email, kinds in data["look_at"].items()]
        return "\n".join(lines)
