"""The device whose app shows the codes: a django-otp Device with its secret sealed and every code good once."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.models import Device

from security import crypto, totp
from security.conf import conf
from security.person import Person
from security.prepared_writes import SavedQuickly


class AuthenticatorQuerySet(models.QuerySet["Authenticator"]):
    def devices_for_user(self, user: Person, confirmed: bool | None = None) -> Self:
        """What django-otp asks of a manager."""
        devices = self.of(user)
        return devices if confirmed is None else devices.filter(confirmed=confirmed)

    def of(self, person: Person) -> Self:
        return self.filter(user_id=person.pk)

    def live(self, now: Any = None) -> Self:
        """Those that sign in: neither suspended nor revoked nor just reported stolen, the oldest first."""
        now = now or timezone.now()
        reported = Q(enrollments__device_was_stolen=True, enrollments__proved_at__isnull=False)
        under_way = Q(enrollments__bound_at=None, enrollments__ended_at=None) & (
            Q(enrollments__held_at=None, enrollments__expires_at__gt=now) | Q(enrollments__lapses_at__gt=now)
        )
        is_of_now = Q(enrollments__epoch=F("user__security_epoch"))
        stolen = self.model.objects.filter(reported & under_way & is_of_now, pk=OuterRef("pk"))
        return self.filter(~Exists(stolen), confirmed=True).order_by("bound_at", "pk")

    def standing(self) -> Self:
        """Those that a new device can take the place of: live, or reported stolen by an attempt that is under way."""
        return self.filter(confirmed=True).order_by("bound_at", "pk")

    def paired(self) -> Self:
        """Those that protect the account, whether or not they sign in at this moment."""
        return self.filter(revoked_at=None)

    def former(self) -> Self:
        """Those that sign nobody in any more and may still say no: suspended, or replaced or removed a short time ago,
        even if somebody reported them stolen.
        """
        kept = timezone.now() - timedelta(seconds=conf.CONTEST)
        rows = self.filter(Q(revoked_at=None) | Q(revoked_at__gt=kept), confirmed=False)
        return rows.exclude(sealed_secret="")

    def older_than(self, change: datetime) -> Self:
        """Those that were there when something changed, and still prove it: live now, or sealed for a contest.

        A device that was reported stolen proves nothing.
        """
        kept = timezone.now() - timedelta(seconds=conf.CONTEST)
        at_the_time = Q(revoked_at=None) | Q(revoked_at__gte=change, revoked_at__gt=kept)
        is_young = Q(suspended_at=None) | Q(suspended_at__gt=kept)
        rows = self.filter(at_the_time, is_young, bound_at__lt=change, reported_stolen_at=None)
        return rows.exclude(sealed_secret="")


class Authenticator(SavedQuickly, Device):
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
    suspended_at = models.DateTimeField(null=True)  # signs nobody in any more, and may still contest
    reported_stolen_at = models.DateTimeField(null=True)
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
        """Whether `token` is an unused code of this device, which signs people in. It is used by this call.

        Locks the row, so of any number of parallel calls with one code a single one is true; no code older than the
        last one used is ever accepted again (RFC 6238 5.2). A secret that cannot be unsealed answers like a wrong code.
        """
        with transaction.atomic():
            row = type(self).objects.live().select_for_update(of=("self",)).filter(pk=self.pk).first()
            if row is None or not row.use(token):
                return False
        self.last_step, self.last_used_at = row.last_step, row.last_used_at
        return True

    def use(self, token: str) -> bool:
        """The same for a row that the caller holds."""
        try:
            secret = crypto.unseal(self.sealed_secret, bound_to=f"authenticator {self.public_id}")
        except crypto.Unsealable:
            return False
        step = totp.matching_step(secret, totp.tidy(token), after=self.last_step)
        if step is None:
            return False
        self.last_step, self.last_used_at = step, timezone.now()
        self.save(update_fields=["last_step", "last_used_at"])
        return True

    def shows(self, token: str) -> bool:
        """Whether this is a code of the device at this moment, spent or not. It grants nothing: it helps to explain."""
        return self._step_of(token) is not None

    def was_used(self, token: str) -> bool:
        """Whether `token` was a code of this device a moment ago, and is spent."""
        step = self._step_of(token)
        return step is not None and step <= self.last_step

    def _step_of(self, token: str) -> int | None:
        try:
            secret = crypto.unseal(self.sealed_secret, bound_to=f"authenticator {self.public_id}")
        except crypto.Unsealable:
            return None
        return totp.matching_step(secret, totp.tidy(token), after=-1)
