"""Where somebody is signed in, or about to be: one row a browser, found by a digest of the key in its cookie."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from security import crypto
from security.conf import conf
from security.models.browsers import TrustedBrowser
from security.person import Person
from security.prepared import Prepared, moment, number, text
from security.prepared_writes import SavedQuickly, Update


class Limits(NamedTuple):
    """How long a session may be idle, and how long it may last."""

    idle: timedelta
    longest: timedelta


def limits(person: Person | None) -> Limits:
    """Those of a session of this person, or of one in which nobody is signed in."""
    if person is not None and person.is_staff:
        return Limits(timedelta(seconds=conf.STAFF_SESSION_IDLE), timedelta(seconds=conf.STAFF_SESSION_LIFETIME))
    return Limits(timedelta(seconds=conf.SESSION_IDLE), timedelta(seconds=conf.SESSION_LIFETIME))


class SessionQuerySet(models.QuerySet["Session"]):
    def of(self, person: Person) -> "SessionQuerySet":
        return self.filter(person_id=person.pk)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Lock first, then delete: whoever names a session in a new row holds it (`SessionStore.hold`), and Django
        empties those places before it removes the session, which would be too early without the lock.
        """
        with transaction.atomic():
            list(self.select_related(None).order_by("pk").select_for_update().values_list("pk"))
            return super().delete()


class Session(SavedQuickly, models.Model):
    """The row keeps its identity for as long as the browser does; only its key is changed at every proof."""

    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    key_digest = models.CharField(max_length=64, unique=True)
    data = models.TextField(blank=True)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="security_sessions"
    )
    stamp = models.CharField(max_length=128, blank=True)  # get_session_auth_hash(): the password and the epoch
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    second_factor = models.CharField(max_length=20, blank=True)
    second_factor_at = models.DateTimeField(null=True)
    trusted_browser = models.ForeignKey(TrustedBrowser, on_delete=models.SET_NULL, null=True, related_name="sessions")
    proved_at = models.DateTimeField(null=True)  # the last proof of whatever this account asks for
    fresh_for = models.CharField(max_length=20, blank=True)  # the one change a fresh proof was given for
    fresh_at = models.DateTimeField(null=True)
    fresh_since = models.DateTimeField(null=True)  # how old the factor is that gave it
    staff_proof_at = models.DateTimeField(null=True)  # the proof that opened the pages for staff

    previous_digest = models.CharField(max_length=64, blank=True, db_index=True)
    rotation_nonce = models.CharField(max_length=64, blank=True)
    rotated_by = models.CharField(max_length=64, blank=True)  # a digest of the request that changed the key
    rotated_to = models.CharField(max_length=500, blank=True)  # where its answer sent the browser
    rotated_at = models.DateTimeField(null=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None) | ~models.Q(stamp=""),
                name="a_session_of_somebody_is_stamped",
            )
        ]

    def __str__(self) -> str:
        return f"session {self.public_id}"

    @property
    def is_live(self) -> bool:
        """In time, and stamped with the password and epoch its person has now."""
        if self.person is None or not self.is_in_time:
            return self.is_in_time
        return self.person.is_active and crypto.same(self.stamp, self.person.get_session_auth_hash())

    @property
    def is_in_time(self) -> bool:
        """Neither idle too long nor too old."""
        return timezone.now() < min(self.idle_until, self.lasts_until)

    @property
    def idle_until(self) -> datetime:
        """When it ends if nothing is asked for before."""
        return self.last_seen_at + limits(self.person).idle

    @property
    def lasts_until(self) -> datetime:
        """When it ends however busy it is."""
        return self.started_at + limits(self.person).longest


by_key = Prepared(lambda: Session.objects.select_related("person__security_profile").filter(key_digest=text("digest")))
keys = Prepared(lambda: Session.objects.filter(key_digest=text("digest")).values_list("pk"))
held = Prepared(lambda: Session.objects.select_for_update().filter(pk=number("session")))
by_id = Prepared(lambda: Session.objects.select_related("person").filter(pk=number("row")))
of_person = Prepared(lambda: Session.objects.select_related("person").filter(person_id=number("person")))
bearing = Update(lambda: Session.objects.filter(pk=number("row"), key_digest=text("digest")))


def _live() -> models.QuerySet[Session]:
    rows = Session.objects.filter(person_id=number("person"), stamp=text("stamp"))
    return rows.filter(last_seen_at__gt=moment("seen"), started_at__gt=moment("started")).order_by("-started_at", "-pk")


def _trusted() -> models.QuerySet[TrustedBrowser, Any]:
    rows = TrustedBrowser.objects.filter(person_id=number("person")).live(moment("now")).order_by()
    return rows.values("person_id").annotate(total=models.Count("pk")).values("total")


live = Prepared(_live)
counted = Prepared(lambda: _live().values_list(models.Subquery(_trusted())))


def live_of(person: Person) -> list[Session]:
    """Those in time, and stamped with the password and epoch this person has; the one that was begun last first."""
    return live.all(**_life_of(person))


def count_of(person: Person) -> tuple[int, int]:
    """How many of them there are, and how many browsers are trusted by whoever asks from one of them."""
    rows = counted.all(now=timezone.now(), **_life_of(person))
    return len(rows), next((trusted or 0 for (trusted,) in rows), 0)


def _life_of(person: Person) -> dict[str, Any]:
    now, (idle, longest) = timezone.now(), limits(person)
    stamp = person.get_session_auth_hash()
    return {"person": person.pk, "stamp": stamp, "seen": now - idle, "started": now - longest}
