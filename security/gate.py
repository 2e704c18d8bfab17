"""The gates of the pages for people who are signed in: who may look, and what must have been proven for it.

Looking around needs a proof from the last ten minutes, signing in counting as one; a change needs a proof that was
given for it and for nothing else (ASVS 7.5.1, 7.5.3). Whoever has not given it is asked on the page `step-up`, and
comes back. A proof counts in the browser that gave it: a session that turns up in another one is asked again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone

from security import browser, rules
from security.conf import conf
from security.sessions import STAFF_PAGES

View = Callable[..., HttpResponse]
Stop = Callable[[HttpRequest], HttpResponse | None]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back here afterwards."""
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")


def _gate(view: View, door: str, *stops: Stop) -> View:
    """The view, behind these: the first that has an answer of its own gives it. `door` is what the gate is called."""

    @wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        for stop in stops:
            if (answer := stop(request)) is not None:
                return answer
        return view(request, *args, **kwargs)

    gate.door = door  # type: ignore[attr-defined]
    return gate


def _stop_strangers(request: HttpRequest) -> HttpResponse | None:
    return None if request.user.is_authenticated else to_sign_in(request)


def _stop_without_a_device(request: HttpRequest) -> HttpResponse | None:
    """Whoever has to have a second factor, staff always and others by policy, gets nowhere but to one (ASVS 6.3.3)."""
    person: Any = request.user
    row = _row(request)
    if row.second_factor or row.trusted_browser_id:
        return None
    return redirect("security:reset:email") if person.is_staff or rules.of(person).is_due else None


def _stop_to_replace_devices(request: HttpRequest) -> HttpResponse | None:
    """After a breach every device is paired anew before anything else opens."""
    person: Any = request.user
    return redirect("security:reset:email") if person.security_profile.replace_before else None


def _stop_for_a_new_password(request: HttpRequest) -> HttpResponse | None:
    person: Any = request.user
    return redirect("accounts:password") if person.security_profile.must_change_password else None


_FIRST = (_stop_strangers, _stop_without_a_device, _stop_for_a_new_password, _stop_to_replace_devices)


def present(view: View) -> View:
    """Opens the page to somebody who is signed in, whatever they have to do first; everybody else goes to sign in."""
    return _gate(view, "present", _stop_strangers)


def signed_in(view: View) -> View:
    """Opens the page to somebody who is signed in and has nothing to do first, such as to choose another password."""
    return _gate(view, "signed in", *_FIRST)


def to_a_device(view: View) -> View:
    """The same for the first screen of the journey, which is where staff without a device are sent."""
    return _gate(view, "to a device", _stop_strangers, _stop_for_a_new_password)


def proven_once(view: View) -> View:
    """Opens the page after a proof, however old; a session that stands on a trusted browser has given none."""

    def stop(request: HttpRequest) -> HttpResponse | None:
        return None if has_proven(request) else to_step_up(request)

    return _gate(view, "proven once", *_FIRST, stop)


def proven(view: View) -> View:
    """Opens the page for ten minutes after a proof; a session that stands on a trusted browser has given none."""
    return _gate(view, "proven", *_FIRST, _stop_without_a_recent_proof)


def _stop_without_a_recent_proof(request: HttpRequest) -> HttpResponse | None:
    return None if _has_proven_lately(request) else to_step_up(request)


def freshly_proven(purpose: str, *, only: str = "") -> Callable[[View], View]:
    """Opens the page after a proof that was given for this change; with `only="POST"` a look needs a recent one only.

    The flow that makes the change spends the proof. The change of the password is not stopped because it is due.
    """

    def stop(request: HttpRequest) -> HttpResponse | None:
        if only not in ("", request.method):
            return _stop_without_a_recent_proof(request)
        return None if is_fresh(request, purpose) else to_step_up(request, purpose)

    stops = (_stop_strangers, _stop_without_a_device) if purpose == "password" else _FIRST
    return lambda view: _gate(view, f"freshly proven: {purpose}", *stops, stop)


def staff(view: View) -> View:
    """Opens the page to staff with a second factor, for an hour after a proof that was given for these pages.

    Signing in is none. Whoever is no staff any more, or has no device, is refused at once (ASVS 8.3.2, 8.4.2).
    """
    return _gate(
        view, "staff", _stop_strangers, _stop_all_but_staff, _stop_for_a_new_password, _stop_without_staff_proof
    )


def _stop_all_but_staff(request: HttpRequest) -> HttpResponse | None:
    if not request.user.is_staff:
        raise PermissionDenied
    return None if _row(request).second_factor else render(request, "403_no_device.html", status=403)


def _stop_without_staff_proof(request: HttpRequest) -> HttpResponse | None:
    return None if has_staff_proof(request) else to_step_up(request, STAFF_PAGES)


def has_staff_proof(request: HttpRequest) -> bool:
    """Whether the proof was given in this browser, and not too long ago; a form that is on its way is not lost."""
    at = _row(request).staff_proof_at
    lasts = conf.STAFF_PROOF + (conf.STAFF_PROOF_GRACE if request.method == "POST" else 0)
    return has_proven(request) and at is not None and at > timezone.now() - timedelta(seconds=lasts)


def is_fresh(request: HttpRequest, purpose: str) -> bool:
    """Whether a proof for this change was given and not used up."""
    row = _row(request)
    return row.fresh_for == purpose and _is_recent(row.fresh_at) and has_proven(request)


def has_proven(request: HttpRequest) -> bool:
    """Whether this session has proven whatever its account asks for, in this browser, at any time."""
    row = _row(request)
    return row.proved_at is not None and row.browser == browser.name(request)


def to_step_up(request: HttpRequest, purpose: str = "") -> HttpResponse:
    """To the page that asks, and back here afterwards."""
    query = {"next": request.get_full_path(), **({"for": purpose} if purpose else {})}
    return redirect(f"{resolve_url('security:step_up')}?{urlencode(query)}")


def _row(request: HttpRequest) -> Any:
    return request.session.row  # type: ignore[attr-defined]


def _has_proven_lately(request: HttpRequest) -> bool:
    return has_proven(request) and _is_recent(_row(request).proved_at)


def _is_recent(at: datetime | None) -> bool:
    return at is not None and at > timezone.now() - timedelta(seconds=conf.STEP_UP)
