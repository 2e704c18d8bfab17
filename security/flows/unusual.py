"""What is unusual about a sign-in, and worth a notice to its owner (ASVS 6.3.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from security.actor import Actor
from security.conf import conf
from security.flows import known_browsers
from security.models import Event, Kind
from security.person import Person
from security.prepared import Prepared, moment, number, text

MANY_FAILURES = 5
DAY = timedelta(days=1)
FAILURES = (Kind.PASSWORD_REFUSED, Kind.AUTHENTICATOR_CODE_REFUSED, Kind.RECOVERY_CODE_REFUSED, Kind.PASSKEY_REFUSED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The sign-ins before this one: when the last was, and how many came from a browser that calls itself the same."""

    last_at: datetime | None
    alike: int


def signs(person: Person, browser: known_browsers.Remembered, *, factor: str, actor: Actor) -> dict[str, Any]:
    """What an event of this sign-in says beside the usual. Asked before the sign-in is recorded."""
    earlier = _earlier(person, actor)
    found = {
        "is_new_browser": factor != "trusted_browser" and _is_new(browser, earlier),
        "after_failures": _failures(person, earlier) >= MANY_FAILURES,
        "after_long": _was_away(earlier),
    }
    return {sign: True for sign, is_there in found.items() if is_there}


def _earlier(person: Person, actor: Actor) -> Earlier:
    return Earlier(*(EARLIER.first(person=person.pk, browser=actor.browser) or (None, 0)))


def _starts() -> QuerySet[Event, tuple[Any, ...]]:
    rows = Event.objects.filter(person_id=number("person"), kind=Kind.SESSION_STARTED).values("person_id")
    alike = Count("pk", filter=Q(browser=text("browser")))
    return rows.annotate(last_at=Max("at"), alike=alike).values_list("last_at", "alike")


EARLIER = Prepared(_starts)


def _is_new(browser: known_browsers.Remembered, earlier: Earlier) -> bool:
    """A browser is recognised by its token; where no browser is, as with a password alone, by what it calls itself."""
    if browser.has_any:
        return not browser.is_this_one
    return earlier.last_at is not None and not earlier.alike


def _failures(person: Person, earlier: Earlier) -> int:
    """How many wrong answers there were since the last sign-in, in a day at the most; what is many ends the count."""
    since = timezone.now() - DAY
    if earlier.last_at is not None:
        since = max(since, earlier.last_at)
    return len(FAILED.all(person=person.pk, since=since))


def _failed() -> QuerySet[Event, tuple[int]]:
    rows = Event.objects.filter(person_id=number("person"), kind__in=FAILURES, at__gt=moment("since"))
    return rows.values_list("pk")[:MANY_FAILURES]


FAILED = Prepared(_failed)


def _was_away(earlier: Earlier) -> bool:
    long_ago = timezone.now() - timedelta(seconds=conf.LONG_IDLE)
    return earlier.last_at is not None and earlier.last_at < long_ago
