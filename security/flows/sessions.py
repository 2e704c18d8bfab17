"""Signing in and out, as it is recorded; where somebody is signed in, and how that ends."""

from security import events, sessions
from security.actor import Actor
from security.conf import conf
from security.flows import known_browsers, trusted_browsers, unusual
from security.models import Authenticator, Kind, Passkey, SecurityProfile, Session
from security.models.session import count_of, live_of
from security.person import Person
from security.transactions import atomic


@atomic()
def record_start(
    person: Person, device: Authenticator | Passkey | None, *, actor: Actor, session: Session | None, factor: str = ""
) -> None:
    """Write down that this person signed in, and with what; what is unusual about it is told to every address.

    At most ten sessions live at a time: the oldest is ended for the eleventh.
    """
    SecurityProfile.objects.lock(person)
    factor = factor or ("authenticator" if device else "password")
    has_second = factor in ("authenticator", "recovery_code", "passkey")
    browser = known_browsers.remembered(person, actor=actor)
    events.record(
        Kind.SESSION_STARTED,
        person,
        actor,
        factor=factor,
        device=device.public_id if device else "",
        **unusual.signs(person, browser, factor=factor, actor=actor),
    )
    if has_second and not browser.is_this_one:
        known_browsers.remember(person, actor=actor)
    _end_the_oldest(person, session, actor)


def _end_the_oldest(person: Person, kept: Session | None, actor: Actor) -> None:
    others = [row for row in live_of(person) if kept is None or row.pk != kept.pk]
    for row in others[conf.SESSIONS - 1 :]:
        row.delete()
        events.record(Kind.SESSION_ENDED, person, actor, why="too many", limit=conf.SESSIONS, session=row.public_id)


def live_sessions(person: Person) -> list[Session]:
    """Where this person is signed in, the one that was begun last first."""
    rows = Session.objects.of(person).select_related("person", "trusted_browser").order_by("-started_at", "-pk")
    return [row for row in rows if row.is_live]


def how_many(person: Person) -> int:
    """In how many browsers this person is signed in."""
    return count_of(person)[0]


@atomic()
def record_end(person: Person, *, actor: Actor) -> None:
    """Write down that this person signed out."""
    events.record(Kind.SESSION_ENDED, person, actor, why="signed out")


@atomic()
def end(person: Person, public_id: str, *, actor: Actor) -> bool:
    """Sign somebody out in one browser, at once; says whether that was a live session of this person.

    If trust alone had opened it, that ends too: otherwise the password would open the next one.
    """
    SecurityProfile.objects.lock(person)
    row = next((row for row in live_sessions(person) if row.public_id == public_id), None)
    if row is None:
        return False
    if row.trusted_browser is not None:
        trusted_browsers.revoke(person, row.trusted_browser.public_id, actor=actor)
    row.delete()
    events.record(Kind.SESSION_ENDED, person, actor, why="ended elsewhere", session=row.public_id)
    return True


@atomic()
def end_others(person: Person, *, keep: Session | None, actor: Actor) -> int:
    """Sign somebody out everywhere but here. No browser is trusted after that, and none but this one known."""
    ended = sign_out(person, keep=keep, actor=actor)
    events.record(Kind.SESSIONS_ENDED, person, actor, sessions_ended=ended)
    return ended


@atomic()
def end_all(person: Person, *, reason: str, actor: Actor) -> int:
    """Sign somebody out everywhere, and tell them; says in how many browsers they were. None is trusted or known any
    more.
    """
    ended = sign_out(person, keep=None, actor=actor)
    events.record(Kind.SESSIONS_ENDED, person, actor, sessions_ended=ended, reason=reason)
    return ended


def sign_out(person: Person, *, keep: Session | None, actor: Actor) -> int:
    """End the sessions and the trust themselves; the caller records why, in the same transaction."""
    SecurityProfile.objects.lock(person)
    ended = sessions.end_others(person, keep=keep)
    trusted_browsers.revoke_all(person, actor=actor)
    known_browsers.forget(person, but=actor)
    return ended
