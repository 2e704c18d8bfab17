"""A link for a new device that one member of staff asked for, and that waits for a second one (row 7)."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security import crypto
from security.conf import conf
from security.models.event import Event
from security.models.support_case import SupportCase


class AssistedResetQuerySet(models.QuerySet["AssistedReset"]):
    def pending(self) -> Self:
        """Neither decided nor too old, and of the epoch the account has now."""
        since = timezone.now() - timedelta(seconds=conf.ASSISTED_REQUEST_LIFETIME)
        return self.filter(decided_at=None, asked_at__gt=since, epoch=F("person__security_epoch"))


class AssistedReset(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assisted_resets", verbose_name=_("account")
    )
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    epoch = models.IntegerField()
    case = models.ForeignKey(
        SupportCase, on_delete=models.SET_NULL, null=True, related_name="resets", verbose_name=_("case of support")
    )
    reason = models.CharField(_("reason"), max_length=300)
    ticket = models.CharField(_("ticket"), max_length=60, blank=True)
    checked = models.CharField(_("what was checked"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    # Nobody's, where the owner said no.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    is_approved = models.BooleanField(_("approved"), null=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="assisted_reset")  # of the asking
    started = models.OneToOneField(Event, on_delete=models.PROTECT, null=True, related_name="approved_reset")

    objects = AssistedResetQuerySet.as_manager()

    class Meta:
        verbose_name = _("assisted reset")
        verbose_name_plural = _("assisted resets")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(decided_by=F("asked_by")) & ~Q(asked_by=F("person")),
                name="two_people_and_neither_is_the_owner",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, is_approved=None) | Q(decided_at__isnull=False, is_approved__isnull=False),
                name="decided_one_way_or_the_other",
            ),
            models.CheckConstraint(
                condition=Q(is_approved=None) | Q(is_approved=False) | Q(decided_by__isnull=False),
                name="approved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return gettext("assisted reset of %(person)s") % {"person": self.person}

    @property
    def expires_at(self) -> datetime:
        """When it lapses, unless somebody decides before."""
        return self.asked_at + timedelta(seconds=conf.ASSISTED_REQUEST_LIFETIME)
