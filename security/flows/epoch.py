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
    browsers = TrustedBrowser.objects.of(person).live().count()
    enrollments.end_all(person, but=spared, actor=actor)
    at = enrollments.now()
    AddressChange.objects.of(person).filter(confirmed_at=None, ended_at=None).update(ended_at=at)
    people = get_user_model()._default_manager
    people.filter(pk=person.pk).update(security_epoch=F("security_epoch") + 1)
    person.security_epoch += 1
    TrustedBrowser.objects.of(person).filter(revoked_at=None).update(revoked_at=at)
    kept: Session | None = None
    if session is not None and session.person is not None and session.person.pk == person.pk:
        session.restamp(person)
        kept = session.row
    return Ended(sessions.end_others(person, keep=kept), browsers, at)
