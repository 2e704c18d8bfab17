"""A new device that waits: when it takes over, and the button that says no."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from security import answers, browser, tongue
from security.flows import enrollments
from security.gate import to_sign_in
from security.reset.gate import traveller


@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest) -> HttpResponse:
    """Opens to the person who is signed in, or whose password was right in this browser a moment ago."""
    person: Any = traveller(request)
    if person is None:
        return to_sign_in(request)
    held = enrollments.waiting(person)
    if held is None:
        return redirect("security:page" if request.user.is_authenticated else "accounts:sign_in_code")
    with tongue.of(person, chosen=browser.chosen_language(request)):
        context = {"held": held, "person": person, "next": browser.own_path(request, "/security/")}
        return answers.finish(render(request, "security/held.html", context))


page.door = "traveller"  # type: ignore[attr-defined]
