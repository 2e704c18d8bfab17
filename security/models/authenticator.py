"""The device whose app shows the codes: a django-otp Device with its secret sealed and every code good once."""

from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.models import Device

from security import crypto, totp
from security.person import Person


class AuthenticatorQuerySet(models.QuerySet["Authenticator"]):
    def devices_for_user(self, user: Person, confirmed: bool | None = None) -> Self:
        """What django-otp asks of a manager."""
        devices = self.of(user)
        return devices if confirmed is None else devices.filter(confirmed=confirmed)

    def of(self, person: Person) -> Self:
        return self.filter(user_id=person.pk)

    def live(self) -> Self:
        """Those that sign in: neither suspended nor revoked, the oldest first."""
        return self.filter(confirmed=True).order_by("bound_at", "pk")


class Authenticator(Device):
    """A paired authenticator. A row exists only once its first code was right (the pending secret of an
    enrollment is elsewhere), so django-otp never sees an unproven one.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authenticators")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    sealed_secret = models.TextField()
    last_step = models.BigIntegerField()
    bound_at = models.DateTimeField(default=timezone.now)
    bound_from = models.CharField(max_length=160, blank=True)
    proof = models.CharField(max_length=20)
    last_used_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    replaced_by = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaces")

    objects = AuthenticatorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed=True, suspended_at=None, revoked_at=None)
                | (Q(confirmed=False) & (Q(suspended_at__isnull=False) | Q(revoked_at__isnull=False))),
                name="confirmed_means_neither_suspended_nor_revoked",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What people see: the name they gave it, or what it is."""
        return self.name or _("Authenticator app")

    def seal(self, secret: bytes) -> None:
        """Keep this secret, tied to this row."""
        self.sealed_secret = crypto.seal(secret, bound_to=f"authenticator {self.public_id}")

    def verify_token(self, token: str) -> bool:
        """Whether `token` is a code of this device that was never used. It is used by this call.

        Locks the row, so of any number of parallel calls with one code a single one is true; no code older than the
        last one used is ever accepted again (RFC 6238 5.2). A secret that cannot be unsealed answers like a wrong code.
        """
        with transaction.atomic():
            row = type(self).objects.select_for_update().filter(pk=self.pk, confirmed=True).first()
            if row is None:
                return False
            try:
                secret = crypto.unseal(row.sealed_secret, bound_to=f"authenticator {row.public_id}")
            except crypto.Unsealable:
                return False
            step = totp.matching_step(secret, totp.tidy(token), after=row.last_step)
            if step is None:
                return False
            self.last_step, self.last_used_at = step, timezone.now()
            self.save(update_fields=["last_step", "last_used_at"])
            return True
