"""Who gets into the pages for staff: our own sign-in, a second factor, and a proof (SECURITY AD1, AD2, AD9, AD10)."""

import pytest

from accounts.models import User
from security.models import Session
from tests.people import PASSWORD, make
from tests.staff import colleague, enter, prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(clock):
    return colleague("superuser")


def test_django_s_own_sign_in_is_gone(client, sam):
    answer = client.post("/admin/login/", {"username": sam.user.email, "password": PASSWORD, "next": "/admin/"})
    assert answer.status_code == 405
    assert not Session.objects.exclude(person=None).exists()
    answer = client.get("/admin/login/?next=/admin/accounts/user/")
    assert answer.url == "/sign-in/?next=/admin/accounts/user/"
    assert client.get("/admin/login/?next=https://evil.example/").url == "/sign-in/?next=/admin/"


def test_whoever_is_signed_out_signs_in_and_comes_back(client, db):
    assert client.get("/admin/accounts/user/").url == "/sign-in/?next=%2Fadmin%2Faccounts%2Fuser%2F"


def test_signing_in_is_not_enough(sam):
    sam.sign_in()
    assert sam.get("/admin/").url == "/security/step-up/?next=%2Fadmin%2F&for=staff"
    prove(sam)
    assert sam.get("/admin/").status_code == 200


def test_a_proof_for_something_else_is_not_enough(sam):
    sam.sign_in()
    sam.post("/security/step-up/?for=email", password=PASSWORD, code=sam.phone.code(ahead=1))
    assert sam.get("/admin/").status_code == 302


def test_the_proof_lasts_an_hour_and_a_form_a_little_longer(sam, clock):
    enter(sam)
    for _ in range(6):
        clock.forward(600 - 1)
        assert sam.get("/admin/").status_code == 200
    clock.forward(10)
    assert "/security/step-up/" in sam.get("/admin/").url
    assert sam.post("/admin/accounts/announcement/add/").status_code == 200
    clock.forward(450)
    sam.get("/account/")
    clock.forward(450)
    assert "/security/step-up/" in sam.post("/admin/accounts/announcement/add/").url


def test_the_proof_counts_in_the_browser_that_gave_it(sam):
    enter(sam)
    sam.client.headers = {}
    answer = sam.client.get("/admin/", headers={"User-Agent": "curl/8"})
    assert "/security/step-up/" in answer.url


def test_after_a_quarter_of_an_hour_without_a_request_it_is_over(sam, clock):
    enter(sam)
    clock.forward(901)
    assert sam.get("/admin/").url.startswith("/sign-in/")


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/admin/nowhere/", "/admin/jsi18n/"])
def test_others_are_refused(owner, clock, path):
    owner.sign_in()
    assert owner.get(path).status_code == 403


def test_rights_that_are_taken_away_are_gone_at_once(sam):
    enter(sam)
    User.objects.filter(pk=sam.user.pk).update(is_staff=False)
    assert sam.get("/admin/").status_code == 403


def test_staff_without_a_device_get_nowhere_but_to_one(clock):
    sam = make("sam@example.com", has_device=False, is_staff=True, is_superuser=True).sign_in()
    answer = sam.get("/admin/")
    assert answer.status_code == 403
    assert "Set up a device first" in answer.content.decode()
    for path in ("/account/", "/security/", "/account/personal-info/", "/security/activity/"):
        assert sam.get(path).url == "/security/reset/email/", path
    sam.walk_to("done")
    assert sam.get("/account/").status_code == 200
    assert "/security/step-up/" in sam.get("/admin/").url


def test_a_trusted_browser_opens_nothing_for_staff(sam):
    sam.give_password()
    sam.post("/sign-in/code/", code=sam.phone.code(), trust_browser="on")
    assert not sam.user.trusted_browsers.exists()


@pytest.mark.parametrize("path", ["password_change/", "password_change/done/"])
def test_the_password_is_changed_where_everybody_changes_it(sam, path):
    enter(sam)
    assert sam.get(f"/admin/{path}").url == "/security/password/"


def test_nobody_s_password_is_set_or_seen(sam, owner):
    """AD3."""
    enter(sam)
    assert sam.get(f"/admin/accounts/user/{owner.user.pk}/password/").status_code in (302, 404)
    page = sam.get(f"/admin/accounts/user/{owner.user.pk}/change/").content.decode()
    assert 'type="password"' not in page
