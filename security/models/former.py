"""What an account had until a moment ago: it warns, and it proves that somebody was there before a change."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from security.models.address_change import Which


class FormerPassword(models.Model):
    """A password that was replaced, as its hash, for as long as the change can be contested."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="former_passwords")
    hashed = models.CharField(max_length=200)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["person", "-replaced_at"], name="former_passwords_of_person")]

    def __str__(self) -> str:
        return f"former password of {self.person_id}"


class FormerAddress(models.Model):
    """An address that was replaced or removed; it still gets the alerts for a while. An empty one says that there was
    none before.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="former_addresses")
    which = models.CharField(max_length=10, choices=Which)
    address = models.EmailField()
    confirmed_at = models.DateTimeField(null=True)  # since when it had been the account's
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["person", "-replaced_at"], name="former_addresses_of_person")]

    def __str__(self) -> str:
        return f"former address of {self.person_id}"
