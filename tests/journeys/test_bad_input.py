"""Nonsense in every field of every form: a clear word beside the field or a 4xx, never a 500, never a lost answer."""

import html
import json

import pytest
from django.test import Client

from security.models import Authenticator, Enrollment
from tests.people import FIREFOX, PASSWORD, Phone, Someone, add_device
from tests.web import alert_of

FIELDS = {
    "/sign-in/": ["email", "next"],
    "/sign-in/password/": ["password"],
    "/sign-in/code/": ["code"],
    "/security/reset/email/": ["email"],
    "/security/reset/password/": ["password"],
    "/security/reset/proof/": ["code"],
    "/security/reset/notice/": ["address", "stolen"],
    "/security/reset/code/": ["code"],
    "/security/reset/scan/": ["name"],
    "/security/reset/confirm/": ["code"],
}
NONSENSE = {
    "empty": "",
    "spaces": "   ",
    "ten kilobytes": "x" * 10_000,
    "ten thousand digits": "1" * 10_000,
    "NUL": "12\x003456",
    "line breaks": "a\r\nBcc: everybody@example.com",
    "emoji": "🦊" * 20,
    "right to left": "\u202e654321",
    "full-width digits": "１２３４５６",
    "SQL": "' OR 1=1 --",
    "markup": "<script>alert(1)</script>",
    "a negative number": "-1",
    "a large number": "9" * 40,
    "a list": "[1, 2]",
    "broken percent": "%ff%00",
}
MAY_GO_ON = {"/security/reset/scan/", "/security/reset/notice/"}  # a name is free text, a box is ticked by anything


def at(owner: Someone, path: str) -> Someone:
    match path:
        case "/sign-in/":
            return owner
        case "/sign-in/password/":
            owner.post("/sign-in/", email=owner.user.email)
            return owner
        case "/sign-in/code/":
            owner.give_password()
            return owner
        case "/security/reset/email/":
            return owner.sign_in()
    return owner.sign_in().walk_to(path.rstrip("/").rsplit("/", 1)[-1])


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in FIELDS.items() for field in fields])
def test_nonsense_is_answered(owner, clock, path, field, nonsense):
    at(owner, path)
    before = list(Authenticator.objects.values())
    answer = owner.post(path, **{field: nonsense})
    page = answer.content.decode()
    assert answer.status_code in ((200, 302) if path in MAY_GO_ON else (200, 400))
    if answer.status_code == 200:
        assert 'role="alert"' in page
        assert "<script>alert" not in page
        assert owner.get(path).status_code == 200
    assert list(Authenticator.objects.values()) == before


@pytest.mark.parametrize(
    "name", ["Phone\n1234 5678\n", "Phone\r\nBcc: a@b.example", "a\tb", "a\x1b[2Kb", "a\u2028b", "\u202eenohp"]
)
def test_a_name_of_a_device_is_one_line_of_what_can_be_seen(owner, clock, name):
    owner.sign_in().walk_to("scan")
    page = owner.answer("scan", name=name)
    assert page.status_code == 200
    assert "Use letters, digits and signs only, in one line." in alert_of(page)
    assert (owner.enrollment.name, owner.enrollment.scanned_at) == ("", None)


@pytest.mark.parametrize("name", ["My phone", "Ünïcode 社 🦊", "Robin’s “new” phone (2)", "", "  spaces  "])
def test_any_such_name_will_do(owner, clock, name):
    owner.sign_in().walk_to("scan")
    assert owner.answer("scan", name=name).status_code == 302
    assert owner.enrollment.name == name.strip()


def test_a_name_of_a_device_is_text_and_nothing_else(owner, clock):
    owner.sign_in().walk_to("scan")
    owner.new_phone = Phone(owner.setup_key())
    owner.answer("scan", name="<img src=x onerror=alert(1)>")
    owner.answer_right("confirm")
    page = owner.get("/security/").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.parametrize("path", FIELDS)
