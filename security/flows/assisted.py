"""The way back that staff open (row 7): a link to addresses that the account has had for long, and nothing else.

The link proves nothing by itself. Whoever has it also types the password, pairs a device, and waits; every address is
told, and may say no.
"""

from django.contrib.auth import get_user_model
from django.db import transaction

from security import events, links
from security.actor import Actor
from security.conf import conf
from security.flows import challenge
from security.models import Event, Kind, SecurityProfile, SupportCase
from security.person import Person
from security.refusals import Reason, Refusal


@transaction.atomic
def start(
    person: Person, *, reason: str, actor: Actor, case: SupportCase | None = None, second_approver: bool = False
) -> Refusal | None:
    """Have the link sent. An earlier one is no longer good.

    Refused where nothing is to be replaced, where no address is old enough to receive it, and for staff without a
    second approver.
    """
    SecurityProfile.objects.lock(person)
    is_possible = person.is_active and challenge.is_needed(person) and (second_approver or not person.is_staff)
    if not is_possible:
        return Refusal(Reason.NOT_OFFERED)
    if not person.seasoned_addresses():
        return Refusal(Reason.ADDRESS_TOO_NEW, until=person.seasoned_from())
    epoch = get_user_model()._default_manager.values_list("security_epoch", flat=True).get(pk=person.pk)
    events.record(
        Kind.ASSISTED_RESET_STARTED,
        person,
        actor,
        reason=reason,
        case=case.public_id if case else "",
        epoch=epoch,
        second_approver=second_approver,
    )
    return None


def opened(token: str) -> Event | None:
    """The beginning that this link belongs to; None for one that is too old, overtaken by a newer one, or of another
    epoch.
    """
    message = links.opened(token, what="assisted_reset", lifetime=conf.ASSISTED_LINK_LIFETIME)
    if message is None:
        return None
    begun = Event.objects.filter(person_id=message.person_id, kind=Kind.ASSISTED_RESET_STARTED)
    newest = begun.select_related("person__security_profile").order_by("-pk").first()
    return newest if newest is not None and newest.pk == message.event_id else None


def hold_of(event: Event) -> int:
    """The seconds that a device paired by this link will have to wait."""
    return 0 if event.detail["second_approver"] else conf.HOLD_RISK
