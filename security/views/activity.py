"""Recent activity: what happened to the account, each line with a way to say that it was somebody else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from security import activity
from security.activity import Show
from security.conf import conf
from security.gate import proven

DAY = 86400


@require_safe
@proven
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    show = activity.shown(request.GET.get("show", ""))
    before = activity.place(request.GET.get("before", ""))
    here = request.session.row  # type: ignore[attr-defined]
    found = activity.page_of(person, show=show, before=before, here=here)
    context = {"page": found, "show": show, "before": before, "parts": _parts(), "days": conf.ACTIVITY_SHOWN // DAY}
    return render(request, "security/activity.html", context)


def _parts() -> list[tuple[Show, str]]:
    return [
        (Show.ALL, _("All")),
        (Show.SIGN_INS, _("Sign-ins")),
        (Show.CHANGES, _("Changes")),
        (Show.REFUSED, _("Refused")),
    ]
