"""Fifty guesses at the same moment: five are looked at, whoever asks and from wherever."""

import pytest

from security.models import Event, Kind, Throttle
from security.models.throttle import Factor
from tests.people import PASSWORD
from tests.races.together import at_once, post

pytestmark = pytest.mark.django_db(transaction=True)

GUESSES = 50


def test_of_fifty_passwords_five_are_looked_at(owner):
    browsers = [owner.elsewhere() for _ in range(GUESSES)]
    for number, browser in enumerate(browsers):
        browser.client.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"
        browser.post("/sign-in/", email=owner.user.email)
    calls = [post(browser, "/sign-in/password/", password="not the right password") for browser in browsers]
    answers = at_once(*calls)
    assert {answer.status_code for answer in answers} == {200}
    assert Event.objects.filter(kind=Kind.PASSWORD_REFUSED).count() == 5
    assert Throttle.objects.get(factor=Factor.PASSWORD).failures == 5
    owner.post("/sign-in/", email=owner.user.email)
    assert "Too many wrong answers" in owner.post("/sign-in/password/", password=PASSWORD).content.decode()


def test_of_fifty_codes_from_one_browser_five_are_looked_at(owner):
    owner.give_password()
    at_once(*[post(owner, "/sign-in/code/", code="000000") for _ in range(GUESSES)])
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_CODE_REFUSED).count() == 5
    assert Throttle.objects.get(factor=Factor.AUTHENTICATOR).failures == 5
