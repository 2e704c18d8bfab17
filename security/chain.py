"""The chain of a person's events: each carries a MAC over itself and the one before it.

The end of the chain is sealed in the person's profile with a MAC that stands nowhere else, so that a missing end shows
as well as a changed middle: whoever can write the tables can break the chain, but not mend it, and what the last event
was is in the log too (ASVS 16.4.2). A key that events were chained with stays in the keyring for as long as they do.
"""

import ipaddress
import json
import logging
from datetime import UTC, datetime
from functools import partial

from django.db import transaction

from security import crypto
from security.models import Event, SecurityProfile

log = logging.getLogger("security.chain")


def append(event: Event, profile: SecurityProfile) -> None:
    """Give the event, not saved yet, its place at the end of the chain. The caller holds the profile's lock."""
    link(event, profile)
    profile.save(update_fields=["chain_length", "chain_head"])
    said = (event.position, profile.person_id, event.mac)
    transaction.on_commit(partial(log.info, "event %d of person %d: %s", *said), robust=True)


def link(event: Event, profile: SecurityProfile) -> None:
    """The same without saving anything."""
    event.position = profile.chain_length + 1
    event.mac = _mac(event, profile.chain_head, crypto.current_key_id())
    profile.chain_length, profile.chain_head = event.position, _end(event)


def append_nowhere() -> None:
    """The work of `append` for an event that is nobody's, so that both take the same."""
    profiles = SecurityProfile.objects
    profiles.lock_nobody()
    profiles.filter(pk=0).update(chain_head="", chain_length=0)


def anchor(event: Event, profile: SecurityProfile) -> None:
    """Let the chain begin after this event, which is about to be purged with all before it. The caller holds the
    profile's lock.
    """
    parts, key_id = (str(event.position), _end(event)), crypto.current_key_id()
    profile.change(chain_anchor=".".join([*parts, key_id, _anchor_mac(profile, *parts, key_id)]))


def _anchored(profile: SecurityProfile) -> tuple[int, str]:
    """The last place that was purged, and what the one after it is tied to; zero where an anchor is not ours."""
    position, _, rest = profile.chain_anchor.partition(".")
    end, _, rest = rest.partition(".")
    key_id, _, mac = rest.partition(".")
    is_ours = crypto.has_key(key_id) and crypto.same(mac, _anchor_mac(profile, position, end, key_id))
    return (int(position), end) if is_ours else (0, "")


def _anchor_mac(profile: SecurityProfile, position: str, end: str, key_id: str) -> str:
    return crypto.derive("event chain anchor", str(profile.person_id), position, end, key_id=key_id).hex()


def first_break(person_id: int) -> int | None:
    """The position of the first event of this person that was changed, added or taken away; None for a whole chain."""
    profile = SecurityProfile.objects.filter(person_id=person_id).first()
    purged, head = _anchored(profile) if profile else (0, "")
    expected = purged + 1
    for event in Event.objects.filter(person_id=person_id).order_by("position").iterator():
        key_id = _key_id(event)
        if event.position != expected or not crypto.has_key(key_id):
            return expected
        if not crypto.same(event.mac, _mac(event, head, key_id)):
            return expected
        expected, head = expected + 1, _end(event)
    length, kept = (profile.chain_length, profile.chain_head) if profile else (0, "")
    return None if (expected - 1, head) == (length, kept) else expected


def _mac(event: Event, before: str, key_id: str) -> str:
    detail = json.dumps(event.detail, sort_keys=True, separators=(",", ":"))
    said = (event.kind, event.actor, event.actor_name, _place(event.address), event.browser, event.enrollment_id)
    parts = (before, str(event.position), str(event.person_id), _moment(event.at), event.public_id, *said, detail)
    return f"{key_id}.{crypto.derive('event chain', *parts, key_id=key_id).hex()}"


def _end(event: Event) -> str:
    """What the next link is tied to. It is computed, and kept in the profile only while this is the last event."""
    return crypto.derive("event chain end", event.mac, key_id=_key_id(event)).hex()


def _key_id(event: Event) -> str:
    return event.mac.partition(".")[0]


def _place(address: str | None) -> str:
    """One form for every way to write the same network address; whatever is none is taken as it stands."""
    try:
        return ipaddress.ip_address(address).packed.hex() if address else ""
    except ValueError:
        return str(address)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
