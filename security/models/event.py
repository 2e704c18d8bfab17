"""The record of what happened. Rows are added by events.record and never changed or deleted."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Everything that is ever recorded: `noun.past_participle`, and what people read."""

    ACCOUNT_CREATED = "account.created", _("Account created")
    SESSION_STARTED = "session.started", _("Signed in")
    SESSION_ENDED = "session.ended", _("Signed out")
    PASSWORD_CHOSEN = "password.chosen", _("First password chosen")
    PASSWORD_REFUSED = "password.refused", _("Wrong password")
    PASSWORD_CONFIRMED = "password.confirmed", _("Password confirmed")
    AUTHENTICATOR_CODE_REFUSED = "authenticator_code.refused", _("Wrong code from the authenticator app")
    ENROLLMENT_STARTED = "enrollment.started", _("Reset for a new device started")
    ENROLLMENT_PROVED = "enrollment.proved", _("Identity proved for a new device")
    ENROLLMENT_SUPERSEDED = "enrollment.superseded", _("Reset for a new device replaced by a newer one")
    ENROLLMENT_CANCELLED = "enrollment.cancelled", _("Reset for a new device cancelled")
    VERIFICATION_CODE_PROMISED = "verification_code.promised", _("Verification code sent by e-mail")
    VERIFICATION_CODE_REFUSED = "verification_code.refused", _("Wrong verification code")
    AUTHENTICATOR_BOUND = "authenticator.bound", _("Device added")
    AUTHENTICATOR_REPLACED = "authenticator.replaced", _("Device replaced")


class EventQuerySet(models.QuerySet["Event"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are added, never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Events are never deleted.")


class Event(models.Model):
    # Nobody's, where the address that was typed has no account: the same row is written all the same.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="events")
    kind = models.CharField(max_length=40, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=150, blank=True)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=120, blank=True)
    enrollment_id = models.CharField(max_length=24, blank=True)
    detail = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="events_of_person")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"

    def save(self, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("Events are added, never changed.")
        super().save(**kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are never deleted.")
