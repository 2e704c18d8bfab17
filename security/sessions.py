"""Our session store (SESSION_ENGINE), over Django's, and the ending of sessions.

A browser keeps one row for as long as it is here; the key in its cookie is changed when somebody signs in, at the
second factor, at the password asked again, and at the swap. Only a digest of the key is stored. The next key is
computed from the present one and a nonce in the row, so that two requests which raced with the same old key end up
with the same new one, and nobody who knows the row alone can compute it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device

from security import crypto, session_keys, transactions
from security.conf import conf
from security.models import Session, TrustedBrowser
from security.models.session import bearing, by_id, by_key, held, keys, of_person
from security.person import Person

STAFF_PAGES = "staff"  # what a proof is for that opens them


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """The seconds until a session ends; `is_final` where nothing can lengthen it."""

    seconds: int
    is_final: bool


def end_others(person: Person, *, keep: Session | None) -> int:
    """End every session of this person but one, at once; says how many were live."""
    rows = [row for row in of_person.all(person=person.pk) if keep is None or row.pk != keep.pk]
    if rows:
        Session.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return sum(row.is_in_time for row in rows)  # the epoch has moved on already, and ends them all


class SessionStore(db.SessionStore):
    """What `request.session` is. `row` is the browser's row, read together with its person in one statement, so that
    no change of epoch can come between the two.
    """

    row: Session | None = None
    expired: Session | None = None  # the row whose key was shown after its end
    was_ended = False
    leads_to = ""  # where the answer sends a browser that is given another key
    _stored = ""  # the digest of the key that the row bears
    _noted = ""  # where the row says that the browser was sent
    request_digest: Callable[[], str] = staticmethod(lambda: "")

    @classmethod
    def get_model_class(cls) -> type[Session]:  # type: ignore[override]
        return Session

    @property
    def person(self) -> Any:
        """The signed-in person, or None."""
        return None if self.is_dead() or self.row is None else self.row.person

    def is_dead(self) -> bool:
        """Whether the key that the browser sent opens nothing."""
        self._get_session()  # type: ignore[attr-defined]
        return self.row is None

    def load(self) -> dict[str, Any]:
        digest = crypto.digest(self.session_key or "")
        self._stored = digest
        row = by_key.first(digest=digest)
        if row is not None and not row.is_live:
            Session.objects.filter(pk=row.pk, key_digest=digest, stamp=row.stamp).delete()
            self.expired, row = row, None
        if row is None:
            self._session_key = None
            return {}
        self.row = row
        self._touch(row)
        return self.decode(row.data)

    def _touch(self, row: Session) -> None:
        if row.last_seen_at <= timezone.now() - timedelta(seconds=conf.SESSION_TOUCH):
            row.last_seen_at = timezone.now()
            Session.objects.filter(pk=row.pk).update(last_seen_at=row.last_seen_at)

    def exists(self, session_key: str) -> bool:
        return bool(keys.first(digest=crypto.digest(session_key)))

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        if must_create:
            return self._insert(self.encode(self._get_session(no_load=True)))  # type: ignore[attr-defined]
        return self._update(data="", **({"rotated_to": self.leads_to} if self.leads_to else {}))

    def _update(self, **columns: Any) -> None:
        """Write to the row this request was given, in a transaction once at its end. Raises UpdateError if the row was
        ended or given another key since.
        """
        if self.row is None:
            raise UpdateError
        transactions.write(self, columns, self._write)

    def _write(self, columns: dict[str, Any]) -> None:
        if "data" in columns:
            columns["data"] = self.encode(self._get_session())  # type: ignore[attr-defined]
            self.modified = False
        if not self._update_mine(columns):
            raise UpdateError
        self._stored = columns.get("key_digest", self._stored)
        if leads_to := columns.get("rotated_to"):
            transaction.on_commit(partial(setattr, self, "_noted", leads_to))

    def _update_mine(self, columns: dict[str, Any]) -> bool:
        """Write to the row, as long as it bears the key that this request found or gave it."""
        return bool(bearing(columns, row=self.row.pk if self.row else 0, digest=self._stored))

    def hold(self) -> Session:
        """The row, kept from being ended until the transaction is over. Raises UpdateError if it was ended already."""
        transactions.write_now(self)
        mine = 0 if self.is_dead() or self.row is None else self.row.pk
        row = held.first(session=mine)
        if row is None:
            raise UpdateError
        return row

    def _insert(self, data: str) -> None:
        try:
            with transaction.atomic():  # with a savepoint, because the error is caught
                self.row = Session.objects.create(key_digest=crypto.digest(self.session_key or ""), data=data)
                self._stored = self.row.key_digest
        except IntegrityError:
            raise CreateError from None

    def delete(self, session_key: str | None = None) -> None:
        if session_key is None and self.row is not None:
            Session.objects.filter(pk=self.row.pk).delete()
            self.row = None

    def flush(self) -> None:
        """Sign out: the row is gone, and the cookie is taken back."""
        was_alive = not self.is_dead()
        super().flush()
        self.was_ended = was_alive

    def cycle_key(self) -> None:
        """Give this browser a new key (ASVS 7.2.4). The old one opens nothing from now on."""
        self._cycle()

    def _cycle(self, **columns: Any) -> None:
        self._get_session()  # type: ignore[attr-defined]
        if self.row is None or self.session_key is None:
            return self.create()
        if "key_digest" in transactions.waiting(self):  # it gets another key in this transaction already
            self._update(**columns)
            return self._set_on_row(columns)
        nonce = crypto.token()
        successor = session_keys.successor(self.session_key, nonce)
        key = {
            "key_digest": crypto.digest(successor),
            "previous_digest": self._stored,
            "rotation_nonce": nonce,
            "rotated_at": timezone.now(),
            "rotated_by": self.request_digest(),
            "rotated_to": self.leads_to,
        }
        try:
            self._update(**key, **({"data": ""} if self.modified else {}) | columns)
        except UpdateError:
            if columns:
                raise
            return self.catch_up()
        self._session_key = successor
        return self._set_on_row(columns)

    def catch_up(self) -> None:
        """Take over what a request that raced with this one, from the same browser, made of the session."""
        if self.row is None or self.session_key is None:
            return
        transactions.write_now(self)
        row = by_id.first(row=self.row.pk)
        if row is None or crypto.same(row.key_digest, crypto.digest(self.session_key)):
            return
        successor = session_keys.successor(self.session_key, row.rotation_nonce)
        if crypto.same(row.key_digest, crypto.digest(successor)):
            self.row, self._session_key, self._stored = row, successor, row.key_digest
            self._session_cache = self.decode(row.data)
            self.modified = False

    @classmethod
    def clear_expired(cls) -> None:
        """Forget the rows of browsers that were not seen for as long as any session may live."""
        Session.objects.filter(last_seen_at__lt=timezone.now() - timedelta(seconds=conf.SESSION_LIFETIME)).delete()

    def is_kept(self) -> bool:
        """Whether the present key is the one in the database: a transaction that failed takes its key back. Notes where
        the request that changed the key was sent, for the same form sent twice.
        """
        if not self.bears_its_key:
            return False
        return self._noted == self.leads_to != "" or self._update_mine({"rotated_to": self.leads_to})

    @property
    def bears_its_key(self) -> bool:
        """Whether the row was last written with the present key."""
        return self._stored == crypto.digest(self.session_key or "")

    def begin(
        self, person: Person, *, address: str | None, browser: str, trusted: TrustedBrowser | None = None
    ) -> None:
        """Make this browser's session one of this person. Nothing is proven yet but the password; with a trusted
        browser that is all there is, and whatever needs a proof asks for one.
        """
        self._update_row(
            person=person,
            stamp=person.get_session_auth_hash(),
            address=address,
            browser=browser,
            started_at=timezone.now(),
            last_seen_at=timezone.now(),
            second_factor="",
            second_factor_at=None,
            trusted_browser=trusted,
            proved_at=None if trusted else timezone.now(),
            fresh_for="",
            fresh_at=None,
            fresh_since=None,
            staff_proof_at=None,
        )

    def prove(self, device: Device | None, factor: str = "authenticator") -> None:
        """Write down that this session has proven a second factor, now."""
        if device is not None:
            self[DEVICE_ID_SESSION_KEY] = device.persistent_id
        now = timezone.now()
        self._update_row(second_factor=factor, second_factor_at=now, proved_at=now, trusted_browser=None)

    def prove_again(self, *, factor: str, since: datetime | None, browser: str, purpose: str = "") -> None:
        """Write down a proof that was given again, under a new key; `purpose` is the one change it is fresh for.

        It counts for the browser that gave it, whichever the session began in.
        """
        now = timezone.now()
        columns: dict[str, Any] = {"proved_at": now, "browser": browser}
        if factor:
            columns |= {"second_factor": factor, "second_factor_at": now, "trusted_browser": None}
        if self.row is not None and self.row.browser != browser:  # what was proven elsewhere counts there only
            columns |= {"staff_proof_at": None, "fresh_for": "", "fresh_at": None, "fresh_since": None}
        if purpose == STAFF_PAGES and factor:
            columns["staff_proof_at"] = now
        elif purpose and purpose != STAFF_PAGES:
            columns |= {"fresh_for": purpose, "fresh_at": now, "fresh_since": since}
        self._cycle(**columns)

    def spend_proof(self) -> None:
        """The change was made for which a fresh proof was given: the next one needs another."""
        if self.row is not None and self.row.fresh_for:
            self._update_row(fresh_for="", fresh_at=None, fresh_since=None)

    def place(self) -> str:
        """What this browser's row is called, made if there is none yet: for whatever belongs to it alone."""
        if self.is_dead():
            self.create()
        return self.row.public_id if self.row else ""

    def extend(self) -> None:
        """Somebody is here and wants to stay: the idle time begins anew."""
        if self.row is not None:
            self._update_row(last_seen_at=timezone.now())

    def time_left(self) -> "TimeLeft | None":
        """How long the signed-in person stays so if they do nothing; None where nobody is signed in."""
        if self.row is None or self.row.person is None:
            return None
        idle, last = self.row.idle_until, self.row.lasts_until
        seconds = (min(idle, last) - timezone.now()).total_seconds()
        return TimeLeft(seconds=max(0, round(seconds)), is_final=last <= idle)

    def restamp(self, person: Person) -> None:
        """Let this session live on after a change of epoch or password, under a new key."""
        self[HASH_SESSION_KEY] = stamp = person.get_session_auth_hash()
        self._cycle(stamp=stamp, staff_proof_at=None, data="")

    def _update_row(self, **columns: Any) -> None:
        if self.row is None:
            self.create()
        self._update(**columns, data="")
        self._set_on_row(columns)

    def _set_on_row(self, columns: dict[str, Any]) -> None:
        for name in columns.keys() - {"data"}:
            setattr(self.row, name, columns[name])
