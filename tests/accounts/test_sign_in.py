"""Signing in, one question a page: the address, the password, the code."""

import re

import pytest
from django.conf import settings
from django.test import Client

from security.models import Event, Kind, Session
from security.sessions import SessionStore
from tests.people import PASSWORD, make

WRONG = "not the right password"


def said_by(response):
    assert 'role="alert"' in response.content.decode()
    return response.content.decode()


def test_the_address_comes_first_then_the_password_then_the_code(owner, clock):
    assert owner.get("/").url == "/sign-in/"
    assert owner.post("/sign-in/", email=owner.user.email).url == "/sign-in/password/"
    assert "owner@example.com" in owner.get("/sign-in/password/").content.decode()
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/sign-in/code/"
    assert owner.get("/account/").url.startswith("/sign-in/")
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"
    assert owner.get("/account/").status_code == 200
    assert owner.get("/").url == "/account/"


def test_somebody_without_a_second_factor_is_in_after_the_password(newcomer, clock):
    assert newcomer.give_password().url == "/account/"
    assert newcomer.get("/account/").status_code == 200


@pytest.mark.parametrize("typed", ["OWNER@EXAMPLE.COM", "Owner@Example.com", "  owner@example.com  "])
def test_case_and_outer_space_of_the_address_do_not_matter(owner, clock, typed):
    owner.post("/sign-in/", email=typed)
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/sign-in/code/"


def test_the_case_of_the_password_does(owner, clock):
    owner.post("/sign-in/", email=owner.user.email)
    for typed in (PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} "):
        assert owner.post("/sign-in/password/", password=typed).status_code == 200


@pytest.mark.parametrize(
    "typed", ["", "   ", "owner", "owner@", "@example.com", "a b@example.com", "x" * 260 + "@a.example"]
)
def test_what_is_no_address_is_said_so(db, client, typed):
    response = client.post("/sign-in/", {"email": typed})
    assert response.status_code == 200
    said_by(response)
    assert client.get("/sign-in/password/").url == "/sign-in/"


def test_nobody_skips_a_page(owner, clock):
    assert owner.get("/sign-in/password/").url == "/sign-in/"
    assert owner.post("/sign-in/password/", password=PASSWORD).url == "/sign-in/"
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    owner.post("/sign-in/", email=owner.user.email)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    assert owner.get("/sign-in/code/").url == "/sign-in/"


def test_another_address_begins_anew(owner, stranger, clock):
    owner.give_password()
    owner.post("/sign-in/", email=stranger.user.email)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    assert stranger.user.email in owner.get("/sign-in/password/").content.decode()


def test_looking_at_the_page_leaves_nothing_behind(db, client):
    response = client.get("/sign-in/")
    assert settings.SESSION_COOKIE_NAME not in response.cookies
    assert not Session.objects.exists()


def test_somebody_who_is_signed_in_is_sent_home(owner, clock):
    owner.sign_in()
    for page in ("/sign-in/password/", "/sign-in/code/", "/sign-in/"):
        assert owner.get(page).url == "/account/"
    assert owner.get("/sign-in/?next=/security/").url == "/security/"
    assert owner.get("/sign-in/?next=//evil.example/").url == "/account/"


def test_every_sign_in_is_recorded(owner, newcomer, clock):
    owner.sign_in()
    newcomer.sign_in()
    first, second = Event.objects.filter(kind=Kind.SESSION_STARTED).order_by("pk")
    assert (first.person, first.detail["factor"]) == (owner.user, "authenticator")
    assert (second.person, second.detail) == (newcomer.user, {"factor": "password", "device": ""})


@pytest.mark.parametrize(
    "path",
    [
        "/security/",
        "/security/reset/email/?add=1",
        "/account/",
        "/%2Fevil.example",
        "/a?next=https://evil.example",
        "/a//b",
    ],
)
@pytest.mark.parametrize("where", ["in the address", "in the form"])
def test_a_path_of_our_own_is_where_one_goes_on(owner, clock, path, where):
    if where == "in the form":
        owner.post("/sign-in/", email=owner.user.email, next=path)
    else:
        owner.client.post("/sign-in/", {"email": owner.user.email}, query_params={"next": path})
    owner.post("/sign-in/password/", password=PASSWORD)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "http://testserver/account/",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "account/",
        "?next",
        "",
        "/" + "a" * 500,
    ],
)
@pytest.mark.parametrize("where", ["in the address", "in the form"])
def test_any_other_is_not(newcomer, clock, path, where):
    if where == "in the form":
        newcomer.post("/sign-in/", email=newcomer.user.email, next=path)
    else:
        newcomer.client.post("/sign-in/", {"email": newcomer.user.email}, query_params={"next": path})
    assert newcomer.post("/sign-in/password/", password=PASSWORD).url == "/account/"


