"""Pretend accounts as a big site has them: a device, a year of events in a chain that is right, and somebody who is
signed in. What an account is like follows from its number; its secrets are random.

The events are written past `events.record`, thousands at a time, so nobody is told of them. Their places and MACs are
made where those of all others are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from random import Random
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.management import copying
from accounts.models import User
from security import chain, crypto
from security.actor import Role
from security.conf import conf
from security.models import Authenticator, Event, Kind, SecurityProfile, Session
from security.models.enrollment import Proof
from security.policy import Row

TRIES, PROOF = 5, Proof.MAILED_CODE
PAST = timedelta(days=390)  # thirteen months, less a little: nothing of it is old enough to be purged
BROWSERS = (
    "Chrome (Windows)",
    "Chrome Mobile (Android)",
    "Edge (Windows)",
    "Firefox (Linux)",
    "Mobile Safari (iOS)",
    "Safari (Mac OS X)",
)
# What people do from day to day, and how often. The last is for those who have a device.
USUAL = (Kind.SESSION_STARTED, Kind.SESSION_ENDED, Kind.STEP_UP_PASSED, Kind.PROFILE_CHANGED)
USUAL_WITH_DEVICE, OFTEN = (*USUAL, Kind.AUTHENTICATOR_CODE_REFUSED), (45, 30, 15, 2, 8)

USER = ("id", "email", "name", "password", "joined_at", "email_confirmed_at", "security_epoch")
DEVICE = ("user_id", "name", "public_id", "sealed_secret", "proof", "bound_at", "last_used_at", "last_step")
PROFILE = ("person_id", "created_at", "chain_length", "chain_head", "last_reset_at", "last_wrong_at", "has_other_ways")
PLACE = ("public_id", "key_digest", "person_id", "stamp", "address", "browser")
TIMES = ("started_at", "last_seen_at", "second_factor", "second_factor_at", "proved_at")
as_row = attrgetter(*chain.COLUMNS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Accounts by their numbers, and what each of them has. `hashed` is the password of all."""

    numbers: tuple[int, ...]
    hashed: str
    events: int
    sessions: int
    without_device: float


def address(number: int) -> str:
    """What the account with this number signs in with."""
    return f"person-{number}@example.com"


def make(wanted: Wanted) -> int:
    """Make these accounts in one transaction, but for those that are there; says how many it made."""
    numbers = wanted.numbers
    for _ in range(TRIES):
        try:
            return _make(numbers, wanted)
        except IntegrityError:  # somebody else, killed and not dead yet, makes some of them at this moment
            numbers = tuple(number for number in numbers if not _is_there(number))
    return _make(numbers, wanted)


def _is_there(number: int) -> bool:
    return User.objects.filter(email__iexact=address(number)).exists()


@transaction.atomic
def _make(numbers: tuple[int, ...], wanted: Wanted) -> int:
    keys = copying.reserve(User, len(numbers))
    ids = iter(crypto.public_ids(len(numbers) * (1 + wanted.events + wanted.sessions)))
    accounts = [Account(key, number, wanted, ids) for key, number in zip(keys, numbers, strict=True)]
    copying.add(User, USER, [account.user() for account in accounts])
    copying.add(Authenticator, DEVICE, [account.device() for account in accounts if account.device_id])
    copying.add(Event, chain.COLUMNS, (event for account in accounts for event in account.events()))
    copying.add(SecurityProfile, PROFILE, [account.profile() for account in accounts])
    copying.add(Session, PLACE + TIMES, (session for account in accounts for session in account.sessions()))
    return len(accounts)


@cache
def _stamp(hashed: str, epoch: int) -> str:
    return User(password=hashed, security_epoch=epoch).get_session_auth_hash()


