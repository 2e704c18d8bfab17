"""Signing in, one question a page: address, password, authenticator code."""

from urllib.parse import urlencode

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.flows import sign_in as flow
from accounts.forms import EmailForm, PasswordForm
from accounts.models import User
from security import answers, browser, links, tongue
from security.flows import (
    challenge,
    contest,
    enrollments,
    holds,
    passkeys,
    recovery_codes,
    sessions,
    trusted_browsers,
)
from security.forms import AuthenticatorCodeForm, RecoveryCodeForm, posted
from security.models import Authenticator, Passkey, SecurityProfile, TrustedBrowser
from security.refusals import Reason, Refusal
from security.reset import flow as reset
from security.reset import start
from security.sessions import SessionStore
from security.transactions import atomic

HOME = "accounts:home"


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(browser.own_path(request) or HOME)
    form = EmailForm(posted(request), initial={"email": browser.identified(request)})
    if request.method == "POST" and form.is_valid():
        browser.identify(request, form.cleaned_data["email"], browser.own_path(request))
        return redirect("accounts:sign_in_password")
    return render(request, "accounts/sign_in.html", {"form": form, "next": browser.own_path(request)})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(HOME)
    address = browser.identified(request)
    if not address:
        return redirect("accounts:sign_in")
    form = PasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        outcome = flow.check_password(address, form.cleaned_data["password"], actor=browser.actor(request))
        answer = outcome if isinstance(outcome, Refusal) else _go_on(request, outcome)
        if not isinstance(answer, Refusal):
            return answer
        answers.refuse(form, "password", answer)
    context = {"form": form, "address": address, "has_shown": browser.has_shown(request, "sign in")}
    return answers.finish(render(request, "accounts/sign_in_password.html", context), form)


def _go_on(request: HttpRequest, person: User) -> HttpResponse | Refusal:
    """The password was right: what else stands between them and their account?"""
    profile = SecurityProfile.objects.read_with(person)
    if profile.is_frozen and not holds.opens_a_freeze(person):
        if profile.contested_event is None:
            return Refusal(Reason.FROZEN, until=profile.frozen_until)
        return redirect("security:undo", links.refusal(profile.contested_event))
    if not challenge.is_needed(person):
        if profile.must_change_password:
            return Refusal(Reason.PASSWORD_EXPOSED)
        return signed_in(request, person, None)
    shown = browser.shown(request, person, "sign in")
    if passkeys.counts(shown, person):
        return signed_in(request, person, shown, factor="passkey")
    actor = browser.actor(request)
    found = trusted_browsers.recognise(person, browser.trust_token(request), actor=actor)
    if found is None or isinstance(found, Refusal):
        answer = redirect("accounts:sign_in_code")
        browser.await_second_factor(request, person, leads_to=answer.url, because=found.reason if found else "")
        return answer
    trusted, successor = found
    browser.keep_trust_token(request, successor)
    return signed_in(request, person, None, factor="trusted_browser", trusted=trusted)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    return _second_factor(request, AuthenticatorCodeForm, "accounts/sign_in_code.html")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_code(request: HttpRequest) -> HttpResponse:
    return _second_factor(request, RecoveryCodeForm, "accounts/sign_in_recovery_code.html")


def _second_factor(request: HttpRequest, form_class: type[Form], template: str) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(HOME)
    person = browser.pending(request)
    if person is None:
        return redirect("accounts:sign_in")
    with tongue.of(person, chosen=browser.chosen_language(request)):
        form = form_class(posted(request))
        if request.method == "POST" and form.is_valid() and (response := _answer(request, person, form)):
            return response
        return _code_page(request, person, form, template)


@atomic()
def _answer(request: HttpRequest, person: User, form: Form) -> HttpResponse | None:
    """Code and session in one transaction, so that of two clicks both end up signed in and none is counted wrong."""
    wanted = browser.next_path(request)
    profile = challenge.hold(person)
    if browser.catch_up(request):
        return redirect(wanted or HOME)
    if profile.is_frozen and (isinstance(form, RecoveryCodeForm) or not holds.opens_a_freeze(person)):
        return redirect("accounts:sign_in")
    outcome = _check(request, person, form, is_frozen=profile.is_frozen)
    if not isinstance(outcome, Refusal):
        return outcome
    answers.refuse(form, "code", outcome)
    return None


