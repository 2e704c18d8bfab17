"""How a journey begins: who may, from where, and what becomes of one that is open already."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from security import crypto, events, policy
from security.actor import Actor
from security.conf import conf
from security.flows import challenge, enrollments, known_browsers
from security.models import Authenticator, Enrollment, Event, Kind, SecurityProfile, Session
from security.models.enrollment import Comfort, Entrance, Proof
from security.person import Person, same_address
from security.prepared import Prepared, number
from security.refusals import Reason, Refusal
from security.reset import flow, journey
from security.sessions import SessionStore
from security.transactions import atomic


def entrance_for(person: Person, *, adds: bool) -> Entrance:
    """Where a signed-in person enters: a first device is a set-up, whatever was asked for."""
    if not challenge.is_needed(person):
        return Entrance.SET_UP
    return Entrance.ADD if adds else Entrance.RESET


OPEN = Prepared(lambda: Enrollment.objects.filter(person_id=number("person")).open().order_by("pk")[:1])


@atomic()
def begin(
    person: Person, *, entrance: Entrance, replaces: Authenticator | None, session: SessionStore, actor: Actor
) -> Enrollment | Refusal:
    """Open an enrollment for this browser; nothing changes for the devices there are, however often it is called.

    The same attempt in the same browser is taken up again, with its secret, tries and caps. Any other open one ends,
    unless it was already proven elsewhere: that one goes first.
    """
    SecurityProfile.objects.lock(person)
    here = session.hold()
    other = OPEN.first(person=person.pk)
    if other is not None and not _is_over(other, person):
        if other.session_id == here.pk:
            if (other.entrance, other.replaces_id) == (entrance, replaces and replaces.pk):
                return _again(other)
        elif other.proved_at is not None:
            return Refusal(Reason.ELSEWHERE, until=other.expires_at)
    if other is not None:
        other.person = person  # type: ignore[assignment]
        enrollments.end(other, Kind.ENROLLMENT_SUPERSEDED, actor)
    return _open(person, entrance, replaces, here, actor)


@atomic()
def begin_by_link(event: Event, *, session: SessionStore, actor: Actor) -> Enrollment | Refusal:
    """Begin with the link that staff had sent, once the password was right. It opens once: nothing else is asked.

    A second use in the same browser takes up the same journey, and anywhere else it is refused.
    """
    person: Person = event.person  # type: ignore[assignment]
    SecurityProfile.objects.lock(person)
    here = session.hold()
    begun = begun_by_link(event)
    if begun is not None:
        return begun if is_of(begun, session) else Refusal(Reason.ELSEWHERE, until=begun.expires_at)
    enrollments.end_all(person, but=None, actor=actor)
    oldest = Authenticator.objects.of(person).standing().first()
    approved = bool(event.detail["second_approver"])
    return _open(person, Entrance.LINK, oldest, here, actor, proof=Proof.STAFF, second_approver=approved)


def begun_by_link(event: Event) -> Enrollment | None:
    """What was begun with this link, whatever became of it; none while it is unused."""
    person: Person = event.person  # type: ignore[assignment]
    rows = Enrollment.objects.of(person).filter(entrance=Entrance.LINK, started_at__gte=event.at)
    begun = rows.order_by("-pk").first()
    if begun is not None:
        begun.person = person  # type: ignore[assignment]
    return begun


def is_of(enrollment: Enrollment, session: SessionStore) -> bool:
    """Whether it was begun in this browser, and is still good for something."""
    is_here = session.person is None or session.person.pk == enrollment.person_id
    is_here = is_here and session.row is not None and session.row.pk == enrollment.session_id
    return is_here and enrollment.ended_at is None and (enrollment.is_waiting or not enrollment.has_expired)


def _is_over(enrollment: Enrollment, person: Person) -> bool:
    is_of_now = enrollment.epoch == person.security_epoch and not enrollment.has_expired
    return not (is_of_now and enrollment.session_id and enrollment.can_be_unsealed)


def _again(enrollment: Enrollment) -> Enrollment:
    first = journey.screens(enrollment)[0].name
    flow.answer(enrollment, first, **({"email_confirmed_at": timezone.now()} if first == "email" else {}))
    return enrollment


def _open(
    person: Person,
    entrance: Entrance,
    replaces: Authenticator | None,
    session: Session,
    actor: Actor,
    **known: Any,
) -> Enrollment:
    now = timezone.now()
    given = {"email_confirmed_at", *journey.GIVEN[entrance]}
    comfort = _comfort(person, session, actor)
    enrollment = Enrollment(
        person_id=person.pk,
        session=session,
        epoch=person.security_epoch,
        entrance=entrance,
        replaces=replaces,
        started_at=now,
        expires_at=now + timedelta(seconds=conf.ENROLLMENT_LIFETIME),
        comfort=comfort,
        lane=known_browsers.lane(person, actor=actor),
        **known,
        **dict.fromkeys(given, now),
    )
    enrollment.seal(crypto.totp_secret())
    enrollment.save()
    enrollment.person = person  # type: ignore[assignment]
    events.record(Kind.ENROLLMENT_STARTED, person, actor, enrollment=enrollment, entrance=entrance, comfort=comfort)
    return enrollment


def _comfort(person: Person, session: Session, actor: Actor) -> Comfort:
    """What speaks for this browser. A session that shows another browser than it began in speaks for nothing."""
    is_signed_in = session.person_id == person.pk and session.browser == actor.browser
    if is_signed_in and session.second_factor:
        return Comfort.SESSION
    return Comfort.KNOWN if known_browsers.is_known(person, actor=actor) else Comfort.NONE


def confirm_email(
    person: Person,
    address: str,
    *,
    entrance: Entrance,
    replaces: Authenticator | None,
    session: SessionStore,
    actor: Actor,
) -> Enrollment | Refusal:
    """Begin, for the signed-in account and no other: the address must be its own (never a silent switch)."""
    if not same_address(address, person.email):
        return Refusal(Reason.WRONG_ADDRESS)
    return begin(person, entrance=entrance, replaces=replaces, session=session, actor=actor)


def begin_locked_out(person: Person, *, session: SessionStore, actor: Actor) -> Enrollment | Refusal:
    """Begin at the sign-in prompt, where address and password are true already, for the oldest live device."""
    profile, lane = SecurityProfile.objects.of(person), known_browsers.lane(person, actor=actor)
    if refusal := policy.mailed_code(person, Entrance.SIGN_IN, profile, lane=lane):
        return refusal
    oldest = Authenticator.objects.of(person).standing().first()
    return begin(person, entrance=Entrance.SIGN_IN, replaces=oldest, session=session, actor=actor)
