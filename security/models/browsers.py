"""Browsers that somebody said to trust, and browsers that are merely known. Of both a digest is kept."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from security import crypto
from security.person import Person
from security.prepared_writes import SavedQuickly


class TrustedBrowserQuerySet(models.QuerySet["TrustedBrowser"]):
    def of(self, person: Person) -> Self:
        return self.filter(person_id=person.pk)

    def live(self, now: Any = None) -> Self:
        """In time, not revoked, and of the present epoch: every change of a factor, address or password ends them."""
        return self.filter(revoked_at=None, expires_at__gt=now or timezone.now(), epoch=F("person__security_epoch"))


class TrustedBrowser(SavedQuickly, models.Model):
    """A browser that is not asked for a second factor for a while. Its session is one of a single factor."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_browsers")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    epoch = models.IntegerField()
    token_digest = models.CharField(max_length=64, unique=True)  # the newest token, which no request has shown yet
    shown_digest = models.CharField(max_length=64, blank=True, db_index=True)  # the last one that was shown
    spent_digests = models.JSONField(default=list)
    browser = models.CharField(max_length=120, blank=True)
    address = models.GenericIPAddressField(null=True)
    added_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = TrustedBrowserQuerySet.as_manager()

    def __str__(self) -> str:
        return f"trusted browser {self.public_id}"

    def is_shown_by(self, digest: str) -> bool:
        """Whether a browser that shows the token with this digest is this one: the newest token, or the one before."""
        return digest in (self.token_digest, self.shown_digest)


class KnownBrowser(SavedQuickly, models.Model):
    """A browser in which this person completed a second factor. It proves nothing; it shortens a wait."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_browsers")
    token_digest = models.CharField(max_length=64)
    family = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_digest", "person"], name="a_browser_is_known_once_to_a_person")
        ]

    def __str__(self) -> str:
        return f"known browser of {self.person_id}"
