"""Links in mails are computed like codes: from the promised mail they stand in, so nothing that opens a door is kept.

A link that says yes carries the epoch it was made in, and dies with it: after its first use, or any other change.
"""

from datetime import timedelta

from django.utils import timezone

from security import crypto
from security.models import OutboxMessage

CARRIERS = {"invitation"}  # the mails with such a link; their event tells the epoch


def token(message: OutboxMessage, key_id: str = "") -> str:
    """What the link of this mail ends in: the mail's public id, the key's id, and 256 bits over mail and epoch."""
    key_id = key_id or crypto.current_key_id()
    epoch = str(message.event.detail["epoch"])
    mac = crypto.derive("mailed link", message.what, message.public_id, message.address, epoch, key_id=key_id)
    return f"{message.public_id}.{key_id}.{mac.hex()}"


def opened(typed: str, *, what: str, lifetime: int) -> OutboxMessage | None:
    """The mail whose link this is: of this kind, not older than `lifetime` seconds, of the present epoch. Else None."""
    public_id, _, rest = typed.partition(".")
    key_id = rest.partition(".")[0]
    if not crypto.is_public_id(public_id):
        return None
    message = OutboxMessage.objects.filter(public_id=public_id, what=what).select_related("person", "event").first()
    if message is None or not crypto.has_key(key_id) or not crypto.same(token(message, key_id), typed):
        return None
    is_young = message.promised_at > timezone.now() - timedelta(seconds=lifetime)
    is_of_now = message.event.detail["epoch"] == message.person.security_epoch and message.person.is_active
    return message if is_young and is_of_now else None
