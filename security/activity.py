"""What happened to an account, as its owner reads it: the record in words, the newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import QuerySet, Value
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from security import links, words
from security.actor import Role
from security.conf import conf
from security.models import Authenticator, Event, Kind, Passkey, Session
from security.models.event import EventQuerySet
from security.person import Person
from security.prepared import Prepared, moment, number

LINES = 30
LATEST = 5
LONGEST_POSITION = 9  # digits: nobody's record is longer


class Show(StrEnum):
    """What is shown of the record."""

    ALL = ""
    SIGN_INS = "sign-ins"
    CHANGES = "changes"
    REFUSED = "refused"


# Where each kind belongs; what is QUIET says nothing that the lines beside it do not say better.
SIGN_INS = {
    Kind.SESSION_STARTED,
    Kind.SESSION_ENDED,
    Kind.SESSIONS_ENDED,
    Kind.STEP_UP_PASSED,
    Kind.RECOVERY_CODE_USED,
    Kind.BROWSER_TRUSTED,
    Kind.BROWSER_DISTRUSTED,
    Kind.BROWSERS_DISTRUSTED,
    Kind.BROWSER_COPIED,
}
REFUSED = {
    Kind.PASSWORD_REFUSED,
    Kind.AUTHENTICATOR_CODE_REFUSED,
    Kind.VERIFICATION_CODE_REFUSED,
    Kind.RECOVERY_CODE_REFUSED,
    Kind.PASSKEY_REFUSED,
    Kind.PASSKEY_COPIED,
    Kind.LIMIT_REACHED,
}
QUIET = {Kind.PASSWORD_CONFIRMED, Kind.ENROLLMENT_SUPERSEDED}
CHANGES = set(Kind) - SIGN_INS - REFUSED - QUIET
KINDS = {Show.SIGN_INS: SIGN_INS, Show.CHANGES: CHANGES, Show.REFUSED: REFUSED}


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words. `is_here` says that it looks like the browser in which it is read, no more."""

    event: Event
    title: str
    said: list[str]
    by: str
    icon: str
    is_new_browser: bool
    is_here: bool
    is_this_session: bool

    @property
    def text(self) -> str:
        """All that is said of it, on one line."""
        return capfirst(" · ".join(filter(None, [self.by, *self.said])))

    @property
    def at(self) -> str:
        """When it was, by the clock of whoever reads, for programs (RFC 3339)."""
        return timezone.localtime(self.event.at).isoformat(timespec="seconds")

    @property
    def refusal(self) -> str:
        """What the address ends in with which the owner says that this was not them."""
        return links.refusal(self.event)

    @property
    def is_theirs(self) -> bool:
        """Whether browser and network address are the owner's, or of whoever acted as them."""
        return self.event.actor == Role.SELF


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and the place in the record after which older ones are found."""

    lines: list[Line]
    older: int | None


def page_of(person: Person, *, show: Show = Show.ALL, before: int | None = None, here: Session | None = None) -> Page:
    """What this person reads of the last 90 days, older than the place `before`."""
    found = list(_record(person, show, before)[: LINES + 1])
    shown = found[:LINES]
    return Page(_lines(person, shown, here), shown[-1].position if len(found) > LINES else None)


def latest(person: Person) -> list[Line]:
    """The last few lines without their details, at the price of one statement."""
    since = timezone.now() - timedelta(seconds=conf.ACTIVITY_SHOWN)
    return [_line(event, None, None) for event in NEWEST.all(person=person.pk, since=since)]


def _newest() -> QuerySet[Event]:
    rows = Event.objects.filter(person_id=number("person"), at__gte=moment("since")).exclude(kind__in=QUIET)
    return rows.order_by("-position")[:LATEST]


NEWEST = Prepared(_newest)


def shown(text: str) -> Show:
    """The part of the record that somebody asked for; all of it where that is no part."""
    return Show(text) if text in Show else Show.ALL


def place(text: str) -> int | None:
    """The place in the record that somebody asked for; none where that is no place."""
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION
    return int(text) if is_number else None


def _record(person: Person, show: Show, before: int | None) -> EventQuerySet:
    since = timezone.now() - timedelta(seconds=conf.ACTIVITY_SHOWN)
    rows = Event.objects.filter(person_id=person.pk, at__gte=since)
    rows = rows.filter(kind__in=KINDS[show]) if show in KINDS else rows.exclude(kind__in=QUIET)
    if before is not None:
        rows = rows.filter(position__lt=before)
    return rows.order_by("-position")


def _lines(person: Person, events: list[Event], here: Session | None) -> list[Line]:
    named = {event.detail["device"] for event in events if event.detail.get("device") and "name" not in event.detail}
    names = _names(person, named) if named else {}
    return [_line(event, names, here) for event in events]


def _names(person: Person, devices: Iterable[str]) -> dict[str, str]:
    rows = Authenticator.objects.of(person).filter(public_id__in=devices).order_by()
    keys = Passkey.objects.of(person).filter(public_id__in=devices).order_by()
    found = rows.values_list("public_id", "name", Value("")).union(keys.values_list("public_id", "name", "aaguid"))
    return {public_id: _label(name, aaguid) for public_id, name, aaguid in found}


def _label(name: str, aaguid: str) -> str:
    return Passkey(name=name, aaguid=aaguid).label if aaguid else Authenticator(name=name).label


def _line(event: Event, names: dict[str, str] | None, here: Session | None) -> Line:
    is_here = here is not None and (event.browser, event.address) == (here.browser, here.address)
    return Line(
        event=event,
        title=words.title(event),
        said=[] if names is None else words.said(event, names),
        by="" if event.actor == Role.SELF else _("By our support"),
        icon=_icon(Kind(event.kind)),
        is_new_browser=bool(event.detail.get("is_new_browser")),
        is_here=is_here and event.actor == Role.SELF,
        is_this_session=is_here and here is not None and _began(event, here),
    )


def _began(event: Event, session: Session) -> bool:
    """Whether this is the sign-in from which that session comes: both are written in one request."""
    apart = event.at - session.started_at
    return event.kind == Kind.SESSION_STARTED and timedelta() <= apart < timedelta(seconds=10)


def _icon(kind: Kind) -> str:
    if kind in REFUSED:
        return "stop"
    if kind in SIGN_INS or kind.startswith("passkey."):
        return "key"
    return "phone" if kind.startswith(("enrollment.", "authenticator.")) else "shield"
