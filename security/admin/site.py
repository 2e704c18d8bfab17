"""The site of the pages for staff: Django's, without its own sign-in, password and sign-out pages."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import path
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from security import browser, gate
from security.admin import dashboard


class StaffSite(AdminSite):
    """Opens to staff with a second factor after a proof of their own (`gate.staff`); signing in is the site's."""

    site_header = site_title = lazystr(settings.SITE_NAME)
    index_title = _("Pages for staff")
    site_url = "/account/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who have given the proof; whoever has not is sent to give it before any page asks this."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff and gate.has_staff_proof(request))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return gate.staff(super().admin_view(view, cacheable))

    def get_urls(self) -> Any:
        figures = self.admin_view(partial(dashboard.page, site=self))
        return [path("figures/", figures, name="figures"), *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in, and it is not here."""
        return _to_sign_in(request)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("accounts:sign_out")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("accounts:password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("accounts:password")


@require_safe
def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?next={browser.own_path(request, '/admin/')}")


site = StaffSite(name="admin")
