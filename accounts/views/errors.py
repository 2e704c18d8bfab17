"""What people see when something went wrong: what it was, and the way on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
    return render(request, "500.html", status=500)


def _note(what: str, request: HttpRequest, **said: str) -> None:
    place = request.resolver_match.view_name if request.resolver_match else ""
    person = getattr(request, "user", None)  # none yet, where a middleware refused
    said |= {"place": place, "method": request.method or ""}
    refused.note(what, browser.actor(request), person=person.pk if person else None, **said)
