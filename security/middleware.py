"""What stands before every view: the browser's session, the person in it, their language and clock, and `no-store`."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import RawPostDataException
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import escape_leading_slashes
from django_otp.middleware import OTPMiddleware

from security import browser, crypto, refused, session_keys, sessions, tongue, trail

GetResponse = Callable[[HttpRequest], HttpResponse]
AGAIN = "again"
NEVER_KEPT = "max-age=0, no-cache, no-store, must-revalidate, private"
QUIET = (f"/{settings.STATIC_URL.strip('/')}/", "/health/", "/metrics")  # asked for all the time: no line in the log

log = logging.getLogger("security.requests")


class ForwardedHeadersMiddleware:
    """What a proxy says of a request counts only if one of TRUSTED_PROXIES sent it (ASVS 4.1.3)."""

    HEADERS = (
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_X_REQUEST_ID",
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not browser.is_trusted_proxy(request.META.get("REMOTE_ADDR", "")):
            for header in self.HEADERS:
                request.META.pop(header, None)
        return self.get_response(request)


class TrailMiddleware:
    """Every request has an id, its proxy's or one of ours, which its answer and all its lines in the log carry; and a
    line of its own, without what was asked for beside the path.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if trail.is_usable(given) else crypto.public_id()
        with trail.of(request=request_id):
            began = time.perf_counter()
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            if not request.path.startswith(QUIET):
                said = {"status": response.status_code, "ms": round((time.perf_counter() - began) * 1000)}
                _note(request, said)
        return response


def _note(request: HttpRequest, said: dict[str, int]) -> None:
    """As `log.info` would, which looks first for the place in the code that called it: here it is always the same."""
    if log.isEnabledFor(logging.INFO):
        line = ("%s %s", (request.method, request.path))
        log.handle(log.makeRecord(log.name, logging.INFO, __file__, 0, *line, None, extra={"said": said}))


class SessionMiddleware:
    """Django's, with three differences: a key that was changed a moment ago is sent on to the same path without any
    access; a dead key never makes us delete a cookie that a parallel answer may just have set; a form sent twice gets
    one answer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        session = request.session = sessions.SessionStore(key)
        session.request_digest = partial(_digest, request)
        if key and session.is_dead() and AGAIN not in request.GET:
            heir = session_keys.heir(key, _digest(request) if request.method == "POST" else "")
            if heir is not None:
                return _send_on(request, heir)
            _note_dead(request, session)
        response = self.get_response(request)
        return self._finish(request, response, session, key)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The session was ended or changed by another request while a view was changing it: look at the page again,
        with the new key if that other request was the same form sent twice.
        """
        if not isinstance(exception, UpdateError):
            return None
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        heir = session_keys.heir(key, _digest(request)) if key and request.method == "POST" else None
        return _send_on(request, heir or session_keys.Heir())

    def _finish(
        self, request: HttpRequest, response: HttpResponse, session: sessions.SessionStore, key: str | None
    ) -> HttpResponse:
        patch_vary_headers(response, ["Cookie"])
        if response.status_code < 500:
            browser.set_cookies(request, response)
        if session.was_ended and session.is_empty():
            response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
            return response
        if key and session.session_key != key:
            session.leads_to = response.get("Location", "")[:500]
        is_saved = False
        if session.modified and not session.is_empty() and response.status_code < 500:
            try:
                session.save()
            except UpdateError:  # ended by another request while this one was under way
                return _send_on(request, session_keys.Heir())
            is_saved = session.bears_its_key
        if session.session_key and session.session_key != key and (is_saved or session.is_kept()):
            _set_cookie(response, session.session_key)
        return response


def _note_dead(request: HttpRequest, session: sessions.SessionStore) -> None:
    """A key was shown that opens nothing: its session has expired, or was ended, or never was."""
    expired = session.expired
    why = "unknown" if expired is None else "changed" if expired.is_in_time else "expired"
    person = expired.person_id if expired else None
    refused.note("session.dead", browser.actor(request), why=why, person=person, method=request.method)


def _digest(request: HttpRequest) -> str:
    """The same for a form that is sent twice, and for nothing else."""
    try:
        body = request.body
    except RawPostDataException:
        return ""
    return crypto.digest(f"{request.method} {request.get_full_path()} {body.hex()}")


def _send_on(request: HttpRequest, heir: session_keys.Heir) -> HttpResponse:
    """To the same path, with nothing; or with the new cookie to where the first sending of this form led."""
    query = request.GET.copy()
    if heir.key is None:  # once: a browser whose new cookie was lost must not run in circles
        query[AGAIN] = "1"
    here = escape_leading_slashes(request.path) + (f"?{urlencode(query)}" if query else "")
    response = HttpResponseRedirect(heir.path or here, status=303)
    if heir.key is not None:
        _set_cookie(response, heir.key)
    return response


def _set_cookie(response: HttpResponse, key: str) -> None:
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        key,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite="Lax",
    )


class PersonMiddleware:
    """`request.user`: the person of the session's row, spoken to in their own language and by their own clock."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.session.person  # type: ignore[attr-defined]
        request.user = person or AnonymousUser()
        if person is None:
            return self.get_response(request)
        with tongue.of(person) as language:
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


class VerifiedMiddleware(OTPMiddleware):
    """django-otp's `user.otp_device` and `user.is_verified()`, looked up when somebody asks for them."""

    def _install_lazy_accessors(self, request: HttpRequest) -> None:
        user: Any = request.user
        user.otp_device = SimpleLazyObject(lambda: self._device_of(request, user))
        user.is_verified = lambda: bool(user.otp_device)

    def _device_of(self, request: HttpRequest, user: Any) -> Any:
        persistent_id = browser.device_id(request)
        device = self._device_from_persistent_id(persistent_id) if persistent_id and user.is_authenticated else None
        return device if device is not None and device.user_id == user.pk and device.confirmed else None


class ResponseHeadersMiddleware:
    """Nothing that a person sees is stored by their browser, shown to other sites, or given rights it does not use."""

    HEADERS = {
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "X-Robots-Tag": "noindex",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.HEADERS.items():
            response.headers[name] = value
        if not request.path.startswith(QUIET[0]):
            response.headers["Cache-Control"] = NEVER_KEPT
        return response
