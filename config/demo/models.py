"""What the demo needs to be lived without a phone or a mailbox."""

from django.db import models
from django.utils import timezone


class Mail(models.Model):
    to = models.JSONField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.subject


class PhoneEntry(models.Model):
    """An account in the authenticator app of one of the two pretend phones; its secret is in clear, as on a phone."""

    OLD, NEW = "Old phone", "New phone"

    phone = models.CharField(max_length=20)
    account = models.CharField(max_length=254)
    secret = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.account} on the {self.phone}"