def _check(request: HttpRequest, person: User, form: Form, *, is_frozen: bool) -> HttpResponse | Refusal:
    typed, actor = form.cleaned_data["code"], browser.actor(request)
    if isinstance(form, RecoveryCodeForm):
        used = recovery_codes.use(person, typed, actor=actor, purpose="sign_in")
        if isinstance(used, Refusal):
            return used
        trusted_browsers.revoke_all(person, actor=actor)
        return signed_in(request, person, None, factor="recovery_code")
    found = challenge.answer_at_sign_in(person, typed, actor=actor, is_frozen=is_frozen)
    if isinstance(found, challenge.TakesOver):
        device = reset.take_over(found.enrollment, found.step, session=_session(request), actor=actor)
        return device if isinstance(device, Refusal) else signed_in(request, person, device)
    return found if isinstance(found, Refusal) else signed_in(request, person, found, trusts=True)


def _session(request: HttpRequest) -> SessionStore:
    return request.session  # type: ignore[return-value]


def _code_page(
    request: HttpRequest,
    person: User,
    form: Form,
    template: str = "accounts/sign_in_code.html",
    refusal: Refusal | None = None,
) -> HttpResponse:
    former = challenge.formerly(person, form.data["code"]) if _was_counted(form) else None
    change = contest.change_of(person, former) if former else None
    ways = challenge.ways(person)
    context = {
        "form": form,
        "offers_mail": not person.is_staff,
        "offers_trust": trusted_browsers.may_be_trusted(person),
        "has_codes": ways.has_codes,
        "has_passkeys": ways.has_passkeys,
        "former": former if change else None,
        "objection": links.refusal(change) if change else "",
        "refusal": refusal,
        "why": _why_asked(request),
    }
    return answers.finish(render(request, template, context), form)


def _was_counted(form: Form) -> bool:
    """Whether the code was looked at and counted as wrong: only then is there something to explain about it."""
    refusal = answers.refusal_of(form)
    return refusal is not None and refusal.reason in (Reason.WRONG_CODE, Reason.CODE_SPENT)


def _why_asked(request: HttpRequest) -> Refusal | None:
    """What to say beside the question, where this browser expected not to be asked."""
    why = browser.why_pending(request)
    return Refusal(Reason(why)) if why else None


@atomic()
def signed_in(
    request: HttpRequest,
    person: User,
    device: Authenticator | Passkey | None,
    *,
    factor: str = "",
    trusted: TrustedBrowser | None = None,
    trusts: bool = False,
) -> HttpResponse:
    """Signed in, and on to where they wanted to go."""
    proven = "" if trusted else factor
    next_path = browser.sign_in(request, person, device, factor=proven, trusted=trusted)
    actor = browser.actor(request)
    row = _session(request).row
    sessions.record_start(person, device, actor=actor, session=row, factor=factor)
    if trusts and request.POST.get("trust_browser") and (token := trusted_browsers.trust(person, actor=actor)):
        browser.keep_trust_token(request, token)
    if enrollments.waiting(person):
        return redirect(f"{resolve_url('security:held')}?{urlencode({'next': next_path or resolve_url(HOME)})}")
    return redirect(next_path or HOME)


@require_http_methods(["GET", "HEAD", "POST"])
def new_device(request: HttpRequest) -> HttpResponse:
    """The way on for somebody whose address and password are right and whose device is gone."""
    person = browser.pending(request)
    if person is None or request.method != "POST":
        return redirect("accounts:sign_in_code" if person else "accounts:sign_in")
    begun = start.begin_locked_out(
        person,
        session=request.session,  # type: ignore[arg-type]
        actor=browser.actor(request),
    )
    if isinstance(begun, Refusal):
        with tongue.of(person, chosen=browser.chosen_language(request)):
            return _code_page(request, person, AuthenticatorCodeForm(), refusal=begun)
    browser.keep_pending(request, begun.expires_at)
    return redirect("security:reset:notice")


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """A form of every signed-in page. Looking at its address signs nobody out (ASVS 3.5.3), but offers the button."""
    if request.method != "POST":
        response = render(request, "accounts/sign_out.html", status=405)
        response["Allow"] = "POST"
        return response
    if request.user.is_authenticated:
        sessions.record_end(request.user, actor=browser.actor(request))
    browser.sign_out(request)
    response = redirect("accounts:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
