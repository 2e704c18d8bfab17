"""Asking staff for help: a case and a mail, with the same answer for everybody. It opens nothing by itself."""

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from security import blocks, events, throttle
from security.actor import Actor
from security.flows import known_browsers
from security.models import Kind, SecurityProfile, SupportCase
from security.refusals import Refusal
from security.transactions import atomic

NOBODY = 0


def open(address: str, message: str, *, actor: Actor) -> Refusal | None:
    """Open a case for the account of this address, or for nobody's: the work is the same.

    There is one open case an address and a person; asking again adds nothing, and nobody is told so. The owner is told
    by mail, and so are staff. Refused only where too much is asked from one network.
    """
    if refusal := blocks.may_ask_for_mail(actor, known_browsers.lane_of_address(address, actor=actor)):
        return refusal
    digest = throttle.of_address(address)
    with atomic():
        person = get_user_model()._default_manager.filter(email__iexact=address.strip()).first()
        same = Q(address_digest=digest) | Q(person_id=person.pk if person else NOBODY)
        known = SupportCase.objects.filter(same, closed_at=None).first()
        if known is not None and (person is None or known.person_id is not None):
            return None
        if known is not None:  # opened when the address had no account: nobody could ever close it
            known.delete()
        case, is_new = SupportCase.objects.get_or_create(
            address_digest=digest,
            closed_at=None,
            defaults={
                "person_id": person.pk if person else None,
                "message": message,
                "ip_address": actor.address,
                "browser": actor.browser,
            },
        )
        if is_new:
            events.record(Kind.SUPPORT_ASKED, person, actor, case=case.public_id, subject=digest)
    return None


@atomic()
def close(case: SupportCase, *, reason: str, actor: Actor) -> bool:
    """Close a case, so that the same person may ask again; says whether it was open."""
    if case.person is not None:
        SecurityProfile.objects.lock(case.person)
    if not SupportCase.objects.filter(pk=case.pk, closed_at=None).update(closed_at=timezone.now()):
        return False
    events.record(Kind.CASE_CLOSED, case.person, actor, case=case.public_id, reason=reason)
    return True
