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
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone

from security import browser
from security.conf import conf

View = Callable[..., HttpResponse]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back here afterwards."""
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")


def present(view: View) -> View:
    """Opens the page to somebody who is signed in, whatever they have to do first; everybody else goes to sign in."""

    @wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    gate.door = "present"  # type: ignore[attr-defined]
    return gate


def signed_in(view: View) -> View:
    """Opens the page to somebody who is signed in and has nothing to do first, such as to choose another password."""

    @present
    @wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        person: Any = request.user
        if person.security_profile.must_change_password:
            return redirect("accounts:password")
        return view(request, *args, **kwargs)

    gate.door = "signed in"  # type: ignore[attr-defined]
    return gate


def proven_once(view: View) -> View:
    """Opens the page after a proof, however old; a session that stands on a trusted browser has given none."""

    @signed_in
    @wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not has_proven(request):
            return to_step_up(request)
        return view(request, *args, **kwargs)

    gate.door = "proven once"  # type: ignore[attr-defined]
    return gate


def proven(view: View) -> View:
    """Opens the page for ten minutes after a proof; a session that stands on a trusted browser has given none."""

    @signed_in
    @wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not _has_proven_lately(request):
            return to_step_up(request)
        return view(request, *args, **kwargs)

    gate.door = "proven"  # type: ignore[attr-defined]
    return gate


def freshly_proven(purpose: str, *, only: str = "") -> Callable[[View], View]:
    """Opens the page after a proof that was given for this change; with `only="POST"` a look needs a recent one only.

    The flow that makes the change spends the proof.
    """

    def decorate(view: View) -> View:
        @(present if purpose == "password" else signed_in)
        @wraps(view)
        def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            needs_fresh = only in ("", request.method)
            if needs_fresh and not is_fresh(request, purpose):
                return to_step_up(request, purpose)
            if not needs_fresh and not _has_proven_lately(request):
                return to_step_up(request)
            return view(request, *args, **kwargs)

        gate.door = f"freshly proven: {purpose}"  # type: ignore[attr-defined]
        return gate

    return decorate


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
