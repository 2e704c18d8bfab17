"""Accounts as staff find them and see how they stand, and what they may do there. Nobody's data is edited here."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.acts import ACTS, Act
from accounts.flows import roles as role_flow
from accounts.models import User
from security import activity, browser, glance, roles
from security.admin.asking import ask
from security.admin.reading import SHORTEST_PART, ReadOnly
from security.admin.record import MAIL_STATES
from security.admin.site import site
from security.forms import posted
from security.models import Authenticator


@admin.register(User, site=site)
class UserAdmin(ReadOnly):
    """Found by address, or by three characters of it or more; opened on one page that says how the account stands."""

    list_display = ("email", "name", "is_enrolled", "is_staff", "is_active", "joined_at")
    search_fields = ("email",)
    hint = _("Search by an address, or by three characters of it or more.")
    ordering = ("-pk",)
    find_by = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("security.see_account")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        paired = Prefetch("authenticators", Authenticator.objects.paired().only("pk", "user"), to_attr="paired")
        return super().get_queryset(request).prefetch_related(paired)

    @admin.display(description=_("Enhanced Security"), boolean=True)
    def is_enrolled(self, person: Any) -> bool:
        return bool(person.paired)

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], typed: str) -> tuple[QuerySet[Any], bool]:
        typed = typed.strip()
        if not typed:
            return rows, False
        if len(typed) < SHORTEST_PART:
            self.message_user(request, _("Type three characters of the address or more."), messages.WARNING)
            return rows.none(), False
        whole = rows.filter(email__iexact=typed)  # by the unique index, whatever else has it in its middle
        return (whole if "@" in typed and whole.exists() else rows.filter(email__icontains=typed)), False

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(self.act)
        return [path("<path:object_id>/act/<str:what>/", act, name="accounts_user_act"), *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The account at a glance."""
        person = self._person(request, object_id)
        standing = glance.of(person)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": person.email,
            "original": person,
            "glance": standing,
            "states": [(STATES[state], until) for state, until in standing.states],
            "groups": role_flow.groups().filter(user=person),
            "roles": [roles.LABELS[role] for role in roles.of(person)],
            "mails": [(mail, glance.mail_title(mail), MAIL_STATES[glance.mail_state(mail)]) for mail in standing.mails],
            "closed": [(FACTORS.get(factor, factor), until) for factor, until in standing.closed],
            "lines": activity.page_of(person).lines if request.user.has_perm("security.see_account") else [],
            "acts": [
                (what, act) for what, act in ACTS.items() if self._may(request, person, act) and act.fits(standing)
            ],
            "may_act": roles.may_act_on(request.user, person),
        }
        return TemplateResponse(request, "admin/account.html", context)

    def act(self, request: HttpRequest, object_id: str, what: str) -> HttpResponse:
        """One act: what it does, why, and a button."""
        person, act = self._person(request, object_id), ACTS.get(what)
        if act is None or not self._may(request, person, act):
            raise PermissionDenied
        if not act.fits(glance.of(person)):
            messages.warning(request, gettext("That is how it is already."))
            return redirect("admin:accounts_user_change", person.pk)
        form = act.form(posted(request), initial=act.begins(person), **act.asks(person))
        staff: Any = request.user
        actor = browser.staff_actor(request)
        words = {"title": act.title, "explained": act.explained}
        return ask(self, request, person, form, **words, does=lambda said: act.does(person, said, staff, actor))

    def _person(self, request: HttpRequest, object_id: str | None) -> User:
        if not self.has_view_permission(request):
            raise PermissionDenied
        person: User | None = self.get_object(request, object_id or "")
        if person is None:
            raise Http404
        return person

    def _may(self, request: HttpRequest, person: User, act: Act) -> bool:
        return request.user.has_perm(act.permission) and roles.may_act_on(request.user, person)


FACTORS = {
    "password": _("Password"),
    "authenticator": _("Code from the app"),
    "recovery_code": _("Recovery code"),
    "passkey": _("Passkey"),
    "mailed_code": _("Code sent by e-mail"),
    "rehearsal": _("Check of the recovery codes"),
}
STATES = {
    "inactive": _("Closed"),
    "enrolled": _("Enhanced Security is on"),
    "not enrolled": _("Enhanced Security is off"),
    "frozen": _("Frozen"),
    "held": _("A new device waits"),
    "on probation": _("On probation after a swap"),
    "no reset by mailed code": _("No device by mailed code"),
    "replaces devices": _("Has to replace every device"),
    "password exposed": _("Password known to others"),
}
