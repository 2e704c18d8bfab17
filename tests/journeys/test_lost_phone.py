"""The day when the phone is gone: a recovery code signs in, replaces the device, and objects to a thief."""

import pytest
from django.core import mail

from security import links, outbox
from security.models import Authenticator, Event, Kind, RecoveryCodeSet, Session, TrustedBrowser
from tests.people import PASSWORD, add_codes
from tests.sheets import PAGE, STEP_UP, made_by, prove, shown_by, text, with_code
from tests.web import alert_of


@pytest.mark.parametrize("written", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code}\n"])
def test_a_code_signs_in_where_the_phone_is_gone(owner, clock, written):
    codes = add_codes(owner.user)
    owner.give_password()
    assert "/sign-in/recovery-code/" in text(owner.get("/sign-in/code/"))
    page = text(owner.get("/sign-in/recovery-code/"))
    assert "Enter a recovery code" in page
    assert "trust_browser" not in page
    assert owner.post("/sign-in/recovery-code/", code=written(codes[4])).url == "/account/"
    assert Session.objects.get(person=owner.user).second_factor == "recovery_code"
    assert Event.objects.get(kind=Kind.SESSION_STARTED).detail["factor"] == "recovery_code"
    outbox.sweep()
    [told] = [message for message in mail.outbox if message.subject == "A recovery code was used"]
    assert "used to sign in" in told.body
    assert "You have 9 codes left." in told.body


def test_a_code_that_signed_in_is_spent(owner, clock):
    codes = add_codes(owner.user)
    assert with_code(owner, codes[0]).url == "/account/"
    again = with_code(owner.elsewhere(), codes[0])
    assert "not one of your recovery codes, or it was used already" in alert_of(again)
    assert "Compare it with your list" in alert_of(again)


def test_a_recovery_code_ends_all_trust_and_begins_none(owner, clock):
    add_codes(owner.user)
    codes = add_codes(owner.user)
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    other = owner.elsewhere()
    other.give_password()
    answer = other.post("/sign-in/recovery-code/", code=codes[0], trust_browser="on")
    assert answer.url == "/account/"
    assert "trust" not in other.client.cookies
    assert not TrustedBrowser.objects.live().exists()
    owner.post("/sign-out/")
    assert owner.give_password().url == "/sign-in/code/"


def test_wrong_recovery_codes_are_slowed_down_and_the_app_still_works(owner, clock):
    codes = add_codes(owner.user)
    owner.give_password()
    for _ in range(5):
        owner.post("/sign-in/recovery-code/", code="ABCD-EFGH-JKLM-NPQR")
    assert "Wait 30 seconds" in alert_of(owner.post("/sign-in/recovery-code/", code=codes[0]))
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"
    outbox.sweep()
    assert "Somebody with your password was stopped" in [message.subject for message in mail.outbox]


def test_row_3_a_code_replaces_the_device_at_once_and_the_list_dies(owner, clock):
    codes = add_codes(owner.user)
    clock.forward(60)
    with_code(owner, codes[0])
    owner.walk_to("proof")
    assert "?with=recovery-code" in text(owner.screen("proof"))
    asked = text(owner.get("/security/reset/proof/?with=recovery-code"))
    assert "Enter a recovery code" in asked
    assert "The whole list is void once your new device works" in asked
    answer = owner.post("/security/reset/proof/?with=recovery-code", code=codes[1].lower())
    assert answer.url == "/security/reset/verified/"
    assert "Your recovery code is confirmed" in text(owner.screen("verified"))
    owner.walk_to("done")
    event = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    assert (event.detail["row"], event.detail["proof"]) == ("3", "recovery_code")
    assert [device.name for device in Authenticator.objects.of(owner.user).live()] == ["New phone"]

    page = text(owner.get("/security/"))
    assert "Your recovery codes are void. Make new ones." in page
    assert f'href="{PAGE}"' in page
    for code in codes[2:4]:
        assert with_code(owner.elsewhere(), code).status_code == 200
    owner.phone = owner.new_phone
    made_by(owner)
    page = text(owner.get("/security/"))
    assert "Your recovery codes are void" not in page
    assert "10 recovery codes, made 24 November 2036" in page


def test_a_mistyped_code_on_the_journey_says_what_is_wrong_and_keeps_the_page(owner, clock):
    codes = add_codes(owner.user)
    owner.sign_in().walk_to("proof")
    wrong = owner.post("/security/reset/proof/?with=recovery-code", code=codes[0][:-1])
    assert "not one of your recovery codes" in alert_of(wrong)
    assert "Enter a recovery code" in text(wrong)
    empty = owner.post("/security/reset/proof/?with=recovery-code", code="")
    assert "Type one of your recovery codes." in alert_of(empty)


