"""Known browsers: where a second factor was completed days ago, in a browser of the same family."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from security import browser, outbox
from security.flows import known_browsers
from security.models import KnownBrowser
from tests.people import Someone
from tests.trust import CHROME, sign_in_and_trust

DAY = 86400


def actor_of(someone, agent=None):
    """Who acts in this browser, as the views see them."""
    headers = {"User-Agent": agent} if agent else {}
    return browser.actor(someone.get("/sign-in/", headers=headers).wsgi_request)


def is_known(someone, agent=None):
    return known_browsers.is_known(someone.user, actor=actor_of(someone, agent))


def told():
    outbox.sweep()
    return [message.subject for message in mail.outbox].count("New sign-in to your account")


def test_a_browser_is_known_after_seven_days(owner, clock):
    owner.sign_in()
    clock.forward(7 * DAY - 1)
    assert not is_known(owner)
    clock.forward(1)
    assert is_known(owner)
    assert not is_known(owner.elsewhere())


def test_a_password_alone_makes_none_known(newcomer, clock):
    newcomer.sign_in()
    assert not KnownBrowser.objects.exists()


def test_its_cookie_is_kept_as_a_digest_and_for_the_server_alone(owner, clock):
    owner.sign_in()
    cookie = owner.client.cookies[settings.BROWSER_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert KnownBrowser.objects.get().token_digest != cookie.value


def test_a_copy_of_the_cookie_in_a_browser_of_another_family_is_not_known(owner, clock):
    owner.sign_in()
    clock.forward(7 * DAY)
    assert is_known(owner)
    assert not is_known(owner, CHROME)


def test_what_calls_itself_another_browser_is_told_of_and_begins_anew(owner, clock):
    owner.sign_in()
    clock.forward(7 * DAY)
    other = Someone(owner.user, owner.phone, Client(headers={"User-Agent": CHROME}))
    other.client.cookies[settings.BROWSER_COOKIE_NAME] = owner.client.cookies[settings.BROWSER_COOKIE_NAME].value
    other.sign_in()
    assert told() == 1
    assert not is_known(other, CHROME)
    clock.forward(7 * DAY)
    assert is_known(other, CHROME)


def test_a_sign_in_where_one_was_before_is_not_told(owner, clock):
    owner.sign_in()
    clock.forward(DAY)
    owner.post("/sign-out/")
    owner.sign_in()
    assert told() == 0


def test_one_elsewhere_is(owner, clock):
    owner.sign_in()
    clock.forward(DAY)
    owner.elsewhere().sign_in()
    assert told() == 1


def test_a_value_that_we_did_not_make_is_not_adopted(owner, clock):
    owner.client.cookies[settings.BROWSER_COOKIE_NAME] = "chosen-by-somebody-else"
    owner.sign_in()
    assert owner.client.cookies[settings.BROWSER_COOKIE_NAME].value != "chosen-by-somebody-else"


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_swap_erases_all_but_the_browser_in_which_it_was_made(owner, clock, elsewhere):
    owner.sign_in()
    clock.forward(7 * DAY)
    here = owner.elsewhere() if elsewhere else owner
    here.sign_in().walk_to("done", "old code")
    assert is_known(owner) is not elsewhere


def test_trust_is_no_second_factor(owner, clock):
    """It neither makes a browser known nor begins its days anew."""
    sign_in_and_trust(owner)
    made_at = KnownBrowser.objects.get().made_at
    clock.forward(3 * DAY)
    assert owner.give_password().url == "/account/"
    assert KnownBrowser.objects.get().made_at == made_at