def test_a_gate_remembers_where_one_wanted_to_go(owner, clock):
    gate = owner.get("/security/reset/email/?device=abc").url
    assert gate == "/sign-in/?next=%2Fsecurity%2Freset%2Femail%2F%3Fdevice%3Dabc"
    assert 'value="/security/reset/email/?device=abc"' in owner.get(gate).content.decode()


@pytest.mark.parametrize(
    "path", ["/account/", "/security/", "/security/reset/email/", "/security/reset/confirm/", "/security/reset/code/"]
)
def test_a_pending_sign_in_opens_nothing_but_its_own_page(owner, clock, path):
    owner.give_password()
    assert owner.get(path).url.startswith("/sign-in/")
    assert owner.post(path).status_code in (302, 405)
    assert owner.post("/security/reset/cancel/").url.startswith("/sign-in/")
    assert owner.get("/sign-in/code/").status_code == 200
    assert not owner.user.enrollments.exists()


def test_a_pending_sign_in_waits_for_ten_minutes(owner, clock):
    owner.give_password()
    clock.forward(599)
    assert owner.get("/sign-in/code/").status_code == 200
    clock.forward(1)
    assert owner.get("/sign-in/code/").url == "/sign-in/"
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    assert owner.post("/sign-in/code/new-device/").url == "/sign-in/"


def test_a_pending_sign_in_holds_no_password_and_no_name(owner, clock):
    owner.give_password()
    kept = SessionStore().decode(Session.objects.get().data)
    assert kept.keys() == {"sign_in.address", "sign_in.next", "sign_in.pending"}
    assert kept["sign_in.pending"].keys() == {"person", "epoch", "until"}
    assert PASSWORD not in str(kept)
    assert Session.objects.get().person is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"security_epoch": 1}])
def test_a_change_of_the_account_ends_a_pending_sign_in(owner, clock, change):
    owner.give_password()
    type(owner.user).objects.update(**change)
    assert owner.get("/sign-in/code/").url == "/sign-in/"
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"
    assert owner.get("/account/").url.startswith("/sign-in/")


@pytest.mark.parametrize("typed", ["", "000 000", "12345", "1" * 65, PASSWORD])
def test_a_wrong_code_is_said_so_and_signs_nobody_in(owner, clock, typed):
    owner.give_password()
    response = owner.post("/sign-in/code/", code=typed)
    assert response.status_code == 200
    said_by(response)
    assert owner.get("/account/").url.startswith("/sign-in/")
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"


def test_five_wrong_codes_and_the_right_one_has_to_wait(owner, clock):
    owner.give_password()
    for _ in range(5):
        owner.post("/sign-in/code/", code="000 000")
    assert "Wait 30 seconds" in said_by(owner.post("/sign-in/code/", code=owner.phone.code()))
    clock.forward(30)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"


def test_the_code_of_somebody_else_is_wrong(owner, stranger, clock):
    owner.give_password()
    assert owner.post("/sign-in/code/", code=stranger.phone.code()).status_code == 200


def test_a_form_without_its_token_is_told_the_way_on(db):
    client = Client(enforce_csrf_checks=True)
    for page in ("/sign-in/", "/sign-in/password/", "/sign-in/code/"):
        response = client.post(page, {"email": "owner@example.com"})
        shown = response.content.decode()
        assert response.status_code == 403
        assert "This page was open for too long" in shown
        assert re.search(rf'<a [^>]*href="{page}">Load the page again</a>', shown)
    assert not Session.objects.exists()


def test_a_form_with_its_token_is_taken(newcomer, clock):
    newcomer.client = Client(enforce_csrf_checks=True)

    def token():
        return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.content.decode()).group(1)

    shown = newcomer.get("/sign-in/")
    shown = newcomer.client.post(
        "/sign-in/", {"email": newcomer.user.email, "csrfmiddlewaretoken": token()}, follow=True
    )
    fields = {"password": PASSWORD, "csrfmiddlewaretoken": token()}
    assert newcomer.client.post("/sign-in/password/", fields).url == "/account/"


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/password/", "/sign-in/code/"])
def test_no_page_of_it_is_stored_by_the_browser(owner, clock, path):
    owner.give_password()
    assert "no-store" in owner.get(path)["Cache-Control"]


def test_one_browser_at_a_time_belongs_to_one_person(owner, clock):
    other = make("other@example.com", has_device=False)
    owner.give_password()
    other.client = owner.client
    other.sign_in()
    assert owner.get("/account/").wsgi_request.user == other.user
    assert not Session.objects.filter(person=owner.user).exists()
