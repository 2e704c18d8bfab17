"""The one comparison by which everything stale dies: the first thing that every change of a factor, code set, password
or address does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F

from security import sessions
from security.actor import Actor
from security.flows import enrollments
from security.models import AddressChange, Enrollment, SecurityProfile, Session, TrustedBrowser
from security.person import Person
from security.prepared import moment, number
from security.prepared_writes import Update

ADDRESS_CHANGES = Update(
    lambda: AddressChange.objects.filter(person_id=number("person"), confirmed_at=None, ended_at=None)
)
NEXT = Update(lambda: _people().filter(pk=number("person")), security_epoch=F("security_epoch") + 1)
TRUSTED = Update(
    lambda: TrustedBrowser.objects.filter(
        person_id=number("person"), epoch=number("epoch"), revoked_at=None, expires_at__gt=moment("now")
    )
)


def _people() -> Any:
    return get_user_model()._default_manager


@dataclass(frozen=True, slots=True)
class Ended:
    """How much ended with an epoch, and when: nothing that the change makes or ends is dated before that."""

    sessions: int
    browsers: int
    at: datetime

    def as_detail(self) -> dict[str, Any]:
        """What the event of the change says of it, dated so that what was made by the change is younger than it."""
        return {"at": self.at, "sessions_ended": str(self.sessions), "browsers_ended": str(self.browsers)}


def bump(
    person: Person, *, actor: Actor, session: sessions.SessionStore | None, spared: Enrollment | None = None
) -> Ended:
    """Kill whatever carries the old epoch: all other sessions, trusted browsers, open and waiting enrollments, codes,
    links. This browser's session, if there is one, is stamped anew under a new key.

    Call it inside the transaction of the change, before anything else of it; `spared` is the enrollment that makes it.
    """
    SecurityProfile.objects.lock(person)
    enrollments.end_all(person, but=spared, actor=actor)
    at = enrollments.now()
    ADDRESS_CHANGES({"ended_at": at}, person=person.pk)
    NEXT({}, person=person.pk)
    browsers = TRUSTED({"revoked_at": at}, person=person.pk, epoch=person.security_epoch, now=at)
    person.security_epoch += 1
    kept: Session | None = None
    if session is not None and session.person is not None and session.person.pk == person.pk:
        session.restamp(person)
        kept = session.row
    return Ended(sessions.end_others(person, keep=kept), browsers, at)
