"""Somebody asked staff for help to get back into their account."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security import crypto

# By this and then by closed_at the open ones come first, without NULLS FIRST, which SQLite takes in no index.
IS_CLOSED = models.ExpressionWrapper(models.Q(closed_at__isnull=False), output_field=models.BooleanField())


class SupportCase(models.Model):
    # Nobody's, where the address that was typed has no account: the answer is the same, and so is the row.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="cases", verbose_name=_("account")
    )
    public_id = models.CharField(_("number"), max_length=24, unique=True, default=crypto.public_id)
    address_digest = models.CharField(max_length=64)
    message = models.TextField(_("message"), blank=True)
    ip_address = models.GenericIPAddressField(_("network address"), null=True)
    browser = models.CharField(_("browser"), max_length=120, blank=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("case of support")
        verbose_name_plural = _("cases of support")
        default_permissions = ("view",)
        permissions = [("close_case", _("Can close a case of support"))]
        constraints = [
            models.UniqueConstraint(
                fields=["address_digest"], condition=models.Q(closed_at=None), name="one_open_case_an_address"
            ),
        ]
        indexes = [
            models.Index(
                IS_CLOSED,
                models.F("closed_at").asc(),
                models.F("opened_at").desc(),
                models.F("id").desc(),
                condition=models.Q(person__isnull=False),
                name="cases_open_ones_first",
            )
        ]

    def __str__(self) -> str:
        return gettext("case %(case)s") % {"case": self.public_id}
