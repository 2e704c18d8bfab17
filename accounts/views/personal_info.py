"""Personal info: name, language, time zone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import translation
from django.views.decorators.http import require_http_methods

from accounts.flows import profile
from accounts.forms import PersonalInfoForm
from security import browser
from security.forms import posted
from security.gate import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    spoken = person.language or translation.get_language()
    known = {"name": person.name, "language": spoken, "time_zone": person.time_zone}
    form = PersonalInfoForm(posted(request), initial=known)
    if request.method == "POST" and form.is_valid():
        profile.change(person, actor=browser.actor(request), **form.cleaned_data)
        response = redirect(f"{resolve_url('accounts:personal_info')}?done=saved")
        return browser.keep_language(response, person.language)
    return render(request, "accounts/personal_info.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def time_zone(request: HttpRequest) -> HttpResponse:
    """The button with which somebody confirms the clock that their browser has."""
    zone = request.POST.get("time_zone", "")[:64]
    if request.method == "POST" and profile.is_zone(zone):
        profile.use_clock(request.user, zone)  # type: ignore[arg-type]
    return redirect(browser.own_path(request, "/account/"))
