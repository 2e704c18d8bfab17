"""After a backup was restored: what was revoked since it was made stays revoked (docs/runbooks.md).

The restored database knows nothing of what came after the backup. The log does: each of its lines about an event has
the event's place in its person's chain, its kind, and the ids of the devices, passkeys and codes that it ended.
Whatever lies beyond the end of the restored chain was lost.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched

from django.db.models import F
from django.utils import timezone

from accounts.flows import password
from accounts.models import User
from security import events
from security.actor import Actor
from security.flows import known_browsers, passkeys, recovery_codes, sessions
from security.models import (
    Authenticator,
    Kind,
    OutboxMessage,
    Passkey,
    RecoveryCode,
    RecoveryCodeSet,
    SecurityProfile,
    Session,
    TrustedBrowser,
)
from security.transactions import atomic

PLACE = re.compile(r"event (\d+) of person (\d+): \S+")
SAID = re.compile(r"(\w+)=(\S+)")
AT_ONCE = 2000
WITHDRAWN = "the database was restored"
PASSWORDS = {Kind.PASSWORD_CHOSEN, Kind.PASSWORD_CHANGED, Kind.PASSWORD_RECOVERED, Kind.PASSWORD_EXPOSED}
# What nobody but a person can put right.
LOOKED_AT = {Kind.ADDRESS_CHANGED, Kind.ADDRESS_REMOVED, Kind.ACCOUNT_FROZEN, Kind.ROLES_CHANGED, Kind.GROUPS_CHANGED}


@dataclass(frozen=True, slots=True)
class Line:
    """What the log says of one event."""

    person: int
    position: int
    said: dict[str, str]

    @property
    def kind(self) -> str:
        """What happened, or an empty string where the line does not say."""
        return self.said.get("kind", "")


@dataclass
class Lost:
    """What happened to somebody after the backup."""

    lines: list[Line] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        """What happened, each once."""
        return {line.kind for line in self.lines}

    def ids(self, name: str, *kinds: Kind) -> set[str]:
        """The ids that events of these kinds said under this name."""
        return {line.said[name] for line in self.lines if line.kind in kinds and name in line.said}


def read(lines: Iterable[str]) -> Iterator[Line]:
    """The lines about events, of a log in JSON or as text."""
    for line in lines:
        found = PLACE.search(line)
        if found is None:
            continue
        said = _of_json(line) if line.startswith("{") else dict(SAID.findall(line[found.end() :]))
        yield Line(int(found[2]), int(found[1]), said)


def _of_json(line: str) -> dict[str, str]:
    try:
        said = json.loads(line).get("said", {})
    except ValueError:  # the last line of a machine that died
        return {}
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}


def lost(lines: Iterable[str]) -> dict[int, Lost]:
    """Whoever's record goes on in the log after its end in the database, by their id."""
    found: dict[int, Lost] = defaultdict(Lost)
    ends: dict[int, int] = {}
    for some in batched(read(lines), AT_ONCE):
        new = {line.person for line in some} - ends.keys()
        ends |= SecurityProfile.objects.filter(person_id__in=new).values_list("person_id", "chain_length")
        for line in some:
            if line.position > ends.get(line.person, line.position):
                found[line.person].lines.append(line)
    return dict(found)


@atomic()
def end_everything(*, reason: str, actor: Actor, people: int) -> int:
    """Sign everybody out, end all trust, attempts, codes and links, and withdraw the mails that wait; says how many
    sessions there were.
    """
    now = timezone.now()
    ended, _ = Session.objects.all().delete()
    TrustedBrowser.objects.filter(revoked_at=None).update(revoked_at=now)
    OutboxMessage.objects.filter(delivered_at=None, given_up_at=None).update(given_up_at=now, trouble=WITHDRAWN)
    User.objects.update(security_epoch=F("security_epoch") + 1)
    events.record(Kind.BACKUP_RESTORED, None, actor, reason=reason, people=people)
    return ended


@atomic()
def revoke_again(person: User, what: Lost, *, reason: str, actor: Actor) -> None:
    """Let nothing of this person sign in that was ended after the backup; they are told."""
    SecurityProfile.objects.lock(person)
    _devices(person, what)
    _passkeys(person, what)
    _codes(person, what)
    known_browsers.forget(person)
    sessions.end_all(person, reason=reason, actor=actor)
    if what.kinds & PASSWORDS:
        password.expose(person, reason=reason, actor=actor)


def _devices(person: User, what: Lost) -> None:
    """They are suspended and not revoked: somebody without any device must not become somebody without Enhanced
    Security.
    """
    replaced = what.ids("old_device", Kind.AUTHENTICATOR_REPLACED) | what.ids("device", Kind.AUTHENTICATOR_REMOVED)
    rows = Authenticator.objects.of(person).filter(confirmed=True)
    if not _suspended_all(what):
        rows = rows.filter(public_id__in=replaced)
    rows.update(confirmed=False, suspended_at=timezone.now())


def _passkeys(person: User, what: Lost) -> None:
    if _suspended_all(what):
        passkeys.suspend(person, were_stolen=False)
    removed = what.ids("passkey", Kind.PASSKEY_REMOVED)
    rows = Passkey.objects.of(person).filter(confirmed=True, public_id__in=removed)
    rows.update(confirmed=False, suspended_at=timezone.now())


def _codes(person: User, what: Lost) -> None:
    if _suspended_all(what) or Kind.RECOVERY_CODES_MADE in what.kinds:
        recovery_codes.void(person)
    for line in what.lines:
        if line.kind == Kind.RECOVERY_CODE_USED and line.said.get("position", "").isdigit():
            sets = RecoveryCodeSet.objects.of(person).filter(public_id=line.said.get("set", ""))
            rows = RecoveryCode.objects.filter(set__in=sets, position=int(line.said["position"]), used_at=None)
            rows.update(used_at=timezone.now())


def _suspended_all(what: Lost) -> bool:
    """Whether a swap among the lost events let nothing else sign in any more."""
    return any(line.kind == Kind.AUTHENTICATOR_REPLACED and "probation" in line.said for line in what.lines)
