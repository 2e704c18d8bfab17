"""Passkeys where nobody is signed in yet: alone, as the second factor, and with the link for a forgotten password."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from accounts.flows import password as password_flow
from accounts.views.sign_in import HOME, signed_in
from security import browser, links, tongue
from security.flows import challenge, passkeys
from security.flows.passkeys import Purpose
from security.models import SecurityProfile
from security.refusals import Reason, Refusal
from security.transactions import atomic
from security.views.ceremonies import Done, Outcome, away, ceremony, say, sent, session_of


@ceremony
def begin_alone(request: HttpRequest) -> HttpResponse:
    """Any passkey that the browser has for this site; who has an account is not told."""
    if request.user.is_authenticated:
        return away()
    return say(passkeys.ask(Purpose.SIGN_IN, session=session_of(request)))


@ceremony
def finish_alone(request: HttpRequest) -> HttpResponse:
    """With user verification it is both factors; without it is one, and the password is asked for as well."""
    if request.user.is_authenticated:
        return say(Done(resolve_url(HOME)))
    next_path = browser.own_path(request)
    answer = passkeys.redeem(sent(request), Purpose.SIGN_IN, session=session_of(request))
    shown = passkeys.show(answer, Purpose.SIGN_IN, actor=browser.actor(request))
    if isinstance(shown, Refusal):
        return say(shown)
    person: Any = shown.passkey.user
    if stopped := _stopped(person):
        return say(stopped)
    browser.identify(request, person.email, next_path)
    if not shown.is_verified:
        browser.keep_shown(request, shown.passkey, "sign in")
        return say(Done(resolve_url("accounts:sign_in_password")))
    return say(Done(signed_in(request, person, shown.passkey, factor="passkey")["Location"]))


def _stopped(person: Any) -> Outcome | None:
    """Why nobody gets in with whatever they have (PEERS S35): the account is frozen."""
    profile = SecurityProfile.objects.of(person)
    if not profile.is_frozen:
        return None
    if profile.contested_event is None:
        return Refusal(Reason.FROZEN, until=profile.frozen_until)
    return Done(resolve_url("security:undo", links.refusal(profile.contested_event)))


@ceremony
def begin_second(request: HttpRequest) -> HttpResponse:
    """One of the passkeys of whoever has typed the right password here."""
    person = browser.pending(request)
    if person is None:
        return away()
    return say(passkeys.ask(Purpose.SECOND_FACTOR, person=person, session=session_of(request)))


@ceremony
def finish_second(request: HttpRequest) -> HttpResponse:
    """Beside the password a passkey is the other factor, whether or not it verified who holds it."""
    if request.user.is_authenticated:
        return say(Done(resolve_url(HOME)))
    person = browser.pending(request)
    if person is None:
        return away()
    with tongue.of(person, chosen=browser.chosen_language(request)):
        answer = passkeys.redeem(sent(request), Purpose.SECOND_FACTOR, session=session_of(request), person=person)
        return say(_second(request, person, answer))


@atomic()
def _second(request: HttpRequest, person: Any, answer: passkeys.Answer) -> Outcome:
    challenge.hold(person)
    if stopped := _stopped(person):
        return stopped
    shown = passkeys.show(answer, Purpose.SECOND_FACTOR, person=person, actor=browser.actor(request))
    if isinstance(shown, Refusal):
        return shown
    return Done(signed_in(request, person, shown.passkey, factor="passkey")["Location"])


@ceremony
def begin_new_password(request: HttpRequest, token: str) -> HttpResponse:
    person = password_flow.opened(token)
    if person is None:
        return away()
    return say(passkeys.ask(Purpose.PASSWORD, person=person, session=session_of(request)))


@ceremony
def finish_new_password(request: HttpRequest, token: str) -> HttpResponse:
    """It is remembered while the new password is typed on the page."""
    person = password_flow.opened(token)
    if person is None:
        return away()
    with tongue.of(person, chosen=browser.chosen_language(request)):
        answer = passkeys.redeem(sent(request), Purpose.PASSWORD, session=session_of(request), person=person)
        shown = passkeys.show(answer, Purpose.PASSWORD, person=person, actor=browser.actor(request))
        if isinstance(shown, Refusal):
            return say(shown)
    browser.keep_shown(request, shown.passkey, "new password")
    return say(Done(resolve_url("accounts:new_password", token)))
