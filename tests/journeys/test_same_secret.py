"""Reload, a second tab, a wrong code, Back: the same secret and the same picture, until the journey is over."""

import base64

from security.models import Authenticator
from tests.people import Phone, make


def picture(someone) -> str:
    page = someone.screen("scan").content.decode()
    return page.split("<svg id", 1)[1].split("</svg>", 1)[0]


def test_the_secret_stays_the_same(owner, clock):
    owner.sign_in().walk_to("scan")
    key, qr = owner.setup_key(), picture(owner)
    assert len(base64.b32decode(key)) == 20
    for _ in range(3):
        assert (owner.setup_key(), picture(owner)) == (key, qr)
    owner.answer("scan", name="New phone")
    owner.answer("confirm", code="000000" if Phone(key).code() != "000000" else "111111")
    assert (owner.setup_key(), picture(owner)) == (key, qr)
    owner.screen("verified")
    owner.answer("verified")
    owner.answer("app")
    assert (owner.setup_key(), picture(owner)) == (key, qr)


def test_a_new_journey_has_a_new_secret(owner, clock):
    owner.sign_in().walk_to("scan")
    key = owner.setup_key()
    owner.post("/security/reset/cancel/")
    clock.forward(minutes=2)
    owner.answer_right("email")
    owner.walk_to("scan")
    assert owner.setup_key() != key


def test_the_secret_is_gone_when_the_journey_is_over(owner, clock):
    owner.sign_in().walk_to("done")
    assert owner.enrollment.sealed_secret == ""
    assert owner.screen("scan").url == "/security/"


def test_no_two_journeys_share_a_secret(db, clock):
    keys = set()
    for index in range(20):
        someone = make(f"somebody{index}@example.com", has_device=False)
        keys.add(someone.sign_in().walk_to("scan").setup_key())
    assert len(keys) == 20


def test_the_code_that_confirmed_the_device_is_used(owner, clock):
    owner.sign_in().walk_to("confirm")
    code = owner.new_phone.code()
    owner.answer("confirm", code=code)
    elsewhere = owner.elsewhere()
    elsewhere.give_password()
    assert elsewhere.post("/sign-in/code/", code=code).status_code == 200
    assert elsewhere.post("/sign-in/code/", code=owner.new_phone.code(-1)).status_code == 200
    assert elsewhere.post("/sign-in/code/", code=owner.phone.code()).status_code == 200
    assert elsewhere.post("/sign-in/code/", code=owner.new_phone.code(1)).url == "/account/"


def test_the_pending_secret_opens_nothing(owner, clock):
    owner.sign_in().walk_to("confirm")
    elsewhere = owner.elsewhere()
    elsewhere.give_password()
    assert elsewhere.post("/sign-in/code/", code=owner.new_phone.code()).status_code == 200
    assert Authenticator.objects.count() == 1


def test_a_slow_phone_is_told_how_slow(owner, clock):
    owner.sign_in().walk_to("confirm")
    page = owner.answer("confirm", code=owner.new_phone.code(-4))
    assert page.status_code == 200
    assert "about 2 minutes slow" in page.content.decode()
    assert owner.enrollment.bound_at is None
