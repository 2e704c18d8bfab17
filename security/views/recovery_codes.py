"""Recovery codes: how many are left, new ones shown once, and the rehearsal that spends none."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from security import browser
from security.conf import conf
from security.flows import challenge, recovery_codes
from security.forms import posted
from security.gate import freshly_proven, is_fresh, proven, signed_in
from security.refusals import Refusal
from security.views.forms import RehearsalForm, SheetForm


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_proven("recovery_codes", only="POST")
def page(request: HttpRequest) -> HttpResponse:
    """Looking shows how many there are; the button makes new ones and shows them in its answer, once."""
    person: Any = request.user
    if request.method != "POST":
        return _show(request)
    sheet = recovery_codes.make(person, session=request.session, actor=browser.actor(request))  # type: ignore[arg-type]
    if isinstance(sheet, Refusal):
        return _show(request, sheet)
    return render(request, "security/recovery_codes/made.html", {"sheet": sheet, "shown_once": True})


def _show(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    person: Any = request.user
    codes, suspended_at = recovery_codes.kept(person)
    context = {
        "codes": codes,
        "refusal": refusal,
        "has_device": challenge.is_needed(person),
        "total": conf.RECOVERY_CODES,
        "suspended_at": None if codes else suspended_at,
        "is_fresh": is_fresh(request, "recovery_codes"),
    }
    return render(request, "security/recovery_codes/page.html", context)


@sensitive_post_parameters("codes")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def download(request: HttpRequest) -> HttpResponse:
    """The codes that the page shows come back in the form and go out as a file: nothing is kept, nothing looked up.

    So whoever is signed in may, and a proof that grew too old does not cost anybody the codes on their screen.
    """
    form = SheetForm(posted(request))
    if not form.is_valid():
        return redirect("security:recovery_codes")
    today = date_format(timezone.localdate(), "DATE_FORMAT")
    head = f"{settings.SITE_NAME}\n{request.user}\n{today}\n\n"
    lines = [f"{number:2}  {code}" for number, code in enumerate(form.cleaned_data["codes"], 1)]
    response = HttpResponse(head + "\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@proven
def rehearse(request: HttpRequest) -> HttpResponse:
    """Two characters of one code show that the list was saved. The question stays the same until it is answered."""
    person: Any = request.user
    asked = recovery_codes.to_rehearse(person)
    if asked is None:
        return redirect("security:recovery_codes")
    position = RehearsalForm.position_of(request.POST) or asked
    form = RehearsalForm(posted(request), position=position)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"]
        refusal = recovery_codes.rehearse(person, position, typed, actor=browser.actor(request))
        if refusal is None:
            return redirect("security:recovery_codes")
        form.add_error("code", str(refusal))
    return render(request, "security/recovery_codes/rehearse.html", {"form": form, "position": position})
