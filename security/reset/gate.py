"""The one gate of the journey: whose enrollment this browser has, and whether a screen's turn has come."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from security import answers, browser, refused, tongue, trail
from security.models import Enrollment
from security.prepared import Prepared, number
from security.reset import around, journey
from security.reset.flow import Overtaken

Screen = Callable[[HttpRequest, Enrollment], HttpResponse]


def screen(name: str, *, only: str = "") -> Callable[[Screen], Any]:
    """Opens a view to the person whose journey is at this screen or past it; everybody else is sent where they belong.

    No enrollment or an expired one: to `email`, signed out: to sign in. Finished or cancelled: to Sign in & security.
    A later screen: to the current one. Overtaken by a parallel request: where the journey is now. With `only="POST"`
    a mere look is sent on as well.
    """

    def decorate(view: Screen) -> Any:
        @wraps(view)
        def gate(request: HttpRequest) -> HttpResponse:
            enrollment = enrollment_of(request)
            if enrollment is None or not _is_at(name, enrollment) or only not in ("", request.method):
                _note_skip(request, name, enrollment)
                return forward(request, enrollment)
            try:
                with _spoken_to(request, enrollment):
                    return view(request, enrollment)
            except Overtaken:
                browser.catch_up(request)
                return forward(request, enrollment_of(request))

        gate.door = "enrollment"  # type: ignore[attr-defined]
        return require_http_methods(["GET", "HEAD", "POST"])(gate)

    return decorate


def _spoken_to(request: HttpRequest, enrollment: Enrollment) -> AbstractContextManager[Any]:
    """Who is locked out is not signed in, but known. Whoever is signed in is spoken to already (PersonMiddleware)."""
    if request.user.is_authenticated:
        return nullcontext()
    return tongue.of(enrollment.person, chosen=browser.chosen_language(request))


def _latest() -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(session=number("session"), person_id=number("person"))
    return rows.select_related("replaces").order_by("-pk")[:1]


LATEST = Prepared(_latest)


def enrollment_of(request: HttpRequest) -> Enrollment | None:
    """The latest enrollment of the person this browser is signed in as, or about to be, begun in this browser."""
    person = traveller(request)
    session = request.session.row  # type: ignore[attr-defined]
    if person is None or session is None:
        return None
    found = LATEST.first(session=session.pk, person=person.pk)
    if found is not None:
        found.person = person
        trail.mark(enrollment=found.public_id)
    return found


def traveller(request: HttpRequest) -> Any:
    """Who is on the journey: the signed-in person, or the one whose sign-in waits for a second factor."""
    if request.user.is_authenticated:
        return request.user
    return browser.pending(request)


def forward(request: HttpRequest, enrollment: Enrollment | None) -> HttpResponse:
    """Where this browser belongs now, whose key another click may have changed while this one was under way."""
    if enrollment is None and not request.user.is_authenticated and browser.catch_up(request):
        enrollment = enrollment_of(request)
    if enrollment is None or (enrollment.is_open and _is_stale(enrollment)) or _has_lapsed(enrollment):
        return _to_the_start(request)
    step = journey.current(enrollment)
    if enrollment.is_waiting:
        return redirect("security:held")
    if step is None or not enrollment.is_open:
        browser.catch_up(request)
        return redirect("security:page")
    return redirect(around.address(step.name))


def _has_lapsed(enrollment: Enrollment) -> bool:
    is_held = enrollment.held_at is not None and enrollment.bound_at is None and enrollment.ended_at is None
    return is_held and not enrollment.is_waiting


def _to_the_start(request: HttpRequest) -> HttpResponse:
    return redirect("security:reset:email" if request.user.is_authenticated else "accounts:sign_in")


def _is_at(name: str, enrollment: Enrollment) -> bool:
    over = not enrollment.is_open or _is_stale(enrollment)
    return not over and journey.is_open(journey.step(name), enrollment)


def _note_skip(request: HttpRequest, name: str, enrollment: Enrollment | None) -> None:
    """Somebody asks for a screen whose turn has not come: a bookmark, or a gate that is tried."""
    if enrollment is None or not enrollment.is_open or journey.is_open(journey.step(name), enrollment):
        return
    said = {"person": enrollment.person_id, "enrollment": enrollment.public_id, "screen": name}
    refused.note("step.skipped", browser.actor(request), method=request.method, **said)


def _is_stale(enrollment: Enrollment) -> bool:
    is_of_now = enrollment.epoch == enrollment.person.security_epoch and not enrollment.has_expired
    return not (is_of_now and enrollment.can_be_unsealed)


def show(
    request: HttpRequest, name: str, enrollment: Enrollment | journey.Start, form: Any = None, **more: Any
) -> HttpResponse:
    """The page of a screen, with the progress of the journey it belongs to."""
    step, own = journey.step(name), around.address(name)
    context = {
        "around": around.of(step, journey.screens(enrollment), is_signed_in=request.user.is_authenticated),
        "action": "" if request.path == own else own,  # after a button of its own was refused
        "enrollment": enrollment,
        "form": form,
        **more,
    }
    return answers.finish(render(request, f"security/reset/{name}.html", context), form)
