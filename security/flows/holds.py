"""A new device that waits: when it takes over, and that nothing else is needed for it but its own first right code."""

from datetime import timedelta

from django.utils import timezone

from security import crypto, events, totp
from security.actor import Actor
from security.conf import conf
from security.flows import enrollments
from security.models import Enrollment, Kind
from security.models.enrollment import Proof
from security.person import Person
from security.policy import Decision


def start(enrollment: Enrollment, step: int, decision: Decision, *, actor: Actor) -> None:
    """Let the new device wait. Nothing is bound, nobody is signed in; every address is told now, half-way and at the
    end. One that waited before ends, lapsed or not. The caller holds the person's profile and the enrollment.
    """
    now = timezone.now()
    enrollments.end_all(enrollment.person, but=enrollment, actor=actor)
    enrollment.held_at, enrollment.held_step = now, step
    enrollment.ripens_at = now + timedelta(seconds=decision.hold)
    enrollment.lapses_at = enrollment.ripens_at + timedelta(seconds=conf.HOLD_LAPSES)
    columns = ["held_at", "held_step", "ripens_at", "lapses_at"]
    enrollment.save(update_fields=columns)
    events.record(
        Kind.ENROLLMENT_HELD,
        enrollment.person,
        actor,
        enrollment=enrollment,
        proof=enrollment.proof,
        row=decision.row,
        hold=decision.hold,
        risks=decision.risks,
        name=enrollment.name,
        old_was_stolen=enrollment.device_was_stolen,
        ripens_at=enrollment.ripens_at.timestamp(),
        lapses_at=enrollment.lapses_at.timestamp(),
    )


def matching(person: Person, code: str) -> tuple[Enrollment, int] | None:
    """The waiting enrollment whose new device shows this code, and its time step; None if there is none.

    The code that confirmed the device is used, and so is every older one.
    """
    held = enrollments.waiting(person)
    if held is None or held.held_step is None:
        return None
    try:
        step = totp.matching_step(held.secret, totp.tidy(code), after=held.held_step)
    except crypto.Unsealable:
        return None
    return (held, step) if step is not None else None


def opens_a_freeze(person: Person) -> bool:
    """Whether a device may take over now although the account is frozen: only a link from staff leads to one."""
    held = enrollments.waiting(person)
    return held is not None and held.is_ripe and held.proof == Proof.STAFF
