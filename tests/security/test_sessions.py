"""The session's key: a cookie of this browser alone, stored nowhere, and a new one at every proof."""

from urllib.parse import urlencode, urljoin

import pytest
from django.conf import settings
from django.test import Client

from security import crypto
from security.models import Event, Session
from tests.people import FIREFOX, PASSWORD

COOKIE = settings.SESSION_COOKIE_NAME
UNKNOWN = "0123456789abcdefghijklmnopqrstuv"


def key_of(someone):
    return someone.client.cookies[COOKIE].value


def with_key(key):
    """A browser that sends this key."""
    client = Client(headers={"User-Agent": FIREFOX})
    client.cookies[COOKIE] = key
    return client


def send(client, path, **fields):
    """A form as a browser sends it."""
    return client.post(path, urlencode(fields), content_type="application/x-www-form-urlencoded")


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def sets_the_cookie(response):
    return COOKIE in response.cookies


def give_password(someone):
    someone.post("/sign-in/", email=someone.user.email)
    return "/sign-in/password/", {"password": PASSWORD}


def give_code(someone):
    someone.give_password()
    return "/sign-in/code/", {"code": someone.phone.code()}


def answer_password_screen(someone):
    someone.sign_in().walk_to("password")
    return "/security/reset/password/", {"password": PASSWORD}


def swap(someone):
    someone.sign_in().walk_to("scan")
    someone.answer_right("scan")
    return "/security/reset/confirm/", {"code": someone.new_phone.code()}


PROOFS = [give_password, give_code, answer_password_screen, swap]


def test_the_key_is_stored_nowhere(owner, clock):
    owner.sign_in().walk_to("done")
    columns = [str(value) for row in Session.objects.values_list() for value in row]
    assert not any(key_of(owner) in column for column in columns)
    assert Session.objects.get(person=owner.user).key_digest == crypto.digest(key_of(owner))


@pytest.mark.parametrize("prove", PROOFS)
def test_every_proof_changes_the_key(owner, clock, prove):
    path, fields = prove(owner)
    before, row = key_of(owner), Session.objects.get()
    assert send(owner.client, path, **fields).status_code == 302
    assert key_of(owner) != before
    assert Session.objects.get().pk == row.pk  # it is the same browser


def test_signing_in_with_a_password_alone_changes_the_key(newcomer, clock):
    path, fields = give_password(newcomer)
    before = key_of(newcomer)
    send(newcomer.client, path, **fields)
    assert key_of(newcomer) != before
    assert not is_signed_in(with_key(before))


