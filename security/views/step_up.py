"""Prove it's you: the page that asks for a proof, says what for, and leads back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from security import answers, browser
from security.flows import challenge, step_up
from security.forms import FactorForm, PasswordField, posted
from security.gate import has_proven, present
from security.sessions import STAFF_PAGES


def _why(purpose: str, *, has_codes: bool) -> str:
    make_codes = _("You are about to make recovery codes.")
    if has_codes:
        make_codes = _("You are about to make new recovery codes. Those you have stop working.")
    return {
        "password": _("You are about to change your password."),
        "email": _("You are about to change an e-mail address."),
        "recovery_codes": make_codes,
        "remove_device": _("You are about to remove a device."),
        "passkeys": _("You are about to change your passkeys."),
        STAFF_PAGES: _("You are about to open the pages for staff."),
    }.get(purpose, _("You have been here for a while, or this browser is trusted. These pages are for your eyes only."))


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@present
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    purpose = request.GET.get("for", "")
    asked = step_up.question(person, purpose)
    form = _form(asked, posted(request))
    if request.method == "POST" and form.is_valid():
        wrong = step_up.prove(
            person,
            asked,
            purpose=purpose,
            session=request.session,  # type: ignore[arg-type]
            actor=browser.actor(request),
            **form.cleaned_data,
        )
        if wrong is None:
            return redirect(browser.own_path(request, "/security/"))
        answers.refuse(form, *wrong)
    context = _context(request, person, asked, purpose)
    return answers.finish(render(request, "security/step_up.html", {"form": form, **context}), form)


def _context(request: HttpRequest, person: Any, asked: step_up.Question, purpose: str) -> dict[str, Any]:
    ways = challenge.ways(person, asked.older_than)
    return {
        "why": _why(purpose, has_codes=ways.has_codes),
        "asked": asked,
        "has_codes": ways.has_codes,
        "has_passkeys": ways.has_passkeys and (asked.code or asked.only_passkey),
        "purpose": purpose if purpose in step_up.PURPOSES else "",
        "next": browser.own_path(request, "/security/"),
        "has_proven": has_proven(request),
    }


def _form(asked: step_up.Question, data: Any) -> forms.Form:
    """Only what is asked for, the password first."""
    form = FactorForm(data) if asked.code else forms.Form(data)
    if asked.password:
        form.fields = {"password": PasswordField(), **form.fields}
    return form
