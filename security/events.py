"""The one choke point: nothing is recorded or mailed except through `record`."""

from functools import partial
from typing import Any

from django.db import connection, transaction

from security import notices, tasks
from security.actor import Actor
from security.models import Enrollment, Event, Kind, VerificationCode
from security.person import Person

# What an event may say besides who, what, when and from where. Never a secret, never a full address of somebody.
DETAIL: dict[Kind, frozenset[str]] = {
    Kind.ACCOUNT_CREATED: frozenset({"by_invitation", "epoch"}),
    Kind.PASSWORD_CHOSEN: frozenset(),
    Kind.SESSION_STARTED: frozenset({"factor", "device"}),
    Kind.SESSION_ENDED: frozenset(),
    Kind.PASSWORD_REFUSED: frozenset({"subject"}),
    Kind.PASSWORD_CONFIRMED: frozenset(),
    Kind.AUTHENTICATOR_CODE_REFUSED: frozenset(),
    Kind.ENROLLMENT_STARTED: frozenset({"entrance"}),
    Kind.ENROLLMENT_PROVED: frozenset({"proof"}),
    Kind.ENROLLMENT_SUPERSEDED: frozenset({"was_serious"}),
    Kind.ENROLLMENT_CANCELLED: frozenset({"was_serious"}),
    Kind.VERIFICATION_CODE_PROMISED: frozenset({"to", "generation", "replaces"}),
    Kind.VERIFICATION_CODE_REFUSED: frozenset({"generation"}),
    Kind.AUTHENTICATOR_BOUND: frozenset({"device", "name", "row", "proof", "sessions_ended"}),
    Kind.AUTHENTICATOR_REPLACED: frozenset(
        {"device", "name", "old_device", "old_name", "row", "proof", "sessions_ended", "old_was_stolen"}
    ),
}


def record(
    kind: Kind,
    person: Person | None,
    actor: Actor,
    *,
    enrollment: Enrollment | None = None,
    code: VerificationCode | None = None,
    **detail: Any,
) -> Event:
    """Write the event and promise its notices, in the caller's transaction; nudge a worker once it has committed.

    `person` is None only where an address that was typed has no account. Raises RuntimeError outside a transaction and
    ValueError for a detail that the kind does not declare.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event shares the transaction of what it records.")
    if undeclared := detail.keys() - DETAIL[kind]:
        raise ValueError(f"{kind} does not declare {sorted(undeclared)}")
    event = Event.objects.create(
        person_id=person.pk if person else None,
        kind=kind,
        actor=actor.role,
        actor_name=actor.name,
        address=actor.address,
        browser=actor.browser,
        enrollment_id=enrollment.public_id if enrollment else "",
        detail=detail,
    )
    if person is not None:
        for message in notices.for_event(event, person, code):
            transaction.on_commit(partial(tasks.nudge, message.pk), robust=True)
    return event
