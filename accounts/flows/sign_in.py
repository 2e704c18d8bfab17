"""Signing in: the password of an address, with the same answer, work and record whether or not it has an account."""

from django.contrib.auth import authenticate

from accounts.models import User
from security import blocks, events, throttle
from security.actor import Actor
from security.flows import known_browsers
from security.models import Kind
from security.models.throttle import Factor
from security.refusals import Reason, Refusal
from security.transactions import atomic


def check_password(address: str, password: str, *, actor: Actor) -> User | Refusal:
    """The account of this address if the password is its own; one refusal for everything else (ASVS 6.3.8).

    Failures are counted per address, known or not, and per network. The hash is computed once in every case, outside
    any transaction.
    """
    lane = known_browsers.lane_of_address(address, actor=actor)
    subject = throttle.of_address(address, lane)
    if refusal := blocks.closed(actor, lane) or throttle.attempt(subject, Factor.PASSWORD):
        return refusal
    person = authenticate(username=address, password=password)
    with atomic():
        if isinstance(person, User):
            throttle.succeeded(subject, Factor.PASSWORD)
            return person
        known = User.objects.filter(email__iexact=address.strip()).first()
        events.record(Kind.PASSWORD_REFUSED, known, actor, subject=subject)
    blocks.failed(actor, address, lane)
    return Refusal(Reason.WRONG_SIGN_IN)
