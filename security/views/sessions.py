"""Where somebody is signed in, how that ends, and how it is lengthened by one press."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from security import browser
from security.conf import conf
from security.flows import sessions
from security.gate import present, proven
from security.sessions import SessionStore

LIST = "security:sessions"


@require_safe
@proven
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    here = _session(request).row
    rows = sorted(sessions.live_sessions(person), key=lambda row: row != here)  # this one first
    return render(request, "security/sessions.html", {"sessions": rows, "here": here, "most": conf.SESSIONS})


@require_http_methods(["GET", "HEAD", "POST"])
@proven
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """The button "Sign out there" of one session."""
    person: Any = request.user
    if request.method == "POST" and not sessions.end(person, public_id, actor=browser.actor(request)):
        raise Http404
    return redirect(LIST)


@require_http_methods(["GET", "HEAD", "POST"])
@proven
def end_others(request: HttpRequest) -> HttpResponse:
    """The button "Sign out everywhere else"."""
    person: Any = request.user
    if request.method == "POST":
        sessions.end_others(person, keep=_session(request).row, actor=browser.actor(request))
    return redirect(LIST)


@require_http_methods(["GET", "HEAD", "POST"])
@present
def extend(request: HttpRequest) -> HttpResponse:
    """The button "Stay signed in" of the warning before an idle end; says how long it is good for."""
    if request.method != "POST":
        return redirect("security:page")
    session = _session(request)
    session.extend()
    left = session.time_left()
    assert left is not None  # noqa: S101
    return JsonResponse({"seconds_left": left.seconds, "is_final": left.is_final})


def _session(request: HttpRequest) -> SessionStore:
    return request.session  # type: ignore[return-value]
