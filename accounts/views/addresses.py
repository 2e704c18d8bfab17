"""The addresses of an account: the page that shows them, the page that asks for the code, and the receipt."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.flows import addresses as flow
from accounts.forms import AddressCodeForm, AddressForm
from security import browser
from security.conf import conf
from security.forms import posted
from security.gate import freshly_proven, signed_in
from security.models import AddressChange, Which
from security.person import masked
from security.refusals import Refusal
from security.reset import status

Waiting = Callable[[HttpRequest, AddressChange], HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_proven("email")
def email(request: HttpRequest) -> HttpResponse:
    """Shows the addresses; its POST starts to change the one that signs in."""
    return _start(request, Which.PRIMARY)


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_proven("email")
def recovery(request: HttpRequest) -> HttpResponse:
    """The same page; its POST starts to set or change the recovery address."""
    return _start(request, Which.RECOVERY)


def _start(request: HttpRequest, which: Which) -> HttpResponse:
    person: Any = request.user
    form = AddressForm(posted(request), auto_id=f"id_{which}_%s")
    if request.method == "POST" and form.is_valid():
        begun = flow.start(
            person,
            which,
            form.cleaned_data["address"],
            session=request.session,  # type: ignore[arg-type]
            actor=browser.actor(request),
        )
        if not isinstance(begun, Refusal):
            return redirect("accounts:email_code")
        form.add_error("address", str(begun))
    return _show(request, which, form)


def _show(request: HttpRequest, which: Which, form: AddressForm) -> HttpResponse:
    person: Any = request.user
    forms = {name: form if name == which else AddressForm(auto_id=f"id_{name}_%s") for name in Which}
    here = flow.waiting_here(person, session=request.session)  # type: ignore[arg-type]
    context = {
        "form": form,
        "primary_form": forms[Which.PRIMARY],
        "recovery_form": forms[Which.RECOVERY],
        "primary_since": person.email_changed_at or person.joined_at,
        "asks_present_address": flow.asks_present_address(person),
        "under_way": here or flow.under_way(person),
        "is_here": here is not None,
    }
    return render(request, "accounts/email.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_proven("email")
def remove_recovery(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("accounts:email")
    flow.remove_recovery(
        request.user,  # type: ignore[arg-type]
        session=request.session,  # type: ignore[arg-type]
        actor=browser.actor(request),
    )
    return redirect("security:page")


def waiting(view: Waiting) -> Any:
    """Opens a view to the browser in which the new address was entered, for as long as it waits for its code."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @signed_in
    @wraps(view)
    def gate(request: HttpRequest) -> HttpResponse:
        person: Any = request.user
        change = flow.waiting_here(person, session=request.session)  # type: ignore[arg-type]
        if change is None:
            return _onward(request)
        try:
            return view(request, change)
        except flow.Overtaken:
            return _onward(request)

    return gate


def _onward(request: HttpRequest) -> HttpResponse:
    """To the receipt if the change was made here a moment ago, else to where one begins; with the session as the other
    click left it, whose own answer the browser may have thrown away.
    """
    browser.catch_up(request)
    person: Any = request.user
    made = flow.made_here(person, session=request.session)  # type: ignore[arg-type]
    return redirect("accounts:email_done" if made else "accounts:email")


@sensitive_post_parameters("code")
@waiting
def code(request: HttpRequest, change: AddressChange) -> HttpResponse:
    form = AddressCodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        asked = flow.asked_address(change)
        refusal = flow.check_code(
            change,
            form.cleaned_data["code"],
            session=request.session,  # type: ignore[arg-type]
            actor=browser.actor(request),
        )
        if refusal is None:
            return redirect("accounts:email_done" if asked == change.address else "accounts:email_code")
        form.add_error("code", str(refusal))
    return _show_code(request, change, form)


@waiting
def send_new_code(request: HttpRequest, change: AddressChange) -> HttpResponse:
    """The button "Send a new code"."""
    refusal = flow.send_new_code(change, actor=browser.actor(request)) if request.method == "POST" else None
    if refusal is None:
        return redirect("accounts:email_code")
    return _show_code(request, change, AddressCodeForm(), refusal)


def _show_code(
    request: HttpRequest, change: AddressChange, form: AddressCodeForm, refusal: Refusal | None = None
) -> HttpResponse:
    is_at_present = flow.is_at_present_address(change)
    context = {
        "form": form,
        "refusal": refusal,
        "change": change,
        "is_at_present": is_at_present,
        "has_two_steps": flow.asks_present_address(change.person),
        "asked": masked(change.person.email) if is_at_present else change.address,
        "status": status.of(change),
    }
    return render(request, "accounts/email_code.html", context)


@waiting
def code_status(request: HttpRequest, change: AddressChange) -> HttpResponse:
    """What the page says about the mail, for the script that keeps it current."""
    return JsonResponse(status.of(change).as_json())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel(request: HttpRequest) -> HttpResponse:
    """The button "Cancel": stops the new address that waits, entered here or elsewhere."""
    if request.method == "POST":
        flow.cancel(request.user, actor=browser.actor(request))  # type: ignore[arg-type]
    return redirect("security:page")


@require_http_methods(["GET", "HEAD"])
@signed_in
def done(request: HttpRequest) -> HttpResponse:
    """The receipt: which address the account has now, and what becomes of the one before."""
    person: Any = request.user
    change = flow.made_here(person, session=request.session)  # type: ignore[arg-type]
    if change is None or change.confirmed_at is None:
        return redirect("security:page")
    context = {
        "change": change,
        "former": flow.former(change),
        "alerts_until": change.confirmed_at + timedelta(seconds=conf.FORMER_ADDRESS),
        "recovers_from": change.confirmed_at + timedelta(seconds=conf.MAIL_CLOSED),
    }
    return render(request, "accounts/email_done.html", context)
