"""Signs one person out everywhere, or everybody."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser
from django.db.models import Q
from django.utils import timezone

from security.conf import conf
from security.flows import sessions
from security.management.operating import OperatorCommand, operator
from security.models import Session, TrustedBrowser

EXAMPLES = """
examples:
  manage.py end_sessions robin@example.com --reason "case 1f0c: a laptop was stolen"
  manage.py end_sessions --all --dry-run --reason "breach of 3 May"
  manage.py end_sessions --all --reason "breach of 3 May"

With --all, those who are signed in nowhere and trust no browser are left alone, so it can be stopped and run again.

exit codes: 0 done, 1 there is no such account, 2 wrong usage
"""


class Command(OperatorCommand):
    help = "Ends every session of an account, and all trust in its browsers. The owner is told."
    examples = EXAMPLES
    touches_an_account = takes_everybody = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="everybody who is signed in")
        parser.add_argument("--dry-run", action="store_true", help="say how many sessions would end, and end none")

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        one = self.whom(email, everybody=options["all"])
        everybody = _everybody()
        total = everybody.count() if options["all"] else 1
        people = everybody.order_by("pk").iterator() if options["all"] else [one]
        ended = 0
        for person in self.counted(people, total, "people"):
            if options["dry_run"]:
                ended += sessions.how_many(person)
            else:
                ended += sessions.end_all(person, reason=reason, actor=operator())
        words = f"{ended} {'would end' if options['dry_run'] else 'ended'}."
        self.report({"people": total, "sessions": ended, "dry_run": options["dry_run"]}, words, as_json=options["json"])


def _everybody() -> Any:
    """Whoever may be signed in somewhere, or trusts a browser."""
    since = timezone.now() - timedelta(seconds=conf.SESSION_LIFETIME)
    seen = Session.objects.filter(person__isnull=False, last_seen_at__gt=since).values("person")
    trusting = TrustedBrowser.objects.live().values("person")
    return get_user_model()._default_manager.filter(Q(pk__in=seen) | Q(pk__in=trusting))
