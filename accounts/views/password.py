"""The pages of the password: change it, ask for a link because it is forgotten, choose a new one with that link."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.flows import password as flow
from accounts.forms import EmailForm, NewPasswordForm, PasswordChangeForm, ProvenNewPasswordForm
from accounts.models import User
from security import answers, browser, tongue
from security.conf import conf
from security.flows import challenge, passkeys
from security.forms import posted
from security.gate import freshly_proven, present
from security.refusals import Refusal

DONE = urlencode({"done": "password"})


@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """Where password managers look for the page (W3C, A Well-Known URL for Changing Passwords)."""
    return redirect("accounts:password")


@sensitive_post_parameters("password", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@present
def password(request: HttpRequest) -> HttpResponse:
    """A second factor is shown first where there is one; for all others the present password, asked here, is proof."""
    person: Any = request.user
    return _change_with_factor(request) if challenge.is_needed(person) else _change(request)


def _change(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(posted(request))
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        return redirect(f"{resolve_url('security:page')}?{DONE}")
    return answers.finish(render(request, "accounts/password.html", {"form": form, "is_due": _is_due(request)}), form)


def _is_due(request: HttpRequest) -> bool:
    """Whether nothing else opens until there is another password."""
    person: Any = request.user
    return bool(person.security_profile.must_change_password)


_change_with_factor = freshly_proven("password")(_change)


def _changed(request: HttpRequest, form: PasswordChangeForm) -> bool:
    person: Any = request.user
    session: Any = request.session
    try:
        refusal = flow.change(person, **form.cleaned_data, session=session, actor=browser.actor(request))
    except ValidationError as refused:
        form.add_error("new_password", refused)
        return False
    if refusal is not None:
        answers.refuse(form, "password", refusal)
    return refusal is None


@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """The same answer, at the same cost, for every address: nobody learns here who has an account."""
    form = EmailForm(posted(request), initial={"email": browser.identified(request)})
    if request.method == "POST" and form.is_valid():
        refusal = flow.promise_link(form.cleaned_data["email"], actor=browser.actor(request))
        if refusal is None:
            return redirect(f"{request.path}?sent=1")
        answers.refuse(form, "email", refusal)
    context = {"minutes": conf.PASSWORD_LINK_LIFETIME // 60, "an_hour": conf.LINK_MAILS_AN_HOUR}
    template = "forgot_password_sent" if "sent" in request.GET and request.method != "POST" else "forgot_password"
    return answers.finish(render(request, f"accounts/{template}.html", {"form": form, **context}), form)


@sensitive_post_parameters("new_password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    person = flow.opened(token)
    if person is None:
        return browser.keep_path_private(_gone(request))
    with tongue.of(person, chosen=browser.chosen_language(request)):
        return browser.keep_path_private(_choose(request, token, person))


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/new_password_gone.html", status=404)


def _choose(request: HttpRequest, token: str, person: User) -> HttpResponse:
    is_protected = challenge.is_needed(person)
    missing = flow.missing_factor(person) if is_protected else None
    shown = browser.shown(request, person, "new password") if is_protected else None
    asks_code = is_protected and shown is None
    form = (ProvenNewPasswordForm if asks_code else NewPasswordForm)(posted(request))
    if missing is None and request.method == "POST" and form.is_valid():
        response = _recover(request, token, form, shown)
        if response is not None:
            return response
    context = {"form": form, "person": person, "asks_code": asks_code, "missing": missing}
    context |= {"shown": shown, "has_passkeys": asks_code and passkeys.live(person).exists(), "token": token}
    return answers.finish(render(request, "accounts/new_password.html", context), form)


def _recover(request: HttpRequest, token: str, form: NewPasswordForm, shown: Any) -> HttpResponse | None:
    """The answer when it is over, one way or the other; None when something was wrong that can be mended."""
    typed = {"code": "", **form.cleaned_data}
    try:
        outcome = flow.recover(token, **typed, actor=browser.actor(request), shown=shown)
    except ValidationError as refused:
        form.add_error("new_password", refused)
        return None
    if isinstance(outcome, Refusal):
        answers.refuse(form, "code" if "code" in form.fields else None, outcome)
        return None
    return redirect(f"{resolve_url('accounts:sign_in')}?{DONE}") if outcome else _gone(request)
