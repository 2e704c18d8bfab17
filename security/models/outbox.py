"""Mail that was promised. It is written with the change it tells of, and sent by whoever comes first."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security import crypto
from security.models.event import Event, Kind
from security.models.verification_code import VerificationCode
from security.prepared_writes import SavedQuickly


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, now: Any = None) -> Self:
        """Neither delivered nor given up, and not being sent by anybody at this moment; what people wait for first."""
        rows = self.filter(delivered_at=None, given_up_at=None, due_at__lte=now or timezone.now())
        return rows.order_by("-is_urgent", "due_at", "pk")

    def waiting(self) -> Self:
        """Wanted by now, and neither delivered nor given up."""
        return self.filter(delivered_at=None, given_up_at=None, wanted_at__lte=timezone.now())


class OutboxMessage(SavedQuickly, models.Model):
    """What, and to whom; never the code itself."""

    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="messages")
    # Nobody's, where the address that was typed has no account: the same row is written, and never sent.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="outbox", verbose_name=_("account")
    )
    what = models.CharField(max_length=40)
    address = models.EmailField(_("to"), blank=True)
    code = models.ForeignKey(VerificationCode, on_delete=models.CASCADE, null=True, related_name="messages")
    promised_at = models.DateTimeField(_("promised"), default=timezone.now)
    wanted_at = models.DateTimeField(
        _("not before"), default=timezone.now
    )  # not before; later than the promise for a reminder
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)
    trouble = models.CharField(_("what the mail server said"), max_length=200, blank=True)
    # Somebody waits for it. With a default in the database, because the code before this one knows nothing of it.
    is_urgent = models.BooleanField(default=False, db_default=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(given_up_at=None),
                name="delivered_or_given_up_not_both",
            )
        ]
        indexes = [
            models.Index(
                fields=["-is_urgent", "due_at", "id"],
                condition=Q(delivered_at=None, given_up_at=None),
                name="outbox_due_urgent_first",
            ),
            models.Index(fields=["address", "-promised_at"], name="outbox_lane"),
            models.Index(fields=["-id"], condition=Q(given_up_at__isnull=False), name="outbox_given_up"),
        ]

    def __str__(self) -> str:
        return f"{Kind(self.event.kind).label}, {self.address}"
