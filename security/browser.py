"""The browser in front of us: where it is, what it is called, who is signed in or about to. The only room that knows
session keys, and the only caller of Django's `login` and `logout`.
"""

import ipaddress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import DEVICE_ID_SESSION_KEY

from security import crypto, user_agents
from security.actor import Actor, Role
from security.conf import conf
from security.models import Authenticator, KnownBrowser, Passkey, SecurityProfile, TrustedBrowser
from security.person import Person
from security.prepared import Prepared, number

ADDRESS, NEXT, PENDING, LANGUAGE = "sign_in.address", "sign_in.next", "sign_in.pending", "language"
SHOWN = "passkey.shown"
GIVEN, YEAR = "_given_cookies", 365 * 86400
BACKEND = "django.contrib.auth.backends.ModelBackend"


def actor(request: HttpRequest) -> Actor:
    """The person themself, at this browser and address."""
    token = _token(request)
    return Actor(address=ip_address(request), browser=name(request), token=crypto.digest(token) if token else "")


def staff_actor(request: HttpRequest) -> Actor:
    """The member of staff who is signed in here, acting for somebody else."""
    return Actor(Role.STAFF, request.user.get_username(), ip_address(request), name(request))


def _token(request: HttpRequest) -> str:
    """What this browser is recognised by, if it showed something or was just given it."""
    given: dict[str, str] = getattr(request, GIVEN, {})
    return (given.get(settings.BROWSER_COOKIE_NAME) or request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""))[:100]


def make_recognisable(request: HttpRequest) -> None:
    """Give this browser something to be recognised by, unless it has that; what we did not make is not adopted."""
    token = _token(request)
    if not token or not KnownBrowser.objects.filter(token_digest=crypto.digest(token)).exists():
        _give(request, settings.BROWSER_COOKIE_NAME, crypto.token())


def trust_token(request: HttpRequest) -> str:
    """What a trusted browser shows."""
    return request.COOKIES.get(settings.TRUST_COOKIE_NAME, "")[:100]


def keep_trust_token(request: HttpRequest, token: str) -> None:
    """Let this browser show that token the next time."""
    _give(request, settings.TRUST_COOKIE_NAME, token)


def _give(request: HttpRequest, cookie: str, value: str) -> None:
    setattr(request, GIVEN, {**getattr(request, GIVEN, {}), cookie: value})


def set_cookies(request: HttpRequest, response: HttpResponse) -> None:
    """Send what this browser was given while the request was answered."""
    given = getattr(request, GIVEN, None)
    if not given:
        return
    ages = {settings.TRUST_COOKIE_NAME: conf.TRUSTED_BROWSER, settings.BROWSER_COOKIE_NAME: YEAR}
    for cookie, value in given.items():
        response.set_cookie(
            cookie,
            value,
            max_age=ages[cookie],
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def keep_language(response: HttpResponse, language: str) -> HttpResponse:
    """Let this browser ask for that language from now on, whoever uses it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def keep_path_private(response: HttpResponse) -> HttpResponse:
    """Let nothing on this page tell others its address, which is a key.

    `no-referrer` would go too far: browsers then send the page's own forms with `Origin: null`, which Django refuses.
    """
    response["Referrer-Policy"] = "strict-origin"
    return response


def ip_address(request: HttpRequest) -> str | None:
    """The peer's address; behind TRUSTED_PROXIES the nearest hop that is not one of them (ASVS 4.1.3)."""
    hops = [request.META.get("REMOTE_ADDR", "")]
    hops += reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(","))
    found = None
    for hop in hops:
        address = _parsed(hop)
        found = address or found
        if address is None or not is_trusted_proxy(hop):
            break
    return str(found) if found else None


def is_trusted_proxy(hop: str) -> bool:
    """Whether this address lies in one of the blocks of TRUSTED_PROXIES."""
    address = _parsed(hop) if settings.TRUSTED_PROXIES else None
    return address is not None and any(address in ipaddress.ip_network(block) for block in settings.TRUSTED_PROXIES)


