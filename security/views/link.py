"""Where the link that staff had sent leads: the password, then the journey to a new device (row 7)."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from security import answers, browser, links, tongue
from security.flows import assisted, step_up
from security.forms import PasswordForm, posted
from security.models import Enrollment, Event
from security.refusals import Refusal, duration
from security.reset import start
from security.reset.gate import forward, traveller


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    event = assisted.opened(token)
    begun = start.begun_by_link(event) if event else None
    if event is None or (begun and not start.is_of(begun, request.session)):  # type: ignore[arg-type]
        return _answer(request, None, None, status=404)
    person: Any = event.person
    with tongue.of(person, chosen=browser.chosen_language(request)):
        here = traveller(request)
        if begun and here is not None and here.pk == person.pk:
            return forward(request, begun)
        if request.user.is_authenticated and request.user.pk != person.pk:
            return _answer(request, event, None)
        form = PasswordForm(posted(request))
        if request.method == "POST" and form.is_valid():
            outcome = _begin(request, event, form.cleaned_data["password"])
            if not isinstance(outcome, Refusal):
                return forward(request, outcome)
            answers.refuse(form, "password", outcome)
        return _answer(request, event, form)


def _begin(request: HttpRequest, event: Event, password: str) -> Enrollment | Refusal:
    """With the right password this browser waits for a second factor: the one that is to be paired."""
    person: Any = event.person
    actor = browser.actor(request)
    if refusal := step_up.check_password(person, password, actor=actor):
        return refusal
    if not request.user.is_authenticated:
        browser.await_second_factor(request, person)
    begun = start.begin_by_link(event, session=request.session, actor=actor)  # type: ignore[arg-type]
    if isinstance(begun, Enrollment) and begun.is_open and not request.user.is_authenticated:
        browser.keep_pending(request, begun.expires_at)
    return begun


def _answer(request: HttpRequest, event: Event | None, form: PasswordForm | None, *, status: int = 200) -> HttpResponse:
    hold = assisted.hold_of(event) if event else 0
    context = {
        "form": form,
        "person": event.person if event else None,
        "hold": duration(timedelta(seconds=hold)) if hold else "",
        "objection": links.refusal(event) if event else "",
    }
    response = browser.keep_path_private(render(request, "security/link.html", context, status=status))
    return answers.finish(response, form)