class Account:
    """One of them: its rows, each a table's. Its events come before its profile, which has the end of their chain."""

    def __init__(self, key: int, number: int, wanted: Wanted, ids: Iterator[str]) -> None:
        self.ids, self.said = ids, dict[Kind, str]()
        self.key, self.name, self.email, self.hashed = key, f"Person {number}", address(number), wanted.hashed
        self.random = Random(number)  # noqa: S311  (no secret is made of it)
        self.device_id = "" if self.random.random() < wanted.without_device else next(ids)
        self.factor, self.epoch = ("authenticator", 1) if self.device_id else ("password", 0)
        self.browser, self.network = self._browser(), self._network()
        self.now, self.chain = timezone.now(), SecurityProfile(person_id=key)
        self.starts = self._times(wanted.sessions, timedelta(seconds=conf.SESSION_LIFETIME))
        recorded = self.starts[max(0, len(self.starts) - max(0, wanted.events - 2)) :]
        self.times = [*self._times(wanted.events - len(recorded), PAST), *recorded]
        self.joined_at = self.times[0] if self.times else self.now - PAST
        self.bound_at = self.times[1] if len(self.times) > 1 else self.joined_at

    def _browser(self) -> str:
        return self.random.choice(BROWSERS)

    def _network(self) -> str:
        """Of a range that is for benchmarks (RFC 2544) or examples (RFC 3849), and nobody's."""
        one, other = self.random.randrange(256), self.random.randrange(256)
        return f"198.18.{one}.{other}" if self.random.random() < 0.7 else f"2001:db8:{one:x}::{other:x}"

    def _times(self, number: int, span: timedelta) -> list[datetime]:
        """So many moments of the past, in order: neither as long ago as that nor in the last minutes of it."""
        now, seconds = self.now.timestamp(), span.total_seconds()
        found = sorted(now - seconds * self.random.uniform(0.02, 0.98) for _ in range(number))
        return [datetime.fromtimestamp(moment, UTC) for moment in found]

    def user(self) -> tuple[Any, ...]:
        return (self.key, self.email, self.name, self.hashed, self.joined_at, self.joined_at, self.epoch)

    def device(self) -> tuple[Any, ...]:
        row = Authenticator(public_id=self.device_id)
        row.seal(crypto.totp_secret())
        used_at = self.starts[-1] if self.starts else self.bound_at
        step = int(used_at.timestamp()) // 30
        return (self.key, "Phone", self.device_id, row.sealed_secret, PROOF, self.bound_at, used_at, step)

    def events(self) -> Iterator[tuple[Any, ...]]:
        """A chain from the first to the last."""
        for kind, at in zip(self._kinds(), self.times, strict=True):
            is_home = kind != Kind.AUTHENTICATOR_CODE_REFUSED and (at in self.starts or self.random.random() < 0.9)
            network, browser = (self.network, self.browser) if is_home else (self._network(), self._browser())
            said = (kind, at, Role.SELF, "", network, browser, "", next(self.ids), self._text(kind))
            event = chain.Link(self.key, *said)
            chain.link(event, self.chain)
            yield as_row(event)

    def _kinds(self) -> list[Kind]:
        first = [Kind.ACCOUNT_CREATED, Kind.AUTHENTICATOR_BOUND][: 1 + bool(self.device_id)][: len(self.times)]
        last = [Kind.SESSION_STARTED for at in self.times if at in self.starts]
        usual = USUAL_WITH_DEVICE if self.device_id else USUAL
        between = len(self.times) - len(first) - len(last)
        return [*first, *self.random.choices(usual, OFTEN[: len(usual)], k=between), *last]

    def _text(self, kind: Kind) -> str:
        if kind not in self.said:
            self.said[kind] = chain.in_one_form(self._detail(kind))
        return self.said[kind]

    def _detail(self, kind: Kind) -> dict[str, Any]:
        match kind:
            case Kind.ACCOUNT_CREATED:
                return {"by_invitation": False, "epoch": 0}
            case Kind.AUTHENTICATOR_BOUND:
                bound = {"device": self.device_id, "name": "Phone", "row": Row.FIRST_DEVICE, "proof": PROOF}
                return bound | {"hold": "0", "sessions_ended": "0", "browsers_ended": "0"}
            case Kind.SESSION_STARTED:
                return {"factor": self.factor, "device": self.device_id}
            case Kind.SESSION_ENDED:
                return {"why": "signed out"}
            case Kind.STEP_UP_PASSED:
                return {"factor": self.factor, "purpose": ""}
            case Kind.AUTHENTICATOR_CODE_REFUSED:
                return {"at_sign_in": True, "was_used_before": False}
        return {"name": self.name, "old_name": self.name.upper()}

    def profile(self) -> tuple[Any, ...]:
        return (self.key, self.joined_at, self.chain.chain_length, self.chain.chain_head, None, None, False)

    def sessions(self) -> Iterator[tuple[Any, ...]]:
        """Where somebody is signed in and was seen a moment ago. Nobody has the keys."""
        stamp, idle = _stamp(self.hashed, self.epoch), timedelta(seconds=conf.SESSION_IDLE)
        factor = self.factor if self.device_id else ""
        for started_at in self.starts:
            seen_at = max(started_at, self.now - idle * self.random.uniform(0, 0.9))
            digest, proved_at = crypto.digest(crypto.token()), started_at if factor else None
            place = (next(self.ids), digest, self.key, stamp, self.network, self.browser)
            yield (*place, started_at, seen_at, factor, proved_at, started_at)
