"""Passkeys, as the library's script asks for them: JSON in, JSON out, one pair of addresses for each place where a
passkey can be shown. What the pages say about it is theirs; why something was refused is said here, in words.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, RawPostDataException
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from security import answers, browser, links, tongue
from security.flows import contest, objections, passkeys, step_up
from security.flows.passkeys import Purpose
from security.gate import freshly_proven, present
from security.models import Enrollment
from security.refusals import Refusal
from security.reset import flow as reset
from security.reset.gate import screen


@dataclass(frozen=True, slots=True)
class Done:
    """It was right: this is where it leads."""

    url: str


Outcome = dict[str, Any] | Done | Refusal


def ceremony(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a script: a gate that would send people elsewhere says so instead."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        return away() if isinstance(response, HttpResponseRedirect) else response

    return require_POST(never_cache(answer))


def say(outcome: Outcome) -> HttpResponse:
    """What it asked for, where to go on, or why not, in the language that is active."""
    if isinstance(outcome, Done):
        return JsonResponse({"id": 1, "redirect_url": outcome.url})
    if isinstance(outcome, Refusal):
        return answers.busy(JsonResponse({"detail": str(outcome), "code": outcome.reason}, status=403), outcome)
    return JsonResponse(outcome)


def away() -> HttpResponse:
    """It is no longer the page for that."""
    return JsonResponse({"detail": _("Load the page again. You may have to sign in."), "code": "gate"}, status=403)


def sent(request: HttpRequest) -> Any:
    """What the script sent; what is no JSON is nothing, and no form that was read already is."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):
        return None


def session_of(request: HttpRequest) -> Any:
    """This browser's: the place of what it was asked."""
    return request.session


# Adding one.


@ceremony
@freshly_proven("passkeys")
def begin_adding(request: HttpRequest) -> HttpResponse:
    return say(passkeys.ask_to_add(request.user, session=session_of(request)))  # type: ignore[arg-type]


@ceremony
@freshly_proven("passkeys")
def add(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    answer = passkeys.redeem(sent(request), Purpose.ADD, session=session_of(request), person=person)
    added = passkeys.add(person, answer, session=session_of(request), actor=browser.actor(request))
    if isinstance(added, Refusal):  # not as an error: of those the script of the library says only that there was one
        return JsonResponse({"error": str(added), "code": added.reason})
    return say(Done(f"{resolve_url('security:passkey', added.public_id)}?added=1"))


# Proving it again.


@ceremony
@present
def begin_step_up(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    asked = step_up.question(person, request.GET.get("for", ""))
    session = session_of(request)
    return say(passkeys.ask(Purpose.STEP_UP, person=person, older_than=asked.older_than, session=session))


@ceremony
@present
def finish_step_up(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    purpose = request.GET.get("for", "")
    refusal = step_up.prove_by_passkey(
        person,
        step_up.question(person, purpose),
        passkeys.redeem(sent(request), Purpose.STEP_UP, session=session_of(request), person=person),
        purpose=purpose,
        session=session_of(request),
        actor=browser.actor(request),
    )
    return say(refusal or Done(browser.own_path(request, resolve_url("security:page"))))


# The screen `proof` of the journey.


@ceremony
@screen("proof", only="POST")
def begin_proof(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    person, session = enrollment.person, session_of(request)
    older_than = person.security_profile.proof_older_than
    return say(passkeys.ask(Purpose.ENROLLMENT, person=person, older_than=older_than, session=session))


@ceremony
@screen("proof", only="POST")
def finish_proof(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    answer = passkeys.redeem(sent(request), Purpose.ENROLLMENT, session=session_of(request), person=enrollment.person)
    refusal = reset.prove_by_passkey(enrollment, answer, actor=browser.actor(request))
    return say(refusal or Done(resolve_url("security:reset:verified")))


# The link that says no: the passkey is remembered, and the rest is typed on the page.


@ceremony
def begin_undo(request: HttpRequest, token: str) -> HttpResponse:
    def ask(change: Any) -> Outcome:
        session = session_of(request)
        return passkeys.ask(Purpose.CONTEST, person=change.person, older_than=change.at, session=session)

    return _undo(request, token, ask)


@ceremony
def finish_undo(request: HttpRequest, token: str) -> HttpResponse:
    def show(change: Any) -> Outcome:
        answer = passkeys.redeem(sent(request), Purpose.CONTEST, session=session_of(request), person=change.person)
        actor = browser.actor(request)
        shown = passkeys.show(answer, Purpose.CONTEST, person=change.person, older_than=change.at, actor=actor)
        if isinstance(shown, Refusal):
            return shown
        browser.keep_shown(request, shown.passkey, f"contest {change.public_id}")
        return Done(resolve_url("security:undo", token))

    return _undo(request, token, show)


def _undo(request: HttpRequest, token: str, does: Callable[[Any], Outcome]) -> HttpResponse:
    event = links.refused(token)
    objection = objections.to(event) if event else None
    if objection is None or not contest.can_be_contested(objection.event):
        return away()
    with tongue.of(objection.person, chosen=browser.chosen_language(request)):
        return say(does(objection.event))
