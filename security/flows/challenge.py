"""Asking for an authenticator code, wherever it is asked: at sign-in, and to prove oneself in the journey."""

from django.db import transaction

from security import events, throttle
from security.actor import Actor
from security.models import Authenticator, Kind, SecurityProfile
from security.models.throttle import Factor
from security.person import Person
from security.refusals import Reason, Refusal


def hold(person: Person) -> None:
    """Let nothing else happen to this person's security until the transaction ends. Before any other lock."""
    SecurityProfile.objects.lock(person)


def is_needed(person: Person) -> bool:
    """Whether this person signs in with a second factor."""
    return Authenticator.objects.of(person).live().exists()


@transaction.atomic
def answer(person: Person, code: str, *, actor: Actor) -> Authenticator | Refusal:
    """The device whose code this is, used up by this call; a wrong code counts one failure, whatever the devices.

    Parallel calls wait for each other, so that no guess is looked at uncounted (ASVS 6.3.1, 15.4.2). The caller has
    called `hold`.
    """
    subject = throttle.of_person(person)
    if refusal := throttle.attempt(subject, Factor.AUTHENTICATOR):
        return refusal
    device: Authenticator
    for device in Authenticator.objects.of(person).live():
        if device.verify_token(code):
            throttle.succeeded(subject, Factor.AUTHENTICATOR)
            return device
    events.record(Kind.AUTHENTICATOR_CODE_REFUSED, person, actor)
    return Refusal(Reason.WRONG_CODE)
