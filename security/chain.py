"""The chain of a person's events: each carries a MAC over itself and the one before it.

The end of the chain is sealed in the person's profile with a MAC that stands nowhere else, so that a missing end shows
as well as a changed middle: whoever can write the tables can break the chain, but not mend it, and what the last event
was is in the log too (ASVS 16.4.2). A key that events were chained with stays in the keyring for as long as they do.
"""

import ipaddress
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from security import crypto, transactions
from security.models import Event, Kind, SecurityProfile
from security.prepared import number
from security.prepared_writes import Update

log = logging.getLogger("security.chain")
in_one_form = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(slots=True)
class Link:
    """All that a MAC is over, and the MAC: the columns of an Event without the model, which takes as long to make as
    the MAC does. For millions of them. Its detail is JSON `in_one_form`.
    """

    person_id: int | None
    kind: str
    at: datetime
    actor: str
    actor_name: str
    address: str | None
    browser: str
    enrollment_id: str
    public_id: str
    detail: str
    position: int = 0
    mac: str = ""


COLUMNS = tuple(field.name for field in fields(Link))
TOLD = ("device", "old_device", "passkey", "set", "position")  # ids and numbers, never a name or an address
# Where the profile remembers that there may be something to look for: other attempts, counted failures that close the
# way of the mailed code or lengthen its wait, former addresses, other ways to show who somebody is.
REMEMBERED: dict[Kind, str] = {
    Kind.VERIFICATION_CODE_PROMISED: "last_reset_at",
    Kind.ENROLLMENT_HELD: "last_reset_at",
    Kind.AUTHENTICATOR_BOUND: "last_reset_at",
    Kind.AUTHENTICATOR_REPLACED: "last_reset_at",
    Kind.AUTHENTICATOR_CODE_REFUSED: "last_wrong_at",
    Kind.RECOVERY_CODE_REFUSED: "last_wrong_at",
    Kind.PASSKEY_REFUSED: "last_wrong_at",
    Kind.PASSKEY_COPIED: "last_wrong_at",
    Kind.VERIFICATION_CODE_REFUSED: "last_wrong_at",
    Kind.ADDRESS_CHANGED: "address_replaced_at",
    Kind.ADDRESS_REMOVED: "address_replaced_at",
    Kind.RECOVERY_CODES_MADE: "has_other_ways",
    Kind.PASSKEY_ADDED: "has_other_ways",
}
ENDS = ("person_id", "chain_anchor", "chain_head", "chain_length")


def append(event: Event, profile: SecurityProfile) -> None:
    """Give the event, not saved yet, its place at the end of the chain. The caller holds the profile's lock."""
    link(event, profile)
    ended: dict[str, Any] = {"chain_head": profile.chain_head, "chain_length": profile.chain_length}
    if column := REMEMBERED.get(Kind(event.kind)):
        ended[column] = event.at if column.endswith("_at") else True
        setattr(profile, column, ended[column])
    _write_end(profile.pk, ended)
    words = ("event %d of person %d: %s", event.position, profile.person_id, event.mac)
    transaction.on_commit(partial(log.info, *words, extra={"said": _ended_by(event)}), robust=True)


def _write_end(profile_id: int, ended: dict[str, Any]) -> None:
    """At the end of the transaction: several events in one move it once."""
    transactions.write((SecurityProfile, "end", profile_id), ended, partial(END, profile=profile_id))


def _ended_by(event: Event) -> dict[str, Any]:
    """The kind of an event, and which devices, passkeys and codes it was about: after a restore of an older backup the
    log alone knows that they are over (accounts/flows/after_restore.py).
    """
    said = {name: event.detail[name] for name in TOLD if event.detail.get(name)}
    said |= {"probation": True} if event.detail.get("probation_until") else {}
    return {"kind": str(event.kind), **said}


def link(event: Event | Link, profile: SecurityProfile) -> None:
    """The same without saving anything."""
    event.position = profile.chain_length + 1
    event.mac = _mac(event, profile.chain_head, crypto.current_key_id())
    profile.chain_length, profile.chain_head = event.position, _end(event.mac)


def append_nowhere() -> None:
    """The work of `append` for an event that is nobody's, so that both take the same."""
    SecurityProfile.objects.lock_nobody()
    _write_end(0, {"chain_head": "", "chain_length": 0})


END = Update(lambda: SecurityProfile.objects.filter(pk=number("profile")))


def anchor(position: int, mac: str, profile: SecurityProfile) -> None:
    """Let the chain begin after the event in this place with this MAC, which is about to be purged with all before it.
    The caller holds the profile's lock, and saves `chain_anchor`.
    """
    parts, key_id = (str(position), _end(mac)), crypto.current_key_id()
    profile.chain_anchor = ".".join([*parts, key_id, _anchor_mac(profile, *parts, key_id)])


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
    return first_breaks(Q(person_id=person_id)).get(person_id)


def first_breaks(of: Q) -> dict[int, int | None]:
    """The same for all these people who have a profile or an event, in two statements. Somebody may be adding to a
    chain between the two: what looks broken is to be looked at again, under the lock of the profile.
    """
    profiles = {profile.person_id: profile for profile in SecurityProfile.objects.filter(of).only(*ENDS).iterator()}
    rows = Event.objects.filter(of, person__isnull=False).order_by("person_id", "position")
    columns = [Cast(name, TextField()) if name == "detail" else name for name in COLUMNS]
    every = (Link(*row) for row in rows.values_list(*columns).iterator())
    found = {
        person_id: _first_break(links, profiles.pop(person_id, None))
        for person_id, links in groupby(every, attrgetter("person_id"))
    }
    return found | {person_id: _first_break((), profile) for person_id, profile in profiles.items()}


def _first_break(links: Iterable[Link], profile: SecurityProfile | None) -> int | None:
    purged, head = _anchored(profile) if profile else (0, "")
    expected = purged + 1
    for event in links:
        if event.position != expected or not _fits(event, head):
            return expected
        expected, head = expected + 1, _end(event.mac)
    length, kept = (profile.chain_length, profile.chain_head) if profile else (0, "")
    return None if (expected - 1, head) == (length, kept) else expected


def _fits(event: Link, before: str) -> bool:
    event.detail = _again_in_one_form(event.detail)
    try:
        return crypto.same(event.mac, _mac(event, before, _key_id(event.mac)))
    except crypto.Unsealable:  # its key is gone
        return False


@lru_cache(maxsize=10_000)
def _again_in_one_form(detail: str) -> str:
    """As the database says it, it may have spaces and another order. Many events of a person say the same."""
    return in_one_form(json.loads(detail))


def _mac(event: Event | Link, before: str, key_id: str) -> str:
    detail = event.detail if isinstance(event, Link) else in_one_form(event.detail)
    said = (event.kind, event.actor, event.actor_name, _place(event.address), event.browser, event.enrollment_id)
    parts = (before, str(event.position), str(event.person_id), _moment(event.at), event.public_id, *said, detail)
    return f"{key_id}.{crypto.derive('event chain', *parts, key_id=key_id).hex()}"


def _end(mac: str) -> str:
    """What the next link is tied to. It is computed, and kept in the profile only while this is the last event."""
    return crypto.derive("event chain end", mac, key_id=_key_id(mac)).hex()


def _key_id(mac: str) -> str:
    return mac.partition(".")[0]


@lru_cache(maxsize=10_000)
def _place(address: str | None) -> str:
    """One form for every way to write the same network address; whatever is none is taken as it stands."""
    try:
        return ipaddress.ip_address(address).packed.hex() if address else ""
    except ValueError:
        return str(address)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
