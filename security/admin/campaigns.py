"""What many people are asked for, one after the other: begun here, watched here, stopped here."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from security import browser
from security.admin.asking import ask
from security.admin.forms import ReasonForm
from security.admin.reading import ReadOnly
from security.admin.site import site
from security.flows import campaigns, replacement
from security.forms import posted
from security.models import Asks, Campaign
from security.refusals import Refusal

FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # no device is older


class ReplaceAllForm(ReasonForm):
    """Why, and which devices."""

    before = forms.DateTimeField(
        label=_("Devices paired before"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: up to now."),
    )
    field_order = ("before", "reason")

    def clean_before(self) -> datetime:
        before: datetime = self.cleaned_data["before"] or timezone.now()
        if not FIRST < before <= timezone.now():
            raise forms.ValidationError(_("Choose a moment of the past."))
        return before


def show(request: HttpRequest, begun: Campaign | Refusal) -> Refusal | HttpResponseRedirect:
    """To the page of what has begun, unless it was refused."""
    if isinstance(begun, Refusal):
        return begun
    messages.success(request, gettext("It has begun, and goes on by itself."))
    return redirect("admin:security_campaign_change", begun.pk)


@admin.register(Campaign, site=site)
class CampaignAdmin(ReadOnly):
    """How far each is. Whoever was asked stays asked when it is stopped."""

    list_display = ("started_at", "what", "actor_name", "state", "seen", "total")
    ordering = ("-pk",)
    list_select_related = ("policy__group",)
    hint = ""
    fields = (
        *("what", "before", "policy", "reason", "actor_name", "started_at", "state"),
        *("total", "seen", "asked", "failed", "finished_at", "stopped_at"),
    )
    change_list_template = "admin/campaigns.html"
    change_form_template = "admin/campaign.html"

    @admin.display(description=_("asks people to"))
    def what(self, campaign: Campaign) -> str:
        return str(Asks(campaign.asks_for).label)

    @admin.display(description=_("state"))
    def state(self, campaign: Campaign) -> str:
        if campaign.is_open:
            return gettext("under way") if campaign.seen else gettext("begins in a moment")
        return gettext("stopped") if campaign.stopped_at else gettext("finished")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("replace-all/", wrap(self.replace_all), name="security_campaign_replace_all"),
            path("<path:object_id>/stop/", wrap(self.stop), name="security_campaign_stop"),
            *super().get_urls(),
        ]

    def replace_all(self, request: HttpRequest) -> HttpResponse:
        """After a breach: everybody pairs their devices anew. Looking says how many that are, and asks nobody."""
        self._must_be_allowed(request)
        actor, now = browser.staff_actor(request), timezone.now()

        def does(said: dict[str, Any]) -> Refusal | HttpResponseRedirect:
            return show(request, campaigns.replace_all(said["before"], reason=said["reason"], actor=actor))

        affected = replacement.how_many(now)
        people = ngettext("%(n)d person has a device by now.", "%(n)d people have a device by now.", affected)
        asked = gettext(
            "Each is signed out, told by mail, and pairs every device anew at the next sign-in. What proves that it is "
            "them stays. You are one of them."
        )
        words = {"title": _("Have everybody replace their devices"), "explained": f"{people % {'n': affected}} {asked}"}
        return ask(self, request, None, ReplaceAllForm(posted(request)), **words, does=does)

    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Nobody else is asked."""
        self._must_be_allowed(request)
        campaign: Campaign | None = self.get_object(request, object_id)
        if campaign is None:
            raise Http404

        def does(said: dict[str, Any]) -> str:
            is_done = campaigns.stop(campaign, reason=said["reason"], actor=browser.staff_actor(request))
            return gettext("It is stopped.") if is_done else gettext("That is how it is already.")

        words = {"title": _("Stop the campaign"), "explained": _("Nobody else is asked. Who was asked stays asked.")}
        return ask(self, request, campaign, ReasonForm(posted(request)), **words, does=does)

    def _must_be_allowed(self, request: HttpRequest) -> None:
        if not request.user.has_perm("security.start_campaign"):
            raise PermissionDenied
