"""Links and announcements of the portal, each with its words once a language."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText
from security import browser, events
from security.admin.reading import StaffAdmin
from security.admin.site import site
from security.models import Kind


class Around(StaffAdmin):
    """Each change is an event, beside Django's own note of it."""

    def _record(self, request: HttpRequest, row: Any, how: str) -> None:
        with transaction.atomic():
            events.record(Kind.PORTAL_CHANGED, None, browser.staff_actor(request), what=f"{how}: {row}"[:200])

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "changed")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            self._record(request, row, "removed")
        return super().log_deletions(request, queryset)


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
