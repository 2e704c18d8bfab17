"""What broke in the peers where staff come in, as tests named after the list: S06, S16, S39, S50, their staff part."""

import pytest

from security.models import Event, Kind, OutboxMessage
from tests.people import PASSWORD
from tests.staff import colleague, enter

pytestmark = pytest.mark.django_db
RESET = {"reason": "lost the phone", "checked": "called back"}


def act(person):
    return f"/admin/accounts/user/{person.pk}/act/reset/"


def test_s06_neither_an_old_nor_an_unconfirmed_device_opens_the_pages_for_staff(clock):
    sam = colleague("superuser")
    sam.sign_in().walk_to("confirm", way="code")
    pending, old = sam.new_phone, sam.phone
    answer = sam.post("/security/step-up/?for=staff", code=pending.code(), otp_device=sam.enrollment.public_id)
    assert answer.status_code == 200
    clock.forward(31)
    sam.answer_right("confirm")
    assert sam.post("/security/step-up/?for=staff", code=old.code(1)).status_code == 200
    assert "/security/step-up/" in sam.get("/admin/").url
    clock.forward(60)
    assert sam.post("/security/step-up/?for=staff&next=/admin/", code=pending.code()).url == "/admin/"


def test_s16_no_page_for_staff_draws_a_key_or_is_stored(owner, clock):
    owner.sign_in().walk_to("confirm", way="code")
    helper = enter(colleague("superuser"))
    answer = helper.get(f"/admin/accounts/user/{owner.user.pk}/change/")
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert owner.new_phone.secret not in page
    assert "otpauth:" not in page


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/", "/admin/logout/", "/admin/password_change/"])
def test_s39_no_route_of_the_admin_signs_anybody_in_past_the_second_factor(client, clock, path):
    sam = colleague("superuser")
    client.post(path, {"username": sam.user.email, "password": PASSWORD, "next": "/admin/"})
    assert client.get("/admin/accounts/user/").url.startswith("/sign-in/")
    sam.give_password()
    assert sam.get("/admin/accounts/user/").url.startswith("/sign-in/")


def test_s50_staff_give_a_reason_the_owner_is_told_and_nobody_resets_themselves_or_a_higher_account(owner, clock):
    helper, boss = enter(colleague("support")), colleague("superuser")
    for higher in (helper, boss):
        assert helper.post(act(higher.user), **RESET).status_code == 403
    assert helper.post(act(owner.user), checked="called back").status_code == 200
    assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()
    assert helper.post(act(owner.user), **RESET).status_code == 302
    event = Event.objects.get(kind=Kind.ASSISTED_RESET_STARTED)
    assert OutboxMessage.objects.filter(event=event, address=owner.user.email).exists()
    for path in ("change/", "delete/"):
        assert boss.elsewhere().post(f"/admin/security/event/{event.pk}/{path}").url.startswith("/sign-in/")
        assert enter(boss.elsewhere()).post(f"/admin/security/event/{event.pk}/{path}").status_code == 403
        clock.forward(90)
