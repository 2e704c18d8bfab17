"""Events and mails as staff read them. Nothing here is a secret, and nothing is changed."""

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from security import browser, events, glance
from security.admin import details
from security.admin.reading import NUL, ReadOnly
from security.admin.site import site
from security.models import Event, Kind, OutboxMessage

FORMULA = ("=", "+", "-", "@", "\t", "\r")
EXPORTED_AT_MOST = 100_000  # the newest
COLUMNS = ("at", "kind", "person", "actor", "actor_name", "address", "browser", "enrollment_id", "public_id", "detail")


@admin.register(Event, site=site)
class EventAdmin(ReadOnly):
    """The record. It is exported as it is filtered."""

    list_display = ("at", "kind", "person", "actor", "actor_name", "address", "browser")
    list_filter = ("kind",)
    lookups = frozenset({"kind__exact"})
    list_select_related = ("person",)
    search_fields = ("person__email",)
    ordering = ("-pk",)
    fields = ("at", "kind", "person", "actor", "actor_name", "address", "browser", "enrollment_id", "said")
    readonly_fields = ("said",)
    change_list_template = "admin/events.html"

    @admin.display(description=_("details"))
    def said(self, event: Event) -> str:
        """What helps to judge it in words, what staff wrote, and the rest by its name."""
        return format_html_join("", "<div>{}{}</div>", details.lines(event))

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/<str:form>/", export, name="security_event_export"), *super().get_urls()]

    def export(self, request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
        """The newest of what the list shows, as CSV or JSON lines. That it was exported is an event itself."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if any(NUL in value for value in request.GET.values()):
            raise BadRequest
        if not request.user.has_perm("security.export_events") or form not in WRITTEN:
            raise PermissionDenied
        try:
            rows: Any = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise BadRequest from None
        keys = list(rows.order_by("-pk").values_list("pk", flat=True)[:EXPORTED_AT_MOST])
        with transaction.atomic():
            events.record(Kind.EVENTS_EXPORTED, None, browser.staff_actor(request), number=len(keys))
        write, media = WRITTEN[form]
        answer = StreamingHttpResponse(write(_each(keys)), content_type=media)
        answer["Content-Disposition"] = f'attachment; filename="events-{timezone.now():%Y-%m-%d}.{form}"'
        return answer


def _row(event: Event) -> dict[str, Any]:
    row = {column: getattr(event, column) for column in COLUMNS}
    return row | {
        "at": event.at.isoformat(),
        "person": event.person.email if event.person else "",
        "detail": details.shown(event),
    }


def _each(keys: list[int]) -> Iterator[Event]:
    """These events, the oldest first, some read at a time."""
    for some in batched(reversed(keys), 2000):
        yield from Event.objects.filter(pk__in=some).select_related("person").order_by("pk")


def _as_json_lines(rows: Iterable[Event]) -> Iterator[str]:
    return (json.dumps(_row(event), ensure_ascii=False) + "\n" for event in rows)


class _Line:
    """A file that keeps nothing: what is written is what comes back."""

    def write(self, text: str) -> str:
        return text


def _as_csv(rows: Iterable[Event]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in rows:
        row = _row(event) | {"detail": json.dumps(details.shown(event), ensure_ascii=False)}
        yield writer.writerow([_harmless(row[column]) for column in COLUMNS])


def _harmless(cell: Any) -> str:
    """No spreadsheet takes this for a formula (ASVS 1.2.10)."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


WRITTEN = {"csv": (_as_csv, "text/csv; charset=utf-8"), "jsonl": (_as_json_lines, "application/jsonl; charset=utf-8")}


MAIL_STATES = {"delivered": _("delivered"), "failed": _("failed"), "waiting": _("waiting")}


class MailStateFilter(admin.SimpleListFilter):
    """What became of a mail."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(MAIL_STATES.items())

    def queryset(self, request: HttpRequest, rows: Any) -> Any:
        if self.value() == "waiting":
            return rows.filter(delivered_at=None, given_up_at=None)
        column = {"delivered": "delivered_at", "failed": "given_up_at"}.get(self.value() or "")
        return rows.filter(**{f"{column}__isnull": False}) if column else rows


@admin.register(OutboxMessage, site=site)
class OutboxMessageAdmin(ReadOnly):
    """What was promised by mail, and what became of it. The words of a mail, and its codes and links, are not here."""

    list_display = ("promised_at", "title", "person", "address", "state", "attempts", "trouble")
    list_filter = (MailStateFilter,)
    lookups = frozenset({"state"})
    list_select_related = ("person", "event")
    search_fields = ("person__email",)
    ordering = ("-pk",)
    fields = (
        "title",
        "person",
        "address",
        "promised_at",
        "wanted_at",
        "attempts",
        "delivered_at",
        "given_up_at",
        "trouble",
    )

    @admin.display(description=_("mail"))
    def title(self, mail: OutboxMessage) -> str:
        return str(Kind(mail.event.kind).label)

    @admin.display(description=_("state"))
    def state(self, mail: OutboxMessage) -> str:
        return str(MAIL_STATES[glance.mail_state(mail)])
