"""What people see when something went wrong: what it was, and the way on."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from security import browser, refused


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    _note("access.refused", request)
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open for too long, or in another tab somebody signed in: load it anew and go on."""
    _note("csrf.failed", request, reason=reason)
    return render(request, "403_csrf.html", {"again": request.get_full_path()}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug, or the database is away or busy: then they need only try again."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return HttpResponse(render_to_string("500.html"), status=500)
    with translation.override(translation.get_language_from_request(request)):
        page = render_to_string("503.html", {"again": request.get_full_path()})  # asks neither database nor cache
    return HttpResponse(page, status=503, headers={"Retry-After": "5"})


def _note(what: str, request: HttpRequest, **said: str) -> None:
    place = request.resolver_match.view_name if request.resolver_match else ""
    person = getattr(request, "user", None)  # none yet, where a middleware refused
    said |= {"place": place, "method": request.method or ""}
    refused.note(what, browser.actor(request), person=person.pk if person else None, **said)
