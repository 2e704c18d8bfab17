"""Links and announcements of the portal, each with its words once a language."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText
from security import browser, events
from security.admin.asking import ask
from security.admin.forms import LONGEST, ReasonForm
from security.admin.reading import StaffAdmin
from security.admin.site import site
from security.forms import posted
from security.models import Kind


class WithReason(forms.ModelForm):
    """Why it is as it is from now on."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST, widget=forms.Textarea({"rows": 2}))


class Around(StaffAdmin):
    """Each change has a reason and is an event, beside Django's own note of it; so is taking something away."""

    form = WithReason
    change_form_template = "admin/around.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._record(request, form.instance, "changed" if change else "added", form.cleaned_data["reason"])

    def _record(self, request: HttpRequest, row: Any, how: str, reason: str) -> None:
        actor = browser.staff_actor(request)
        with transaction.atomic():
            events.record(Kind.PORTAL_CHANGED, None, actor, what=f"{how}: {row}"[:200], reason=reason)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_remove"
        remove = self.admin_site.admin_view(self.remove)
        return [path("<path:object_id>/remove/", remove, name=name), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if (row := kwargs.get("obj")) and self._may_remove(request):
            context["remove"] = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_remove", args=[row.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_remove(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(f"{self.opts.app_label}.delete_{self.opts.model_name}"))

    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is gone from the portal, with its words in every language."""
        if not self._may_remove(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404

        def does(said: dict[str, Any]) -> HttpResponseRedirect:
            with transaction.atomic():
                self._record(request, row, "removed", said["reason"])
                self.log_deletions(request, type(row)._default_manager.filter(pk=row.pk))
                row.delete()
            messages.success(request, gettext("It is removed."))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

        words = {"title": _("Remove it"), "explained": _("It goes with its words in every language.")}
        return ask(self, request, row, ReasonForm(posted(request)), **words, does=does)


class PortalLinkTexts(admin.StackedInline):
    model = PortalLinkText
    extra = 1


@admin.register(PortalLink, site=site)
class PortalLinkAdmin(Around):
    """Links to the company's other pages."""

    list_display = ("link", "place", "position", "is_shown")
    list_filter = ("place", "is_shown")
    lookups = frozenset({"place__exact", "is_shown__exact"})
    inlines = (PortalLinkTexts,)


class AnnouncementTexts(admin.StackedInline):
    model = AnnouncementText
    extra = 1


@admin.register(Announcement, site=site)
class AnnouncementAdmin(Around):
    """What everybody is told for a while."""

    list_display = ("title", "severity", "starts_at", "ends_at", "is_dismissible")
    list_filter = ("severity",)
    lookups = frozenset({"severity__exact"})
    search_fields = ("texts__title",)
    inlines = (AnnouncementTexts,)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("texts")

    @admin.display(description=_("title"))
    def title(self, announcement: Announcement) -> str:
        texts = {text.language: text.title for text in announcement.texts.all()}
        return texts.get("en") or next(iter(texts.values()), str(announcement))
