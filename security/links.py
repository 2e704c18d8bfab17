"""Links in mails are computed like codes: from the row they stand for, so nothing that opens a door is kept.

A link that says yes carries the epoch it was made in, and dies with it: after its first use, or any other change; a
newer one of its kind voids it as well. A link that says no carries the change it answers, and stays good for as long
as that can be taken back.
"""

from datetime import timedelta

from django.utils import timezone

from security import crypto
from security.conf import conf
from security.models import Event, OutboxMessage

CARRIERS = {"invitation", "password_link", "assisted_reset"}  # the mails that say yes; their event tells the epoch


def token(message: OutboxMessage, key_id: str = "") -> str:
    """What the link of this mail ends in: the mail's public id, the key's id, and 256 bits over mail and epoch."""
    key_id = key_id or crypto.current_key_id()
    epoch = str(message.event.detail["epoch"])
    mac = crypto.derive("mailed link", message.what, message.public_id, message.address, epoch, key_id=key_id)
    return f"{message.public_id}.{key_id}.{crypto.in_letters(mac)}"


def opened(typed: str, *, what: str, lifetime: int) -> OutboxMessage | None:
    """The mail whose link this is: the newest of this kind, not older than `lifetime` seconds, of the present epoch.

    Else None.
    """
    public_id, _, rest = typed.partition(".")
    key_id = rest.partition(".")[0]
    if not crypto.is_public_id(public_id):
        return None
    messages = OutboxMessage.objects.filter(public_id=public_id, what=what, person__isnull=False)
    message = messages.select_related("person", "event").first()
    if message is None or not crypto.has_key(key_id) or not crypto.same(token(message, key_id), typed):
        return None
    is_young = message.promised_at > timezone.now() - timedelta(seconds=lifetime)
    return message if is_young and is_current(message) else None


def is_current(message: OutboxMessage) -> bool:
    """Whether the link of this mail was voided neither by a change of the account nor by a newer one of its kind."""
    person = message.person
    if person is None or not person.is_active or message.event.detail["epoch"] != person.security_epoch:
        return False
    newer = OutboxMessage.objects.filter(person_id=person.pk, what=message.what, event_id__gt=message.event_id)
    return not newer.exists()


def refusal(event: Event, key_id: str = "") -> str:
    """What the link ends in with which the account's owner says no to this event."""
    key_id = key_id or crypto.current_key_id()
    mac = crypto.derive("refusing link", event.public_id, str(event.person_id), event.kind, key_id=key_id)
    return f"{event.public_id}.{key_id}.{crypto.in_letters(mac)}"


def refused(typed: str) -> Event | None:
    """The event to which this link says no, for as long as it is shown in the person's activity, and longer if it can
    still matter then; what can be done about it is the caller's to decide.
    """
    public_id, _, rest = typed.partition(".")
    key_id = rest.partition(".")[0]
    if not crypto.is_public_id(public_id):
        return None
    event = Event.objects.filter(public_id=public_id, person__is_active=True).select_related("person").first()
    if event is None or not crypto.has_key(key_id) or not crypto.same(refusal(event, key_id), typed):
        return None
    longest = max(conf.ACTIVITY_SHOWN, conf.CONTEST + conf.HOLD_RISK + conf.HOLD_LAPSES)
    return event if event.at > timezone.now() - timedelta(seconds=longest) else None
