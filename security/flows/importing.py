"""Devices that an account had at another site with django-otp: taken over as they are, with every used code used."""

from dataclasses import dataclass, field

from django.db import transaction

from security import events
from security.actor import Actor
from security.flows import epoch
from security.models import Authenticator, Kind, SecurityProfile
from security.person import Person

SHORTEST_SECRET = 16  # bytes (RFC 4226 R6)
ROW = "import"


@dataclass(frozen=True, slots=True)
class Found:
    """A device of the other site. `last_step` is the newest time step of which a code was used."""

    name: str
    secret: bytes = field(repr=False)
    last_step: int
    step: int = 30
    t0: int = 0
    digits: int = 6

    @property
    def trouble(self) -> str:
        """Why it cannot be taken over, or an empty string."""
        if (self.step, self.t0, self.digits) != (30, 0, 6):
            return "it does not show six digits every 30 seconds"
        return "its secret is too short" if len(self.secret) < SHORTEST_SECRET else ""


@transaction.atomic
def take_over(person: Person, found: list[Found], *, actor: Actor) -> list[Authenticator]:
    """Make these devices of the person; none if they have one here already, so that it is safe to run twice.

    Whoever is signed in is signed out: from now on a code is asked for. Recorded, and told to every address.
    """
    SecurityProfile.objects.lock(person)
    usable = [one for one in found if not one.trouble]
    if not usable or Authenticator.objects.of(person).exists():
        return []
    ended = epoch.bump(person, actor=actor, session=None)
    return [_take_over(person, one, ended, actor) for one in usable]


def _take_over(person: Person, one: Found, ended: epoch.Ended, actor: Actor) -> Authenticator:
    device = Authenticator(user_id=person.pk, name=one.name[:64], last_step=one.last_step, proof=ROW)
    device.seal(one.secret)
    device.save()
    detail = {"device": device.public_id, "name": device.name, "row": ROW, "proof": ROW, "hold": "0"}
    events.record(Kind.AUTHENTICATOR_BOUND, person, actor, **detail, **ended.as_detail())
    return device
