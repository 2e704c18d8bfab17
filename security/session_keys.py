"""How the key of a session follows from the one before it, and what became of a key that was changed a moment ago."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from security import crypto
from security.conf import conf
from security.models import Session


def successor(session_key: str, nonce: str) -> str:
    """The next key: two requests that raced with the same one compute the same, and the row alone does not tell it."""
    return crypto.derive("session key", session_key, nonce).hex()


@dataclass(frozen=True, slots=True)
class Heir:
    """What became of a key that was changed a moment ago. `key` and `path` are for the request that changed it."""

    key: str | None = None
    path: str = ""


def heir(session_key: str, request_digest: str) -> Heir | None:
    """What became of a dead key; None for one that died longer ago, or never lived.

    A request that is merely late gets no access; the same form, sent twice by an impatient finger, gets the key whose
    cookie its first answer may never have delivered, and goes where that answer led.
    """
    since = timezone.now() - timedelta(seconds=conf.SESSION_GRACE)
    row = Session.objects.filter(previous_digest=crypto.digest(session_key), rotated_at__gt=since).first()
    if row is None:
        return None
    if request_digest and crypto.same(row.rotated_by, request_digest):
        return Heir(successor(session_key, row.rotation_nonce), row.rotated_to)
    return Heir()
