"""People in browsers that they trust, for tests that ask what such a browser opens."""

from typing import Any

from django.conf import settings
from django.test import Client

from tests.people import FIREFOX, Someone

COOKIE = settings.TRUST_COOKIE_NAME
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


def sign_in_and_trust(someone: Someone, ahead: int = 0) -> Any:
    """Sign in with the box ticked."""
    assert someone.phone
    someone.give_password()
    return someone.post("/sign-in/code/", code=someone.phone.code(ahead), trust_browser="on")


def is_asked(someone: Someone) -> bool:
    """Whether this browser is asked for a second factor at its next sign-in; it is signed out before."""
    someone.post("/sign-out/")
    answer = someone.give_password()
    assert answer.status_code == 302
    return bool(answer.url == "/sign-in/code/")


def token_of(someone: Someone) -> str:
    return someone.client.cookies[COOKIE].value


def with_token(someone: Someone, token: str, agent: str = FIREFOX) -> Someone:
    """The same person in another browser, which shows this token."""
    other = Someone(someone.user, someone.phone, Client(headers={"User-Agent": agent}))
    other.client.cookies[COOKIE] = token
    return other
