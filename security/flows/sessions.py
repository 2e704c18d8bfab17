"""The record of signing in and out."""

from django.db import transaction

from security import events
from security.actor import Actor
from security.models import Authenticator, Kind
from security.person import Person


@transaction.atomic
def record_start(person: Person, device: Authenticator | None, *, actor: Actor) -> None:
    """Write down that this person signed in, and with what."""
    factor = "authenticator" if device else "password"
    events.record(Kind.SESSION_STARTED, person, actor, factor=factor, device=device.public_id if device else "")


@transaction.atomic
def record_end(person: Person, *, actor: Actor) -> None:
    """Write down that this person signed out."""
    events.record(Kind.SESSION_ENDED, person, actor)
