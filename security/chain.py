"""The chain of a person's events: each carries a MAC over itself and the one before it.

The head and the length stand in the person's profile, so that a missing end shows as well as a changed middle. Whoever
can write the tables can break the chain, but not mend it (ASVS 16.4.2).
"""

import json
import logging
from datetime import UTC, datetime

from security import crypto
from security.models import Event, SecurityProfile

log = logging.getLogger("security.chain")


def append(event: Event, profile: SecurityProfile) -> None:
    """Give the event, not saved yet, its place at the end of the chain. The caller holds the profile's lock."""
    event.position = profile.chain_length + 1
    event.mac = _mac(event, profile.chain_head, crypto.current_key_id())
    profile.chain_length, profile.chain_head = event.position, event.mac
    profile.save(update_fields=["chain_length", "chain_head"])
    log.info("event %d of person %d: %s", event.position, profile.person_id, event.mac)


def append_nowhere() -> None:
    """The work of `append` for an event that is nobody's, so that both take the same."""
    profiles = SecurityProfile.objects
    profiles.lock_nobody()
    profiles.filter(pk=0).update(chain_head="", chain_length=0)


def first_break(person_id: int) -> int | None:
    """The position of the first event of this person that was changed, added or taken away; None for a whole chain."""
    profile = SecurityProfile.objects.filter(person_id=person_id).first()
    expected, head = 1, ""
    for event in Event.objects.filter(person_id=person_id).order_by("position").iterator():
        key_id = event.mac.partition(".")[0]
        if event.position != expected or not crypto.has_key(key_id):
            return expected
        if not crypto.same(event.mac, _mac(event, head, key_id)):
            return expected
        expected, head = expected + 1, event.mac
    length, kept = (profile.chain_length, profile.chain_head) if profile else (0, "")
    return None if (expected - 1, head) == (length, kept) else expected


def _mac(event: Event, before: str, key_id: str) -> str:
    detail = json.dumps(event.detail, sort_keys=True, separators=(",", ":"))
    said = (event.kind, event.actor, event.actor_name, str(event.address or ""), event.browser, event.enrollment_id)
    parts = (before, str(event.position), str(event.person_id), _moment(event.at), event.public_id, *said, detail)
    return f"{key_id}.{crypto.derive('event chain', *parts, key_id=key_id).hex()}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
