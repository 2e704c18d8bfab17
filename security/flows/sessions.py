"""Signing in and out, as it is recorded; where somebody is signed in, and how that ends."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from security import events, sessions, throttle
from security.actor import Actor
from security.conf import conf
from security.flows import known_browsers, trusted_browsers
from security.models import Authenticator, Event, Kind, SecurityProfile, Session
from security.person import Person

MANY_FAILURES = 5


@transaction.atomic
def record_start(
    person: Person, device: Authenticator | None, *, actor: Actor, session: Session | None, factor: str = ""
) -> None:
    """Write down that this person signed in, and with what; what is unusual about it is told to every address.

    At most ten sessions live at a time: the oldest is ended for the eleventh.
    """
    SecurityProfile.objects.lock(person)
    factor = factor or ("authenticator" if device else "password")
    has_second = factor in ("authenticator", "recovery_code", "passkey")
    events.record(
        Kind.SESSION_STARTED,
        person,
        actor,
        factor=factor,
        device=device.public_id if device else "",
        **_unusual(person, actor, has_second),
    )
    if has_second:
        known_browsers.remember(person, actor=actor)
    _end_the_oldest(person, session, actor)


def _unusual(person: Person, actor: Actor, has_second: bool) -> dict[str, Any]:
    """What is worth a notice about this sign-in."""
    is_recognised = not has_second or known_browsers.is_recognised(person, actor=actor)
    signs = {
        "is_new_browser": not is_recognised and known_browsers.has_any(person),
        "after_failures": throttle.recent_failures(person) >= MANY_FAILURES,
        "after_long": _was_away(person),
    }
    return {sign: True for sign, is_there in signs.items() if is_there}


def _was_away(person: Person) -> bool:
    signed_in = Event.objects.filter(person_id=person.pk, kind=Kind.SESSION_STARTED).order_by("-at")
    last = signed_in.values_list("at", flat=True).first()
    return last is not None and last < timezone.now() - timedelta(seconds=conf.LONG_IDLE)


def _end_the_oldest(person: Person, kept: Session | None, actor: Actor) -> None:
    live = live_sessions(person)
    surplus = [row for row in live if kept is None or row.pk != kept.pk][conf.SESSIONS - 1 :]
    for row in surplus:
        row.delete()
        events.record(Kind.SESSION_ENDED, person, actor, why="too many", limit=conf.SESSIONS, session=row.public_id)


def live_sessions(person: Person) -> list[Session]:
    """Where this person is signed in, the one that was begun last first."""
    rows = Session.objects.of(person).select_related("person", "trusted_browser").order_by("-started_at", "-pk")
    return [row for row in rows if row.is_live]


@transaction.atomic
def record_end(person: Person, *, actor: Actor) -> None:
    """Write down that this person signed out."""
    events.record(Kind.SESSION_ENDED, person, actor, why="signed out")


@transaction.atomic
def end(person: Person, public_id: str, *, actor: Actor) -> bool:
    """Sign somebody out in one browser, at once; says whether that was a live session of this person."""
    SecurityProfile.objects.lock(person)
    row = next((row for row in live_sessions(person) if row.public_id == public_id), None)
    if row is None:
        return False
    row.delete()
    events.record(Kind.SESSION_ENDED, person, actor, why="ended elsewhere", session=row.public_id)
    return True


@transaction.atomic
def end_others(person: Person, *, keep: Session | None, actor: Actor) -> int:
    """Sign somebody out everywhere but here; no browser but this one is trusted or known after that."""
    SecurityProfile.objects.lock(person)
    ended = sessions.end_others(person, keep=keep)
    trusted_browsers.revoke_all(person, actor=actor)
    known_browsers.forget(person, but=actor)
    events.record(Kind.SESSIONS_ENDED, person, actor, sessions_ended=ended)
    return ended
