"""The portal around the pages: which language is spoken, and what was read of the announcements."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_supported_language_variant
from django.views.decorators.http import require_http_methods

from accounts import portal
from accounts.flows import profile
from security import browser
from security.gate import present


@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """The language selector: for this browser, and for whoever is signed in or signs in next. Back to the page."""
    response = redirect(browser.own_path(request, "/"))
    if request.method != "POST":
        return response
    try:
        chosen = get_supported_language_variant(request.POST.get("language", "")[:20], strict=True)
    except LookupError:
        return response
    person: Any = request.user
    if person.is_authenticated:
        profile.speak(person, chosen)
    else:
        browser.choose_language(request, chosen)
    return browser.keep_language(response, chosen)


@require_http_methods(["GET", "HEAD", "POST"])
@present
def close_announcement(request: HttpRequest, public_id: str) -> HttpResponse:
    """The button "Close" of an announcement."""
    if request.method == "POST":
        portal.close(request.user, public_id)  # type: ignore[arg-type]
    return redirect(browser.own_path(request, "/account/"))
