"""The database is away or too busy: no 500 but a page that says what to do, in the language of the browser."""

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from tests.people import FIREFOX


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False, headers={"User-Agent": FIREFOX})


@pytest.fixture(params=[OperationalError("server closed the connection"), InterfaceError("the connection is closed")])
def away(request, monkeypatch, visitor):
    """From now on every statement fails; nobody can even sign in a session."""

    def fail(*args, **more):
        raise request.param

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.parametrize("path", ["/sign-in/", "/account/", "/security/", "/security/reset/code/", "/admin/"])
def test_it_says_try_again(db, visitor, away, path):
    visitor.cookies["sessionid"] = "of-somebody-who-was-signed-in"
    answer = visitor.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    page = answer.content.decode()
    assert "We cannot answer just now" in page
    assert f'href="{path}"' in page
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Im Moment können wir nicht antworten"), ("pt", "De momento não podemos responder")]
)
def test_in_the_language_of_the_browser(db, visitor, away, language, words):
    visitor.cookies["sessionid"] = "of-somebody-who-was-signed-in"
    page = visitor.get("/account/", headers={"Accept-Language": language}).content.decode()
    assert words in page
    assert f'<html lang="{language}">' in page


def test_a_form_that_was_sent_finds_the_way_back_to_its_page(db, visitor, away):
    visitor.cookies["sessionid"] = "of-somebody-who-was-signed-in"
    answer = visitor.post("/sign-in/password/?next=/security/", {"password": "x"})
    assert answer.status_code == 503
    assert 'href="/sign-in/password/?next=/security/"' in answer.content.decode()


def test_it_leads_to_no_other_site(db, visitor, away):
    visitor.cookies["sessionid"] = "of-somebody-who-was-signed-in"
    page = visitor.get("//evil.test/").content.decode()
    assert 'href="//' not in page


def test_anything_else_is_a_bug_and_says_so(db, visitor, monkeypatch):
    monkeypatch.setattr("security.browser.identify", lambda *args: 1 / 0)
    answer = visitor.post("/sign-in/", {"email": "robin@example.com"})
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()
