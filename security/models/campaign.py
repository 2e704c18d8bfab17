"""Something that is asked of many people one after the other, by whoever has a minute: how far it is."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from security.actor import Actor, Role
from security.models.event import ACTORS
from security.models.group_policy import GroupPolicy


class Asks(models.TextChoices):
    """What people are asked for."""

    REPLACEMENT = "replacement", _("pair every device anew")
    DEVICE = "device", _("set up Enhanced Security by a day")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def open(self) -> "CampaignQuerySet":
        """Those that are neither through nor stopped."""
        return self.filter(finished_at=None, stopped_at=None)


class Campaign(models.Model):
    """People are asked by their key, the lowest first. `leased_until` says whose turn it is to go on, as a lease."""

    asks_for = models.CharField(_("asks people to"), max_length=20, choices=Asks)
    policy = models.ForeignKey(GroupPolicy, on_delete=models.PROTECT, null=True, verbose_name=_("policy"))
    before = models.DateTimeField(_("devices paired before"), null=True)
    reason = models.CharField(_("Reason"), max_length=300)

    actor = models.CharField(max_length=10, choices=ACTORS)
    actor_name = models.CharField(_("started by"), max_length=254)
    actor_address = models.GenericIPAddressField(null=True)
    actor_browser = models.CharField(max_length=160, blank=True)

    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    total = models.PositiveIntegerField(_("people at the start"))
    seen = models.PositiveIntegerField(_("people so far"), default=0)
    asked = models.PositiveIntegerField(_("asked and told"), default=0)
    failed = models.PositiveIntegerField(_("could not be asked"), default=0)
    reached = models.BigIntegerField(default=0)  # the key of whoever was seen last
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        default_permissions = ("view",)
        permissions = [("start_campaign", _("Can have everybody pair their devices anew"))]
        constraints = [
            models.UniqueConstraint(
                fields=["asks_for"],
                condition=Q(asks_for="replacement", finished_at=None, stopped_at=None),
                name="one_replacement_of_all_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["policy"],
                condition=Q(asks_for="device", finished_at=None, stopped_at=None),
                name="one_round_of_a_policy_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(asks_for="replacement", before__isnull=False, policy=None)
                | Q(asks_for="device", before=None, policy__isnull=False),
                name="a_campaign_says_what_it_asks",
            ),
            models.CheckConstraint(condition=Q(seen__gte=F("asked") + F("failed")), name="nobody_is_asked_unseen"),
        ]

    def __str__(self) -> str:
        return str(Asks(self.asks_for).label)

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to be asked."""
        return self.finished_at is None and self.stopped_at is None

    def who(self) -> Actor:
        """Whoever began it: what is recorded of each person is their doing."""
        return Actor(Role(self.actor), self.actor_name, self.actor_address, self.actor_browser)
