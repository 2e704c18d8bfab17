"""Links and announcements of the portal, each with its words once a language."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import Announcement, AnnouncementText, PortalLink, PortalLinkText
from security.admin.site import site


class PortalLinkTexts(admin.StackedInline):
    model = PortalLinkText
    extra = 1


@admin.register(PortalLink, site=site)
class PortalLinkAdmin(admin.ModelAdmin):
    """Links to the company's other pages."""

    list_display = ("link", "place", "position", "is_shown")
    list_filter = ("place", "is_shown")
    inlines = (PortalLinkTexts,)


class AnnouncementTexts(admin.StackedInline):
    model = AnnouncementText
    extra = 1


@admin.register(Announcement, site=site)
class AnnouncementAdmin(admin.ModelAdmin):
    """What everybody is told for a while."""

    list_display = ("title", "severity", "starts_at", "ends_at", "is_dismissible")
    list_filter = ("severity",)
    search_fields = ("texts__title",)
    inlines = (AnnouncementTexts,)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("texts")

    @admin.display(description=_("title"))
    def title(self, announcement: Announcement) -> str:
        texts = {text.language: text.title for text in announcement.texts.all()}
        return texts.get("en") or next(iter(texts.values()), str(announcement))
