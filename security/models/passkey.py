"""Passkeys: WebAuthn credentials of a person, and the challenges that browsers are given to answer.

The public half of a key is no secret; it is changed by nobody (WebAuthn Level 3, 4).
"""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp_webauthn.models import AbstractWebAuthnCredential

from security import aaguids, crypto
from security.conf import conf
from security.models.enrollment import Enrollment
from security.person import Person


class PasskeyQuerySet(models.QuerySet["Passkey"]):
    def devices_for_user(self, user: Person, confirmed: bool | None = None) -> Self:
        """What django-otp asks of a manager."""
        keys = self.of(user)
        return keys if confirmed is None else keys.filter(confirmed=confirmed)

    def of(self, person: Person) -> Self:
        return self.filter(user_id=person.pk).order_by(F("last_used_at").desc(nulls_last=True), "added_at", "pk")

    def live(self, now: Any = None) -> Self:
        """Those that sign in: neither suspended nor removed, nor perhaps on a phone that was just reported stolen."""
        stolen = Enrollment.objects.reporting_theft(now).filter(person_id=OuterRef("user_id"))
        return self.filter(Q(is_security_key=True) | ~Exists(stolen), confirmed=True)

    def kept(self) -> Self:
        """Those that were not removed, whether or not they sign in at this moment."""
        return self.filter(revoked_at=None)

    def older_than(self, change: datetime) -> Self:
        """Those that were there when something changed, and still prove it. What was reported stolen proves nothing."""
        kept = timezone.now() - timedelta(seconds=conf.CONTEST)
        at_the_time = Q(revoked_at=None) | Q(revoked_at__gte=change, revoked_at__gt=kept)
        is_young = Q(suspended_at=None) | Q(suspended_at__gt=kept)
        return self.filter(at_the_time, is_young, added_at__lt=change, reported_stolen_at=None)


class Passkey(AbstractWebAuthnCredential):
    """A passkey. Only the ceremony that proves it makes a row."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    added_at = models.DateTimeField(default=timezone.now)
    sign_count = models.PositiveBigIntegerField(default=0, editable=False)  # of 32 bits, all of them
    verifies_user = models.BooleanField(default=False)  # whether it ever did: by PIN, fingerprint or face
    is_security_key = models.BooleanField(default=False)  # plugged in or held against: on no phone, by what it says
    reported_stolen_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)  # signs nobody in any more, and may still contest
    revoked_at = models.DateTimeField(null=True)

    objects = PasskeyQuerySet.as_manager()

    class Meta(AbstractWebAuthnCredential.Meta):
        abstract = False
        indexes = ()  # credential_id_sha256 is unique, and found by that
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed=True, suspended_at=None, revoked_at=None)
                | (Q(confirmed=False) & (Q(suspended_at__isnull=False) | Q(revoked_at__isnull=False))),
                name="a_live_passkey_is_neither_suspended_nor_removed",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What people see: the name they gave it, or what made it, or what it is."""
        return self.name or self.kind or _("Passkey")

    @property
    def kind(self) -> str:
        """What keeps it, as far as it says so: a password manager, a system, a security key."""
        return aaguids.NAMES.get(self.aaguid, "")


class PasskeyChallenge(models.Model):
    """What a browser was asked to sign: for one purpose, in one session, good once, right or wrong."""

    session = models.CharField(max_length=24, db_index=True)  # its public id: whatever ends the session ends this
    purpose = models.CharField(max_length=20)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"challenge to {self.purpose}"