def _parsed(hop: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, without the network card of ours that a link-local one may name ("fe80::1%eth0")."""
    try:
        return ipaddress.ip_address(hop.strip().partition("%")[0])
    except ValueError:
        return None


def name(request: HttpRequest) -> str:
    """What the browser calls itself, in a few words: "Firefox (Linux)". Never trusted, only shown."""
    return user_agents.in_words(request.META.get("HTTP_USER_AGENT", "")[: user_agents.READ_AT_MOST])


def identify(request: HttpRequest, address: str, next_path: str) -> None:
    """Remember the address that was typed on the first page of signing in; anything older is forgotten."""
    for older in (PENDING, SHOWN):
        request.session.pop(older, None)
    request.session[ADDRESS] = address
    request.session[NEXT] = next_path


def next_path(request: HttpRequest) -> str:
    """Where the person wanted to go before they were asked to sign in, or an empty string."""
    return str(request.session.get(NEXT, ""))


def identified(request: HttpRequest) -> str:
    """The address typed on the first page, or an empty string."""
    return str(request.session.get(ADDRESS, ""))


def choose_language(request: HttpRequest, language: str) -> None:
    """Remember the language that somebody chose who is not signed in: they get it whatever their account says."""
    request.session[LANGUAGE] = language


def chosen_language(request: HttpRequest) -> str:
    """What they chose, or an empty string."""
    return str(request.session.get(LANGUAGE, ""))


def await_second_factor(request: HttpRequest, person: Person, *, leads_to: str = "", because: str = "") -> None:
    """Remember, for ten minutes, that this person's password was right; it opens nothing but the next page, which may
    say why it asks. `leads_to` is that page's path, where it is known already.
    """
    until = timezone.now() + timedelta(seconds=conf.PENDING_LIFETIME)
    kept = {"person": person.pk, "epoch": person.security_epoch, "until": until.timestamp()}
    request.session[PENDING] = kept | ({"because": because} if because else {})
    request.session.leads_to = leads_to  # type: ignore[attr-defined]
    request.session.cycle_key()


def _active() -> Any:
    people = auth.get_user_model()._default_manager.select_related("security_profile")
    return people.filter(pk=number("person"), is_active=True)


ACTIVE: Prepared[Any] = Prepared(_active)


def pending(request: HttpRequest) -> Any:
    """Who waits in this browser for a second factor, their password having been right; None if it is over."""
    kept = request.session.get(PENDING)
    if not kept or kept["until"] <= timezone.now().timestamp():
        return None
    person: Any = ACTIVE.first(person=kept["person"])
    if person is None or person.security_epoch != kept["epoch"]:
        return None
    return person


def why_pending(request: HttpRequest) -> str:
    """Why a second factor is asked for where it was not before, or an empty string."""
    return str(request.session.get(PENDING, {}).get("because", ""))


def keep_pending(request: HttpRequest, until: datetime) -> None:
    """Let the pending sign-in live as long as the journey that was begun in it."""
    request.session[PENDING] = {**request.session[PENDING], "until": until.timestamp()}


def keep_shown(request: HttpRequest, passkey: Passkey, what_for: str) -> None:
    """Remember, for ten minutes, that this passkey was shown in this browser, for this and nothing else: what else is
    asked for there is typed on a page.
    """
    until = timezone.now() + timedelta(seconds=conf.PENDING_LIFETIME)
    request.session[SHOWN] = {"passkey": passkey.pk, "for": what_for, "until": until.timestamp()}


def has_shown(request: HttpRequest, what_for: str) -> bool:
    """Whether a passkey was shown here for this a moment ago."""
    kept = request.session.get(SHOWN, {})
    return kept.get("for") == what_for and kept["until"] > timezone.now().timestamp()


def shown(request: HttpRequest, person: Person, what_for: str) -> Passkey | None:
    """The same passkey, if it is this person's."""
    if not has_shown(request, what_for):
        return None
    return Passkey.objects.of(person).filter(pk=request.session[SHOWN]["passkey"]).first()


def sign_in(
    request: HttpRequest,
    person: Any,
    device: Authenticator | Passkey | None = None,
    *,
    factor: str = "",
    trusted: TrustedBrowser | None = None,
) -> str:
    """Sign this person in here, with the device or factor that verified them if there was one; returns where they go.

    What an anonymous visitor left in the session is dropped, and the session's key is a new one.
    """
    wanted = next_path(request)
    _keep_language(request, person)
    session: Any = request.session
    session.clear()
    auth.login(request, person, backend=BACKEND)
    if session.person is None or session.person.pk != person.pk:
        session.begin(person, address=ip_address(request), browser=name(request), trusted=trusted)
        if device is not None or factor:
            session.prove(device, factor or "authenticator")
            make_recognisable(request)
    return wanted


def _keep_language(request: HttpRequest, person: Any) -> None:
    """What somebody chose before they signed in is theirs from now on; if nobody ever chose, what they read now is."""
    language = chosen_language(request) or ("" if person.language else translation.get_language() or "")
    if language and language != person.language:
        SecurityProfile.objects.lock(person)  # first, as everywhere: an epoch that moves on writes the same row
        person.language = language
        person.save(update_fields=["language"])


def device_id(request: HttpRequest) -> str:
    """The django-otp id of the device with which this session was verified, or an empty string."""
    return str(request.session.get(DEVICE_ID_SESSION_KEY, ""))


def catch_up(request: HttpRequest) -> bool:
    """Take over what a parallel request of this browser did to the session; says whether somebody is signed in now."""
    request.session.catch_up()  # type: ignore[attr-defined]
    person = request.session.person  # type: ignore[attr-defined]
    if person is None:
        return False
    request.user = person
    return True


def sign_out(request: HttpRequest) -> None:
    """End this browser's session on the server and take its cookie back."""
    auth.logout(request)


def asked(request: HttpRequest, name: str) -> str:
    """What the address asks for under this name, or an empty string. Most addresses ask for nothing."""
    return str(request.GET.get(name, "")) if request.META.get("QUERY_STRING") else ""


def own_path(request: HttpRequest, default: str = "") -> str:
    """The `next` of this request if it is a path of this site (ASVS 3.7.2), else `default`."""
    path = request.POST.get("next", "") if request.method == "POST" else ""
    path = path or asked(request, "next")
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours and len(path) <= 500 else default
