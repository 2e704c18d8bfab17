"""The page of one device: what it is called, where it came from, and how it goes."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from security import browser, crypto
from security.flows import authenticators
from security.forms import posted
from security.gate import freshly_proven, proven
from security.models import Authenticator
from security.refusals import Reason
from security.views.forms import DeviceForm


@require_http_methods(["GET", "HEAD", "POST"])
@proven
def device(request: HttpRequest, public_id: str) -> HttpResponse:
    found, is_last = _find(request, public_id)
    form = DeviceForm(posted(request), initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        authenticators.rename(found, form.cleaned_data["name"], actor=browser.actor(request))
        return redirect("security:device", public_id)
    return render(request, "security/device.html", {"device": found, "form": form, "is_last": is_last})


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_proven("remove_device")
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks once more; the button takes the device away at once."""
    found, is_last = _find(request, public_id)
    refusal = None
    if request.method == "POST":
        refusal = authenticators.remove(
            request.user,  # type: ignore[arg-type]
            public_id,
            session=request.session,  # type: ignore[arg-type]
            actor=browser.actor(request),
        )
        if refusal is None or refusal.reason == Reason.NOT_OFFERED:  # gone meanwhile
            return redirect("security:page")
    context = {"device": found, "is_last": is_last, "refusal": refusal}
    return render(request, "security/device_remove.html", context)


def _find(request: HttpRequest, public_id: str) -> tuple[Authenticator, bool]:
    """The device of this person that signs in, and whether it is the last one; any other is not found."""
    person: Any = request.user
    live = list(Authenticator.objects.of(person).live()) if crypto.is_public_id(public_id) else []
    found = next((row for row in live if row.public_id == public_id), None)
    if found is None:
        raise Http404
    return found, len(live) == 1
