"""The address of the button "Sign out": it signs out who presses it, and offers itself to who only looks."""

import pytest
from django.test import Client

from security.models import Session
from tests.people import FIREFOX
from tests.web import TOKEN


@pytest.fixture
def careful(owner, clock):
    """The browser of the owner, with a site that asks for the token of every form."""
    browser = Client(enforce_csrf_checks=True, headers={"User-Agent": FIREFOX})
    browser.cookies.update(owner.sign_in().client.cookies)
    return browser


def test_looking_at_it_offers_the_button_and_signs_nobody_out(careful):
    page = careful.get("/sign-out/")
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "You are still signed in." in page.content.decode()
    assert Session.objects.get().person
    assert (
        careful.post("/sign-out/", {"csrfmiddlewaretoken": TOKEN.search(page.content.decode())[1]}).status_code == 302
    )
    assert not Session.objects.exists()


def test_who_is_signed_out_already_is_told_so(client, db):
    page = client.get("/sign-out/")
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "You are signed out" in page.content.decode()
    assert 'href="/sign-in/"' in page.content.decode()


def test_a_button_that_is_too_old_leads_to_one_that_works(careful):
    refused = careful.post("/sign-out/")
    assert refused.status_code == 403
    assert 'href="/sign-out/"' in refused.content.decode()
    assert TOKEN.search(careful.get("/sign-out/").content.decode())


@pytest.mark.parametrize("key", ["a" * 32, "short"])
def test_signing_out_with_a_dead_key_takes_no_cookie_back(client, db, settings, key):
    """The cookie in the jar may by then be a new one, of a parallel answer."""
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    response = client.post("/sign-out/")
    assert response.url == "/sign-in/"
    assert settings.SESSION_COOKIE_NAME not in response.cookies
