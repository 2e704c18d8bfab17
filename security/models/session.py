"""Where somebody is signed in, or about to be: one row a browser, found by a digest of the key in its cookie."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from security import crypto
from security.conf import conf
from security.models.browsers import TrustedBrowser
from security.person import Person


class SessionQuerySet(models.QuerySet["Session"]):
    def of(self, person: Person) -> "SessionQuerySet":
        return self.filter(person_id=person.pk)


class Session(models.Model):
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
        staff = self.person is not None and self.person.is_staff
        idle = conf.STAFF_SESSION_IDLE if staff else conf.SESSION_IDLE
        longest = conf.STAFF_SESSION_LIFETIME if staff else conf.SESSION_LIFETIME
        now = timezone.now()
        since_seen, since_start = now - self.last_seen_at, now - self.started_at
        return since_seen < timedelta(seconds=idle) and since_start < timedelta(seconds=longest)
