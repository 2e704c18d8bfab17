"""A new address that waits for the code sent to it. Nothing has changed until then."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from security import crypto
from security.models.session import Session
from security.person import Person


class Which(models.TextChoices):
    """The two addresses a person can have."""

    PRIMARY = "primary"
    RECOVERY = "recovery"


class AddressChangeQuerySet(models.QuerySet["AddressChange"]):
    def of(self, person: Person) -> Self:
        return self.filter(person_id=person.pk)

    def alive(self) -> Self:
        """Neither confirmed nor ended nor too old, and of the present epoch."""
        return self.filter(
            confirmed_at=None, ended_at=None, expires_at__gt=timezone.now(), epoch=F("person__security_epoch")
        )


class AddressChange(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="address_changes")
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="address_changes")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    epoch = models.IntegerField()
    which = models.CharField(max_length=10, choices=Which)
    address = models.EmailField()
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = AddressChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "which"],
                condition=models.Q(confirmed_at=None, ended_at=None),
                name="one_open_change_of_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None) | models.Q(ended_at=None),
                name="confirmed_or_ended_not_both",
            ),
        ]

    def __str__(self) -> str:
        return f"address change {self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.ended_at is None

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
