"""The figures of the site with pictures: how many are protected, how resets go, where people stop, how fast mail is."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from security import figures, plots
from security.reset.journey import STEPS

DAYS = 90
PROOFS = {
    "authenticator": _("Code of the old device"),
    "passkey": _("Passkey"),
    "recovery_code": _("Recovery code"),
    "mailed_code": _("Code sent by e-mail"),
    "staff": _("Link from support"),
    "import": _("Taken over from the old sign-in"),
}
OUTCOMES = {
    "started": _("Started"),
    "enrollment.held": _("Waiting first"),
    "enrollment.cancelled": _("Cancelled"),
    "assisted_reset.started": _("Links from support"),
}
MAILS = {
    "mail.5s": _("within 5 seconds"),
    "mail.30s": _("within 30 seconds"),
    "mail.5min": _("within 5 minutes"),
    "mail.late": _("later"),
    "mail.failed": _("failed"),
}


@require_safe
def page(request: HttpRequest, site: Any) -> HttpResponse:
    """Four plots of the last 90 days, each with its figures in a table."""
    if not request.user.has_perm("security.see_figures"):
        raise PermissionDenied
    read = figures.read(DAYS)
    shown = [_adoption(read), _proofs(read), _outcomes(read), _stops(read), _mails(read)]
    context = {"title": gettext("Figures of the last 90 days"), "plots": shown, "width": plots.WIDTH}
    return TemplateResponse(request, "admin/figures.html", site.each_context(request) | context)


def _adoption(read: dict[str, dict[date, int]]) -> plots.Plot:
    days = [day for day in figures.days(DAYS) if day in read.get("accounts", {})] or figures.days(1)
    series = {label: [read.get(name, {}).get(day, 0) for day in days] for name, label in ADOPTION.items()}
    return plots.over_time(_("Accounts, and how many of them have Enhanced Security"), days, series)


ADOPTION = {"accounts": _("Accounts"), "enrolled": _("with Enhanced Security")}


def _proofs(read: dict[str, dict[date, int]]) -> plots.Plot:
    values = {label: figures.total(read, f"done.{proof}") for proof, label in PROOFS.items()}
    return plots.side_by_side(_("Devices paired, by what proved it"), values)


def _outcomes(read: dict[str, dict[date, int]]) -> plots.Plot:
    values = {label: figures.total(read, name) for name, label in OUTCOMES.items()}
    return plots.side_by_side(_("How resets went"), values)


def _stops(read: dict[str, dict[date, int]]) -> plots.Plot:
    numbered = enumerate(STEPS, 1)
    values = {f"{n}. {step.title}": figures.total(read, f"stopped.{step.name}") for n, step in numbered}
    return plots.side_by_side(_("Where people stopped in the journey"), values)


def _mails(read: dict[str, dict[date, int]]) -> plots.Plot:
    return plots.side_by_side(
        _("How fast mail left"), {label: figures.total(read, name) for name, label in MAILS.items()}
    )
