"""Signing in, one question a page: address, password, authenticator code."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.flows import sign_in as flow
from accounts.forms import EmailForm, PasswordForm
from accounts.models import User
from security import browser, tongue
from security.flows import challenge, sessions
from security.forms import AuthenticatorCodeForm, posted
from security.models import Authenticator
from security.refusals import Refusal
from security.reset import flow as reset

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
        person = flow.check_password(address, form.cleaned_data["password"], actor=browser.actor(request))
        if not isinstance(person, Refusal):
            return _go_on(request, person)
        form.add_error("password", str(person))
    return render(request, "accounts/sign_in_password.html", {"form": form, "address": address})


def _go_on(request: HttpRequest, person: User) -> HttpResponse:
    if challenge.is_needed(person):
        browser.await_second_factor(request, person)
        return redirect("accounts:sign_in_code")
    return _signed_in(request, person, None)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(HOME)
    person = browser.pending(request)
    if person is None:
        return redirect("accounts:sign_in")
    form = AuthenticatorCodeForm(posted(request))
    if request.method == "POST" and form.is_valid() and (response := _answer(request, person, form)):
        return response
    return _code_page(request, person, form)


@transaction.atomic
def _answer(request: HttpRequest, person: User, form: AuthenticatorCodeForm) -> HttpResponse | None:
    """Code and session in one transaction, so that of two clicks both end up signed in and none is counted wrong."""
    wanted = browser.next_path(request)
    challenge.hold(person)
    if browser.catch_up(request):
        return redirect(wanted or HOME)
    device = challenge.answer(person, form.cleaned_data["code"], actor=browser.actor(request))
    if not isinstance(device, Refusal):
        return _signed_in(request, person, device)
    form.add_error("code", str(device))
    return None


def _code_page(
    request: HttpRequest, person: User, form: AuthenticatorCodeForm, refusal: Refusal | None = None
) -> HttpResponse:
    context = {"form": form, "offers_mail": not person.is_staff, "refusal": refusal}
    with tongue.of(person):
        return render(request, "accounts/sign_in_code.html", context)


@transaction.atomic
def _signed_in(request: HttpRequest, person: User, device: Authenticator | None) -> HttpResponse:
    next_path = browser.sign_in(request, person, device)
    sessions.record_start(person, device, actor=browser.actor(request))
    return redirect(next_path or HOME)


@require_http_methods(["GET", "HEAD", "POST"])
def new_device(request: HttpRequest) -> HttpResponse:
    """The way on for somebody whose address and password are right and whose device is gone."""
    person = browser.pending(request)
    if person is None or request.method != "POST":
        return redirect("accounts:sign_in_code" if person else "accounts:sign_in")
    begun = reset.begin_locked_out(
        person,
        session=request.session,  # type: ignore[arg-type]
        actor=browser.actor(request),
    )
    if isinstance(begun, Refusal):
        return _code_page(request, person, AuthenticatorCodeForm(), begun)
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
