"""How often a factor of somebody was answered wrongly. In the database, so that a flushed cache gives no free tries."""

from typing import Any

from django.db import models

from security.prepared_writes import SavedQuickly


class Factor(models.TextChoices):
    """What is counted apart from everything else."""

    PASSWORD = "password"  # noqa: S105
    AUTHENTICATOR = "authenticator"
    MAILED_CODE = "mailed_code"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"
    REHEARSAL = "rehearsal"
    ADDRESS_BLOCK = "address_block"  # counted here only while Redis is away


class Throttle(SavedQuickly, models.Model):
    """One row a subject and factor. The subject is a person's id, or a digest of the address that was typed."""

    subject = models.CharField(max_length=96)
    factor = models.CharField(max_length=20, choices=Factor)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.JSONField(default=list)  # the failures of the last 24 hours, as seconds of Unix time
    closed_until = models.DateTimeField(null=True)

    # No columns: whether the row was made this moment, with its first failure; and what the database has of it.
    is_counted = False
    as_written: dict[str, Any] = {}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "factor"], name="one_count_a_subject_and_factor")]
        # All lanes of a person are found by how their subjects begin.
        indexes = [models.Index(fields=["subject"], name="counts_by_beginning", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"{self.factor} of {self.subject}: {self.failures}"
