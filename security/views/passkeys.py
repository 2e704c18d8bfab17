"""Passkeys: what there is, adding one, what one is called, and how it goes."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_http_methods, require_safe

from security import browser, crypto
from security.flows import challenge, passkeys
from security.forms import posted
from security.gate import freshly_proven, proven
from security.models import Passkey
from security.refusals import Reason
from security.views.forms import PasskeyForm


@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """Where password managers look for the page (W3C, A Well-Known URL for Relying Party Passkey Endpoints)."""
    there = f"{settings.SITE_URL}{resolve_url('security:passkeys')}"
    return JsonResponse({"enroll": there, "manage": there})


@require_safe
@proven
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    kept = list(Passkey.objects.of(person).kept())
    return render(request, "security/passkeys.html", {"passkeys": kept, "has_device": challenge.is_needed(person)})


@require_safe
@freshly_proven("passkeys")
def add(request: HttpRequest) -> HttpResponse:
    """The button that begins it; without a device there is nothing to begin."""
    if not challenge.is_needed(request.user):  # type: ignore[arg-type]
        return redirect("security:passkeys")
    return render(request, "security/passkey_add.html")


@require_http_methods(["GET", "HEAD", "POST"])
@proven
def passkey(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _find(request, public_id)
    form = PasskeyForm(posted(request), initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        passkeys.rename(found, form.cleaned_data["name"], actor=browser.actor(request))
        return redirect("security:passkeys")
    return render(request, "security/passkey.html", {"passkey": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_proven("passkeys")
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks once more, and says what is left; the button takes it away at once."""
    found = _find(request, public_id)
    refusal = None
    if request.method == "POST":
        refusal = passkeys.remove(
            request.user,  # type: ignore[arg-type]
            public_id,
            session=request.session,  # type: ignore[arg-type]
            actor=browser.actor(request),
        )
        if refusal is None or refusal.reason == Reason.NOT_OFFERED:  # gone meanwhile
            return redirect("security:passkeys")
    is_last = passkeys.live(found.user).count() == 1
    return render(request, "security/passkey_remove.html", {"passkey": found, "refusal": refusal, "is_last": is_last})


def _find(request: HttpRequest, public_id: str) -> Passkey:
    """The passkey of this person that signs in; any other is not found."""
    person: Any = request.user
    found = passkeys.live(person).filter(public_id=public_id).first() if crypto.is_public_id(public_id) else None
    if found is None:
        raise Http404
    found.user = person
    return found
