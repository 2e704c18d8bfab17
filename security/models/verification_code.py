"""A code that was promised to an address. The digits are not here: codes.py computes them from this row."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from security import crypto
from security.conf import conf
from security.models.address_change import AddressChange
from security.models.enrollment import Enrollment
from security.prepared_writes import SavedQuickly


class Purpose(models.TextChoices):
    """What a code is good for; it is part of the code, so that none serves two purposes."""

    ENROLLMENT = "enrollment"
    ADDRESS = "address"


class VerificationCode(SavedQuickly, models.Model):
    """One row a code sent. A new code is a new row with the next generation; only the newest counts."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verification_codes")
    purpose = models.CharField(max_length=20, choices=Purpose)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, null=True, related_name="codes")
    address_change = models.ForeignKey(AddressChange, on_delete=models.CASCADE, null=True, related_name="codes")
    address = models.EmailField()
    generation = models.PositiveSmallIntegerField()
    nonce = models.CharField(max_length=64, default=crypto.token)
    key_id = models.CharField(max_length=32, default=crypto.current_key_id)
    epoch = models.IntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    promised_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "generation"], name="one_code_a_generation"),
            models.UniqueConstraint(fields=["address_change", "generation"], name="one_code_a_generation_of_a_change"),
            models.CheckConstraint(
                condition=models.Q(purpose="enrollment", enrollment__isnull=False, address_change=None)
                | models.Q(purpose="address", enrollment=None, address_change__isnull=False),
                name="a_code_is_for_one_purpose",
            ),
        ]
        indexes = [models.Index(fields=["person", "-promised_at"], name="codes_of_person")]

    def __str__(self) -> str:
        return f"code {self.generation} of {self.errand}"

    @property
    def errand(self) -> Enrollment | AddressChange:
        """What the code is for: it is good nowhere else, and no longer than that."""
        errand = self.enrollment or self.address_change
        assert errand is not None  # noqa: S101  (a constraint of the table)
        return errand

    @property
    def expires_at(self) -> datetime:
        """Ten minutes after it was handed to the mail server; never later than thirty after its promise, nor than
        the attempt it is for.
        """
        latest = min(self.promised_at + timedelta(seconds=conf.CODE_PATIENCE), self.errand.expires_at)
        return latest if self.sent_at is None else min(latest, self.sent_at + timedelta(seconds=conf.CODE_LIFETIME))

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_the_last(self) -> bool:
        """Whether no further code may follow in this attempt."""
        return self.generation > conf.CODE_RESENDS

    @property
    def tries_left(self) -> int:
        return max(0, conf.CODE_TRIES - self.tries)
