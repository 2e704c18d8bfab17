"""The quick way: the old device is still there, and one code of it proves everything."""

from django.core import mail

from security import outbox
from security.models import Authenticator, Event, Kind
from tests.people import PASSWORD, newest_code


def test_the_owner_moves_to_a_new_phone_with_the_old_one_in_hand(owner, clock):
    owner.sign_in().walk_to("verified", "old code")
    page = owner.screen("verified").content.decode()
    assert "Your old device is confirmed" in page
    assert "Step 4 of 7" in page
    owner.walk_to("done")
    event = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    assert (event.detail["row"], event.detail["proof"]) == ("1", "authenticator")
    assert not mail.outbox
    outbox.sweep()
    assert [message.subject for message in mail.outbox] == ["Your device for sign-in codes was replaced"]


def test_the_code_that_signed_in_does_not_prove_again(owner, clock):
    owner.sign_in().walk_to("proof")
    answer = owner.answer("proof", code=owner.phone.code())
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_another_device_is_added_and_nothing_is_revoked(owner, clock):
    owner.sign_in()
    owner.post("/security/reset/email/?add=1", email=owner.user.email)
    owner.answer("password", password=PASSWORD)
    page = owner.screen("proof").content.decode()
    assert "Set up a new mobile device" not in page
    assert owner.post("/security/reset/proof/mail/").status_code == 200
    owner.walk_to("done", "old code")
    assert Authenticator.objects.filter(user=owner.user, confirmed=True).count() == 2
    assert "Your other device works too" in owner.get("/security/").content.decode()
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_BOUND).detail["row"] == "another"
    clock.forward(60)
    owner.elsewhere().sign_in()
    owner.phone = owner.new_phone
    owner.elsewhere().sign_in()


def test_one_may_go_back_and_take_the_mail_after_all(owner, clock):
    owner.sign_in().walk_to("verified", "old code")
    assert owner.post("/security/reset/proof/mail/").url == "/security/reset/notice/"
    assert owner.enrollment.proof == ""
    owner.walk_to("done")
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "4a"


def test_staff_have_the_old_code_and_nothing_else(staff, clock):
    staff.sign_in().walk_to("proof")
    assert "Set up a new mobile device" not in staff.screen("proof").content.decode()
    answer = staff.post("/security/reset/proof/mail/")
    assert "Use your old device" in answer.content.decode()
    staff.walk_to("done", "old code")
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "1"


def test_locked_out_staff_are_not_let_in_by_mail(staff, clock):
    staff.give_password()
    assert "Set up a new mobile device" not in staff.get("/sign-in/code/").content.decode()
    answer = staff.post("/sign-in/code/new-device/")
    assert answer.status_code == 200
    assert not staff.user.enrollments.exists()


def test_a_code_of_another_enrollment_is_refused(owner, stranger, clock):
    owner.sign_in().walk_to("code")
    stranger.sign_in().walk_to("code")
    answer = owner.answer("code", code=newest_code(stranger.user.email))
    assert answer.status_code == 200
    assert owner.enrollment.proved_at is None
