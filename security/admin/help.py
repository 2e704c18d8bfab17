"""What owners asked support for, and links for a new device that wait for a second member of staff."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security import browser, roles
from security.admin.asking import ask
from security.admin.forms import ReasonForm
from security.admin.reading import ReadOnly
from security.admin.site import site
from security.flows import assisted, support
from security.forms import posted
from security.models import AssistedReset, SupportCase
from security.models.support_case import IS_CLOSED
from security.refusals import Reason, Refusal


class IsOpen(admin.SimpleListFilter):
    """Open cases first: they are what somebody waits for."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("closed", _("closed"))]

    def queryset(self, request: HttpRequest, rows: Any) -> Any:
        return rows.filter(closed_at__isnull=self.value() == "open") if self.value() else rows


@admin.register(SupportCase, site=site)
class SupportCaseAdmin(ReadOnly):
    """What owners asked support for. Cases of addresses without an account are not shown: there is nobody to help."""

    list_display = ("public_id", "opened_at", "person", "closed_at")
    list_filter = (IsOpen,)
    lookups = frozenset({"state"})
    list_select_related = ("person",)
    search_fields = ("person__email",)
    ordering = (IS_CLOSED.asc(), "closed_at", "-opened_at")
    fields = ("public_id", "person", "message", "opened_at", "ip_address", "browser", "closed_at")
    change_form_template = "admin/case.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(person=None)

    def get_urls(self) -> list[URLPattern]:
        close = self.admin_site.admin_view(self.close)
        return [path("<path:object_id>/close/", close, name="security_supportcase_close"), *super().get_urls()]

    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same person may ask again after that."""
        case: Any = self.get_object(request, object_id)
        if case is None:
            raise Http404
        if not request.user.has_perm("security.close_case") or not roles.may_act_on(request.user, case.person):
            raise PermissionDenied

        def does(said: dict[str, Any]) -> str:
            is_done = support.close(case, reason=said["reason"], actor=browser.staff_actor(request))
            return gettext("The case is closed.") if is_done else gettext("That is how it is already.")

        words = {"title": _("Close the case"), "explained": _("The same person may open another one after that.")}
        return ask(self, request, case, ReasonForm(posted(request)), **words, does=does)


class IsPending(admin.SimpleListFilter):
    """What waits for somebody to decide."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("pending", _("waiting"))]

    def queryset(self, request: HttpRequest, rows: Any) -> Any:
        return rows.filter(pk__in=AssistedReset.objects.pending().values("pk")) if self.value() else rows


@admin.register(AssistedReset, site=site)
class AssistedResetAdmin(ReadOnly):
    """Links for a new device that one member of staff asked for and another one agrees to, or not."""

    list_display = ("asked_at", "person", "asked_by", "reason", "decided_by", "is_approved")
    list_filter = (IsPending,)
    lookups = frozenset({"state"})
    list_select_related = ("person", "asked_by", "decided_by")
    search_fields = ("person__email",)
    ordering = ("-pk",)
    fields = (
        *("person", "reason", "ticket", "checked", "case", "asked_by", "asked_at"),
        *("decided_by", "decided_at", "is_approved"),
    )
    change_form_template = "admin/assisted_reset.html"

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        name = "security_assistedreset_decide"
        return [path("<path:object_id>/<str:answer>/decide/", decide, name=name), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["is_pending"] = AssistedReset.objects.pending().filter(pk=kwargs["obj"].pk).exists()
        context["may_decide"] = self._may_decide(request, kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_decide(self, request: HttpRequest, asked: AssistedReset) -> bool:
        staff: Any = request.user
        is_other = staff.pk != asked.asked_by_id and roles.may_act_on(staff, asked.person)
        return is_other and staff.has_perm("security.approve_reset")

    def decide(self, request: HttpRequest, object_id: str, answer: str) -> HttpResponse:
        """Agree, or do not; by somebody else than who asked."""
        asked: Any = self.get_object(request, object_id)
        if asked is None or answer not in DECISIONS:
            raise Http404
        if not self._may_decide(request, asked):
            raise PermissionDenied
        title, explained, does = DECISIONS[answer]
        staff, actor = request.user, browser.staff_actor(request)
        form = ReasonForm(posted(request))
        words = {"title": title, "explained": explained}
        return ask(self, request, asked, form, **words, does=lambda said: does(asked, said["reason"], staff, actor))


def _approve(asked: AssistedReset, reason: str, staff: Any, actor: Any) -> str | Refusal:
    return assisted.approve(asked, reason=reason, staff=staff, actor=actor) or gettext("The link is on its way.")


def _decline(asked: AssistedReset, reason: str, staff: Any, actor: Any) -> str | Refusal:
    is_done = assisted.decline(asked, reason=reason, staff=staff, actor=actor)
    return gettext("It is declined.") if is_done else Refusal(Reason.SECOND_APPROVER)


DECISIONS: dict[str, tuple[Any, Any, Any]] = {
    "approve": (
        _("Approve"),
        _("The owner gets the link now, and the new device takes over at once. Be sure that somebody has checked."),
        _approve,
    ),
    "decline": (_("Decline"), _("No link is sent, and everything stays as it is."), _decline),
}
