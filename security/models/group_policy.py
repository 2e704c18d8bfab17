"""What a company asks of a group of its people, or of everybody, beyond what holds for all."""

from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class GroupPolicy(models.Model):
    # Everybody's, where there is no group.
    group = models.OneToOneField(
        Group,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="policy",
        verbose_name=_("group"),
        help_text=_("Everybody, where there is none."),
    )
    required_from = models.DateTimeField(
        _("Enhanced Security required from"), null=True, blank=True, help_text=_("Empty: nobody has to have it.")
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=14,
        validators=[MaxValueValidator(90)],
        help_text=_("How long people may put it off after that day, or after they joined."),
    )
    allows_mailed_code = models.BooleanField(
        _("a code by e-mail replaces a device"), default=True, help_text=_("Off: old device, recovery code or support.")
    )
    allows_recovery_code = models.BooleanField(_("a recovery code replaces a device"), default=True)
    needs_second_approver = models.BooleanField(_("a reset by staff needs a second member of staff"), default=False)
    staff_need_passkey = models.BooleanField(
        _("the pages for staff open with a passkey only"), default=False, help_text=_("For the staff among them.")
    )
    hold_hours = models.PositiveSmallIntegerField(
        _("shortest wait, in hours"),
        default=0,
        validators=[MaxValueValidator(168)],
        help_text=_("Before a device takes over that a code by e-mail or staff alone made possible."),
    )

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        default_permissions = ("view", "change")
        ordering = ("group__name",)
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(group=None), name="one_policy_for_everybody"),
            models.CheckConstraint(condition=Q(hold_hours__lte=168), name="a_wait_of_a_week_at_most"),
        ]

    def __str__(self) -> str:
        return self.group.name if self.group else str(_("Everybody"))
