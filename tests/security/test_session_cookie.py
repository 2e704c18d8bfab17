"""The cookies as production sets them."""

import pytest

from tests.config import production
from tests.people import PASSWORD

COOKIES = [
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_AGE",
]


@pytest.fixture(scope="module")
def values():
    return production.values(*COOKIES)


@pytest.fixture
def as_in_production(values, settings):
    for name, value in values.items():
        setattr(settings, name, value)


def test_the_settings_of_production(values):
    assert values == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_AGE": None,
    }


def is_host_only(cookie):
    """What a browser demands of a name that begins with `__Host-`."""
    return cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]


def test_the_session_cookie_is_for_this_host_for_requests_and_for_this_visit(newcomer, clock, as_in_production):
    newcomer.get("/sign-in/", secure=True)
    newcomer.client.post("/sign-in/", {"email": newcomer.user.email}, secure=True)
    response = newcomer.client.post("/sign-in/password/", {"password": PASSWORD}, secure=True)
    assert response.url == "/account/"
    cookie = response.cookies["__Host-session"]
    assert is_host_only(cookie)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_the_csrf_cookie_is_too(db, client, as_in_production):
    cookie = client.get("/sign-in/", secure=True).cookies["__Host-csrf"]
    assert is_host_only(cookie)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_a_browser_takes_the_cookie_back_as_it_was_set(newcomer, clock, as_in_production):
    newcomer.client.post("/sign-in/", {"email": newcomer.user.email}, secure=True)
    newcomer.client.post("/sign-in/password/", {"password": PASSWORD}, secure=True)
    cookie = newcomer.client.post("/sign-out/", secure=True).cookies["__Host-session"]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert is_host_only(cookie)


def test_a_key_that_was_changed_is_answered_with_the_same_sort_of_cookie(owner, clock, as_in_production):
    body = {"data": f"password={PASSWORD}", "content_type": "application/x-www-form-urlencoded", "secure": True}
    owner.client.post("/sign-in/", {"email": owner.user.email}, secure=True)
    before = owner.client.cookies["__Host-session"].value
    owner.client.post("/sign-in/password/", **body)
    owner.client.cookies["__Host-session"] = before
    response = owner.client.post("/sign-in/password/", **body)
    assert response.status_code == 303
    assert is_host_only(response.cookies["__Host-session"])
    assert response.cookies["__Host-session"]["httponly"]
