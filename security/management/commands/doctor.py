"""Looks at every part that the site needs, and says in one line each what is wrong."""

from dataclasses import asdict
from typing import Any

from security.management import doctor
from security.management.operating import OperatorCommand

EXAMPLES = """
examples:
  manage.py doctor
  manage.py doctor --json

It looks at the database, its migrations, the cache, the broker, a worker, the mail server, mails that wait, the
keyring, the clock, and whom we believe where people come from. It prints no credential.

exit codes: 0 all is well, 1 something is not, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Examines the parts around the site."
    examples = EXAMPLES
    requires_system_checks: list[str] = []  # what a check would stop at is what this is asked to explain

    def handle(self, *args: Any, **options: Any) -> None:
        findings = doctor.examine()
        lines = (f"{'ok' if one.is_well else 'TROUBLE':<9}{one.what:<14}{one.seen}" for one in findings)
        self.report([asdict(one) for one in findings], "\n".join(lines), as_json=options["json"])
        if not all(one.is_well for one in findings):
            raise SystemExit(1)
