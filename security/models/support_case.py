"""Somebody asked staff for help to get back into their account."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from security import crypto


class SupportCase(models.Model):
    # Nobody's, where the address that was typed has no account: the answer is the same, and so is the row.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="cases")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    address_digest = models.CharField(max_length=64)
    message = models.TextField(blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_digest"], condition=models.Q(closed_at=None), name="one_open_case_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.public_id}"