@pytest.mark.parametrize("prove", PROOFS)
def test_the_key_before_it_opens_nothing(owner, clock, prove):
    path, fields = prove(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    for page in ("/account/", "/security/", "/sign-in/code/", "/security/reset/proof/", "/security/reset/scan/"):
        response = with_key(before).get(page)
        assert response.status_code == 303
        assert response["Location"] == f"{page}?again=1"
        assert response.content == b""
        assert not sets_the_cookie(response)
        assert with_key(before).get(f"{page}?again=1").url.startswith("/sign-in/")


@pytest.mark.parametrize("prove", PROOFS)
def test_a_wrong_answer_changes_no_key(owner, clock, prove):
    path, fields = prove(owner)
    before = key_of(owner)
    assert send(owner.client, path, **dict.fromkeys(fields, "wrong")).status_code == 200
    assert key_of(owner) == before


def test_a_late_request_is_sent_on_for_thirty_seconds(owner, clock):
    path, fields = give_code(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    clock.forward(29)
    assert with_key(before).get("/account/").status_code == 303
    clock.forward(1)
    assert with_key(before).get("/account/").url == "/sign-in/?next=%2Faccount%2F"


def test_a_late_request_keeps_its_question(owner, clock):
    path, fields = give_code(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    response = with_key(before).get("/security/reset/email/?device=abc&add=1&next=%2F%3Fx%3D%26")
    assert response["Location"] == "/security/reset/email/?device=abc&add=1&next=%2F%3Fx%3D%26&again=1"
    assert "no-store" in response["Cache-Control"]


def test_the_browser_that_has_the_new_key_goes_on(owner, clock):
    owner.sign_in()
    assert owner.get("/account/?again=1").status_code == 200


def test_a_key_that_nobody_gave_out_is_not_adopted(owner, clock):
    client = owner.client = with_key(UNKNOWN)
    client.post("/sign-in/", {"email": owner.user.email})
    assert key_of(owner) != UNKNOWN
    owner.sign_in()
    assert key_of(owner) != UNKNOWN
    assert not is_signed_in(with_key(UNKNOWN))
    assert not Session.objects.filter(key_digest=crypto.digest(UNKNOWN)).exists()


@pytest.mark.parametrize("prove", PROOFS)
def test_a_form_that_is_sent_twice_goes_where_its_first_answer_led_with_its_cookie(owner, clock, prove):
    path, fields = prove(owner)
    before = key_of(owner)
    first = send(owner.client, path, **fields)
    again = with_key(before)
    response = send(again, path, **fields)
    assert response.status_code == 303
    assert response["Location"] == first["Location"] != path
    assert response.cookies[COOKIE].value == key_of(owner)
    assert response.content == b""
    assert again.get("/account/").status_code == owner.get("/account/").status_code


@pytest.mark.parametrize("wanted", ["/security/", "/security/reset/email/?add=1"])
def test_where_one_wanted_to_go_is_not_forgotten_by_sending_twice(owner, clock, wanted):
    owner.post("/sign-in/", email=owner.user.email, next=wanted)
    owner.post("/sign-in/password/", password=PASSWORD)
    before, fields = key_of(owner), {"code": owner.phone.code()}
    assert send(owner.client, "/sign-in/code/", **fields).url == wanted
    again = with_key(before)
    assert send(again, "/sign-in/code/", **fields)["Location"] == wanted
    assert again.get(wanted).status_code == 200


@pytest.mark.parametrize("prove", PROOFS)
@pytest.mark.parametrize("path", ["//evil.test/x", "//evil.test", "///evil.test/x", "//evil.test/x?y=//z"])
def test_a_late_request_is_never_sent_to_another_site(owner, clock, prove, path):
    sent_to, fields = prove(owner)
    before = key_of(owner)
    send(owner.client, sent_to, **fields)
    for method in ("GET", "POST"):
        response = with_key(before).generic(method, "/", PATH_INFO=path.partition("?")[0])
        assert response.status_code == 303
        assert urljoin("https://testserver/", response["Location"]).startswith("https://testserver/")
        assert not response["Location"].startswith("//")


@pytest.mark.parametrize("prove", PROOFS)
def test_it_is_not_acted_upon_twice(owner, clock, prove):
    path, fields = prove(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    events = Event.objects.count()
    send(with_key(before), path, **fields)
    assert Event.objects.count() == events
    assert Session.objects.count() == 1


@pytest.mark.parametrize("prove", PROOFS)
@pytest.mark.parametrize("change", ["fields", "path", "query", "method"])
def test_another_request_with_the_old_key_does_not_get_it(owner, clock, prove, change):
    path, fields = prove(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    late = with_key(before)
    response = {
        "fields": lambda: send(late, path, **fields, more="1"),
        "path": lambda: send(late, "/sign-in/", **fields),
        "query": lambda: send(late, f"{path}?a=b", **fields),
        "method": lambda: late.get(path),
    }[change]()
    assert response.status_code == 303
    assert "again=1" in response["Location"]
    assert not sets_the_cookie(response)


def test_a_form_that_is_sent_again_later_does_not_get_it(owner, clock):
    path, fields = give_code(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    clock.forward(30)
    response = send(with_key(before), path, **fields)
    assert response.url == "/sign-in/"
    assert not sets_the_cookie(response)


def test_nobody_who_knows_the_row_can_compute_the_next_key(owner, clock, settings):
    path, fields = give_code(owner)
    before = key_of(owner)
    send(owner.client, path, **fields)
    nonce = Session.objects.get().rotation_nonce
    assert crypto.derive("session key", before, nonce).hex() == key_of(owner)
    settings.SECURITY_KEYS = {"other": bytes(32)}
    assert crypto.derive("session key", before, nonce).hex() != key_of(owner)


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/account/", "/security/", "/sign-in/code/", "/nowhere/"])
@pytest.mark.parametrize("key", [UNKNOWN, "short", "", "ünknown", "x" * 5000])
def test_a_dead_key_never_makes_us_take_the_cookie_back(db, clock, path, key):
    assert not sets_the_cookie(with_key(key).get(path))


def test_nor_does_one_that_was_ended(owner, clock):
    owner.sign_in()
    Session.objects.all().delete()
    response = owner.get("/account/")
    assert response.url.startswith("/sign-in/")
    assert not sets_the_cookie(response)


def test_signing_out_deletes_row_and_cookie(owner, clock):
    owner.sign_in()
    key = key_of(owner)
    response = owner.post("/sign-out/")
    assert response.url == "/sign-in/"
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response.cookies[COOKIE].value == ""
    assert response.cookies[COOKIE]["max-age"] == 0
    assert not Session.objects.exists()
    assert with_key(key).get("/account/").url.startswith("/sign-in/")


def test_signing_out_here_is_not_signing_out_elsewhere(owner, clock):
    owner.sign_in()
    elsewhere = owner.elsewhere()
    clock.forward(30)
    elsewhere.sign_in()
    owner.post("/sign-out/")
    assert is_signed_in(elsewhere.client)
    assert not is_signed_in(owner.client)


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_nobody_is_signed_out_by_a_link(owner, clock, method):
    owner.sign_in()
    assert getattr(owner.client, method)("/sign-out/").status_code == 405
    assert is_signed_in(owner.client)