def test_a_code_may_add_a_device_and_the_rest_of_the_list_stays(owner, clock):
    codes = add_codes(owner.user)
    owner.sign_in()
    owner.post("/security/reset/email/?add=1", email=owner.user.email)
    owner.answer("password", password=PASSWORD)
    assert "list is void" not in text(owner.get("/security/reset/proof/?with=recovery-code"))
    owner.answer("proof", code=codes[0])
    owner.walk_to("done")
    assert "recovery codes are void" not in text(owner.get("/security/"))
    assert "9 of 10 left" in text(owner.get(PAGE))


def test_staff_sign_in_with_a_code_and_replace_nothing_with_it(staff, clock):
    codes = add_codes(staff.user)
    assert with_code(staff, codes[0]).url == "/account/"
    assert "they do not replace a device" in text(staff.get(PAGE))
    staff.walk_to("proof")
    assert "Use a recovery code" not in text(staff.screen("proof"))
    refused = staff.answer("proof", code=codes[1])
    assert "not open for your account" in alert_of(refused)
    assert staff.enrollment.proved_at is None
    assert "9 of 10 left" in text(staff.get(PAGE))


# After a reset by mail.


@pytest.fixture
def on_probation(owner, clock):
    """The owner replaced the device by a mailed code an hour ago; the old codes are suspended."""
    owner.codes = add_codes(owner.user)
    clock.forward(60)
    owner.sign_in().walk_to("done")
    owner.old_phone, owner.phone = owner.phone, owner.new_phone
    return owner


def test_suspended_codes_sign_nobody_in(on_probation):
    assert "Your recovery codes sign nobody in any more." in text(on_probation.get("/security/"))
    other = on_probation.elsewhere()
    assert with_code(other, on_probation.codes[0]).status_code == 200
    assert "Use a recovery code" not in text(other.get("/sign-in/code/"))


def test_on_probation_looking_says_until_when_and_making_asks_for_something_older(on_probation, clock):
    page = text(on_probation.get(PAGE))
    assert "Your codes stopped working when your device was replaced" in page
    assert "Until 27 November 2036, 12:01 (UTC) changes to how you sign in need a device or recovery code" in page
    assert on_probation.post(PAGE).url == STEP_UP
    refused = prove(on_probation)
    said = "Until 27 November 2036, 12:01 (UTC) changes need an older device, passkey or recovery code."
    assert said in alert_of(refused)
    assert on_probation.post(PAGE).url == STEP_UP
    assert RecoveryCodeSet.objects.count() == 1


@pytest.mark.parametrize("older", ["device", "recovery code"])
def test_on_probation_the_owner_makes_new_ones_with_what_they_had_before(on_probation, clock, older):
    clock.forward(31)
    code = on_probation.old_phone.code() if older == "device" else on_probation.codes[0]
    assert prove(on_probation, code).url == PAGE
    codes = shown_by(on_probation.post(PAGE))
    assert with_code(on_probation.elsewhere(), codes[0]).url == "/account/"


def test_after_probation_new_codes_are_made_with_the_new_device(on_probation, clock):
    clock.forward(days=3, seconds=1)
    on_probation.sign_in()
    clock.forward(31)
    assert "Your codes stopped working" in text(on_probation.get(PAGE))
    codes = made_by(on_probation)
    assert with_code(on_probation.elsewhere(), codes[0]).url == "/account/"


def test_a_code_of_the_old_list_contests_a_new_list_and_brings_the_old_one_back(owner, clock):
    codes = add_codes(owner.user)
    clock.forward(60)
    thief = owner.elsewhere().sign_in()
    clock.forward(31)
    stolen = made_by(thief)
    clock.forward(60)
    change = Event.objects.filter(kind=Kind.RECOVERY_CODES_MADE).latest("pk")
    path = f"/security/undo/{links.refusal(change)}/"
    answer = {"password": PASSWORD, "new_password": "a whole new password for me"}
    assert "does not prove it" in alert_of(owner.post(path, code=stolen[0], **answer))
    assert "alert" not in text(owner.post(path, code=codes[0], **answer))
    assert thief.get("/account/").status_code == 302
    owner.post("/sign-in/", email=owner.user.email)
    owner.post("/sign-in/password/", password=answer["new_password"])
    assert "not one of your recovery codes" in alert_of(owner.post("/sign-in/recovery-code/", code=stolen[1]))
    assert owner.post("/sign-in/recovery-code/", code=codes[1]).url == "/account/"