def test_a_form_without_its_token_is_refused_and_the_way_on_is_shown(owner, clock, path):
    at(owner, path)
    strict = Client(enforce_csrf_checks=True, headers={"User-Agent": FIREFOX})
    strict.cookies.update(owner.client.cookies)
    answer = strict.post(path, {"code": "123456"})
    assert answer.status_code == 403
    assert f'href="{path}"' in answer.content.decode()
    assert strict.get(path).status_code == 200


@pytest.mark.parametrize("question", ["?add=1", "?device=abc&add=1"])
def test_the_way_on_keeps_what_was_asked_for(owner, clock, question):
    strict = Client(enforce_csrf_checks=True, headers={"User-Agent": FIREFOX})
    strict.cookies.update(owner.sign_in().client.cookies)
    answer = strict.post(f"/security/reset/email/{question}", {"email": owner.user.email})
    assert answer.status_code == 403
    assert f'href="/security/reset/email/{question}"' in html.unescape(answer.content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "device", ["%00", "a%00" * 8, "%ff", "%F0%9F%A6%8A", "x" * 5000, "-1", "%27%20OR%201=1", "٣" * 24, "&device=%00"]
)
def test_a_device_that_cannot_be_one_is_the_oldest(owner, clock, method, device):
    add_device(owner.user, "Tablet")
    answer = getattr(owner.sign_in().client, method)(
        f"/security/reset/email/?device={device}", {"email": owner.user.email} if method == "post" else None
    )
    assert answer.status_code == (200 if method == "get" else 302)
    if method == "post":
        assert owner.enrollment.replaces.name == "Old phone"


@pytest.mark.parametrize("path", FIELDS)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"code": "123456"}), "application/json"),
        ("", "application/x-www-form-urlencoded"),
        ("code=1&code=2&code=3", "application/x-www-form-urlencoded"),
        ("&" * 2000, "application/x-www-form-urlencoded"),
        ("code=" + "9" * 200_000, "application/x-www-form-urlencoded"),
        ("--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"code=1", "application/x-www-form-urlencoded; charset=nonsense"),
        ("\xff\xfe", "application/octet-stream"),
    ],
)
def test_a_body_of_another_kind_is_answered(owner, clock, path, body, content_type):
    at(owner, path)
    answer = owner.client.generic("POST", path, body, content_type=content_type)
    assert answer.status_code in (200, 302, 400, 403)
    assert owner.get(path).status_code in (200, 302)


def test_doubled_fields_and_foreign_fields_are_ignored(owner, stranger, clock):
    owner.sign_in()
    answer = owner.client.post(
        "/security/reset/email/",
        {"email": [stranger.user.email, owner.user.email], "person": stranger.user.pk, "is_staff": "on", "row": "1"},
    )
    assert answer.status_code == 302
    owner.client.post("/security/reset/password/", {"password": ["wrong", PASSWORD], "proved_at": "2026-01-01"})
    owner.user.refresh_from_db()
    enrollment = Enrollment.objects.get()
    assert enrollment.person == owner.user
    assert enrollment.proved_at is None
    assert not owner.user.is_staff


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": ""},
        {"User-Agent": "\t" + "x" * 5000},
        {"User-Agent": "Mozilla\x7f\x1b[31m"},
        {"Accept-Language": "x" * 3000},
        {"Accept-Language": "*;q=nonsense, de-DE-1996-x-y"},
        {"Cookie": "sessionid=" + "a" * 4000},
        {"Cookie": "sessionid=\x00; csrftoken=%%%"},
        {"X-Forwarded-For": "nonsense, 1.2.3.4, ::::"},
        {"Referer": "javascript:alert(1)"},
    ],
)
def test_strange_headers_are_answered(owner, clock, headers):
    for path in ("/sign-in/", "/security/", "/security/reset/email/", "/nowhere/"):
        answer = Client(headers=headers).get(path)
        assert answer.status_code in (200, 302, 400, 404)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_do_nothing(owner, clock, method):
    owner.sign_in().walk_to("confirm")
    before = list(Enrollment.objects.values())
    for path in FIELDS:
        assert getattr(owner.client, method)(path).status_code in (302, 405)
    assert list(Enrollment.objects.values()) == before


def test_a_wrong_host_is_refused(client):
    assert client.get("/sign-in/", headers={"Host": "evil.test"}).status_code == 400
