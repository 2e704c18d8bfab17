"""Recovery codes: sets of ten, of which only slow hashes are kept, and two readable characters for the rehearsal."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from security import crypto
from security.conf import conf
from security.person import Person


class RecoveryCodeSetQuerySet(models.QuerySet["RecoveryCodeSet"]):
    def of(self, person: Person) -> Self:
        return self.filter(person_id=person.pk)

    def live(self) -> Self:
        """The one whose codes sign in."""
        return self.filter(suspended_at=None, voided_at=None)

    def older_than(self, change: datetime) -> Self:
        """Those that were there when something changed, and still prove it."""
        kept = timezone.now() - timedelta(seconds=conf.CONTEST)
        at_the_time = models.Q(voided_at=None) | models.Q(voided_at__gte=change, voided_at__gt=kept)
        return self.filter(at_the_time, made_at__lt=change)


class RecoveryCodeSet(models.Model):
    """Ten codes that were made, shown and end together."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_code_sets")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    made_at = models.DateTimeField(default=timezone.now)
    rehearsed_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)  # signs nobody in any more, and may still contest
    voided_at = models.DateTimeField(null=True)

    objects = RecoveryCodeSetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(suspended_at=None, voided_at=None),
                name="one_live_set_of_codes_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"recovery codes {self.public_id}"


class RecoveryCode(models.Model):
    """One code. The first character says which of the set it is, so that one hash is computed and not ten."""

    set = models.ForeignKey(RecoveryCodeSet, on_delete=models.CASCADE, related_name="codes")
    position = models.PositiveSmallIntegerField()  # 1 to 10, as people see it
    slot = models.CharField(max_length=1)
    hashed = models.CharField(max_length=200)
    sealed_tail = models.TextField()  # the last two characters
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["set", "slot"], name="one_code_a_slot")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"recovery code {self.position} of {self.set_id}"
