"""Trusted browsers: where nobody is asked for a code, and how that ends."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from security import browser
from security.flows import trusted_browsers
from security.gate import proven

LIST = "security:browsers"


@require_safe
@proven
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    rows = trusted_browsers.listed(person, token=browser.trust_token(request))
    return render(request, "security/browsers.html", {"browsers": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@proven
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """The button "Stop trusting it" of one browser."""
    person: Any = request.user
    if request.method == "POST" and not trusted_browsers.revoke(person, public_id, actor=browser.actor(request)):
        raise Http404
    return redirect(LIST)


@require_http_methods(["GET", "HEAD", "POST"])
@proven
def end_all(request: HttpRequest) -> HttpResponse:
    """The button "Trust no browser any more"."""
    person: Any = request.user
    if request.method == "POST":
        trusted_browsers.revoke_all(person, actor=browser.actor(request))
    return redirect(LIST)
