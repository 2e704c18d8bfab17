"""Things that happen to an owner of several addresses, and the mails that come of them."""

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from security import events, outbox
from security.actor import Actor
from security.flows import verification_codes
from security.models import AddressChange, Event, FormerAddress, Kind, OutboxMessage
from tests import plausible
from tests.people import long_ago

OWNER, SPARE, FORMER, GONE = "owner@example.com", "spare@example.com", "former@example.com", "gone@example.com"
NEW, SUPPORT = "new-one@example.com", "support@example.com"
ALL = {OWNER, SPARE, FORMER}
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


def with_addresses(owner):
    """The owner of two addresses, a third one until ten days ago, and a fourth until a month ago."""
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, long_ago()
    owner.user.save()
    for address, days in ((FORMER, 10), (GONE, 31)):
        replaced_at = timezone.now() - timedelta(days=days)
        FormerAddress.objects.create(person=owner.user, which="primary", address=address, replaced_at=replaced_at)
        owner.user.security_profile.change(address_replaced_at=timezone.now() - timedelta(days=10))
    return owner


def happen(owner, kind, actor=HERE, **detail):
    """Let it happen: through its flow where the mail needs what the flow leaves behind, else as an event."""
    match kind:
        case Kind.VERIFICATION_CODE_PROMISED:
            owner.sign_in().walk_to("code")
        case Kind.ENROLLMENT_HELD:
            owner.begin_locked_out().walk_to("confirm")
            owner.answer_right("confirm")
        case Kind.ADDRESS_CHANGE_STARTED:
            start_address_change(owner, NEW, actor)
        case _:
            events.record(kind, owner.user, actor, **(plausible.DETAIL[kind] | detail))
    return Event.objects.filter(kind=kind).latest("pk")


def start_address_change(owner, code_to, actor=HERE):
    """A new address was entered; the code goes to that one, or first to the present one."""
    until = timezone.now() + timedelta(minutes=30)
    change = AddressChange.objects.create(person=owner.user, epoch=0, which="primary", address=NEW, expires_at=until)
    assert verification_codes.promise(change, code_to, actor=actor) is None


def mails_of(event, clock):
    """Everything that was mailed because of this event, once all of it is due."""
    OutboxMessage.objects.exclude(event=event).delete()
    outbox.sweep()
    for message in OutboxMessage.objects.filter(delivered_at=None, wanted_at__gt=timezone.now()).order_by("wanted_at"):
        clock.forward(max(0.0, (message.wanted_at - timezone.now()).total_seconds()) + 1)
        outbox.sweep()
    assert not OutboxMessage.objects.filter(delivered_at=None).exists()
    return mail.outbox


def happened(owner, kind, clock, actor=HERE, **detail):
    mail.outbox.clear()
    event = happen(owner, kind, actor, **detail)
    mail.outbox.clear()
    OutboxMessage.objects.filter(event=event).update(delivered_at=None)  # some were sent on the way
    return mails_of(event, clock)
