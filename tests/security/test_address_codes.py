"""The codes that confirm an address: good for one purpose, one change, one browser, ten minutes and five tries."""

import pytest
from django.utils import timezone

from security import codes, outbox
from security.flows import verification_codes
from security.models import Event, Kind, OutboxMessage, VerificationCode
from tests.accounts.moving import (
    CODE_PAGE,
    DONE,
    NEW,
    PAGE,
    SPARE,
    begin,
    change_of,
    codes_to,
    enter,
    prove,
    type_code,
)
from tests.people import PASSWORD, Someone, newest_code
from tests.web import alert_of

OLD = "owner@example.com"
MINUTE, DAY = 60, 86400


def email_of(someone):
    someone.user.refresh_from_db()
    return someone.user.email


def wrong(code):
    return f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"


def again(someone):
    return someone.post("/security/email/code/again/")


# One browser, one change, one purpose.


def test_s19_a_code_from_one_session_fails_in_another_of_the_same_person(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    clock.forward(31)
    other = owner.elsewhere().sign_in(ahead=1)
    assert type_code(other, code).url == PAGE
    assert email_of(owner) == OLD
    assert type_code(owner, code).url == DONE


def test_s19_not_even_where_the_same_address_was_entered(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    clock.forward(61)
    other = begin(owner.elsewhere())
    assert "is not right" in alert_of(type_code(other, code))
    assert type_code(owner, code).status_code == 302  # the first change was stopped by the second
    assert email_of(owner) == OLD
    assert type_code(other, newest_code(NEW)).url == DONE


def test_s19_a_code_for_a_new_device_confirms_no_address(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code(OLD)
    prove(owner)
    enter(owner)
    assert "is not right" in alert_of(type_code(owner, code))
    assert email_of(owner) == OLD


def test_s19_a_code_for_an_address_pairs_no_device(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    owner.walk_to("code")
    assert "is not right" in alert_of(owner.answer("code", code=code))
    assert owner.enrollment.proved_at is None
    assert type_code(owner, code).url == DONE


def test_the_purpose_is_part_of_the_code(owner, clock):
    begin(owner)
    code = verification_codes.newest(change_of(owner))
    for_address = codes.digits(code)
    code.purpose = "enrollment"
    assert codes.digits(code) != for_address


def test_a_code_for_one_address_does_not_confirm_another(owner, clock):
    begin(owner, SPARE, "recovery")
    code = newest_code(SPARE)
    enter(owner, NEW)
    assert "is not right" in alert_of(type_code(owner, code))
    assert not change_of(owner).confirmed_at


@pytest.mark.parametrize("where", ["/security/step-up/?for=password", "/security/reset/proof/"])
def test_it_is_no_second_factor(owner, clock, where):
    begin(owner)
    code = newest_code(NEW)
    clock.forward(31)
    if "reset" in where:
        owner.walk_to("proof")
    assert owner.post(where, password=PASSWORD, code=code).status_code == 200
    assert email_of(owner) == OLD


def test_signed_out_nothing_is_accepted(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    nobody = Someone(owner.user)
    for path in (CODE_PAGE, "/security/email/code/again/", "/security/email/code/status/", "/security/email/cancel/"):
        assert "/sign-in/" in nobody.post(path, code=code).url
    assert "/sign-in/" in nobody.get(DONE).url
    owner.post("/sign-out/")
    assert "/sign-in/" in type_code(owner, code).url
    assert email_of(owner) == OLD


# Ten minutes, five tries, four codes, half an hour.


def test_a_code_is_good_for_ten_minutes(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    assert "Valid for 10 more minutes" in owner.get(CODE_PAGE).content.decode()
    clock.forward(10 * MINUTE - 1)
    assert owner.get(CODE_PAGE).status_code == 200
    clock.forward(1)
    assert "This code has expired." in alert_of(type_code(owner, code))
    assert again(owner).url == CODE_PAGE
    assert type_code(owner, newest_code(NEW)).url == DONE


def test_a_change_waits_for_half_an_hour(owner, clock):
    begin(owner)
    clock.forward(25 * MINUTE)
    again(owner)
    code = newest_code(NEW)
    clock.forward(5 * MINUTE - 1)
    assert owner.get(CODE_PAGE).status_code == 200
    clock.forward(1)
    assert type_code(owner, code).url == PAGE
    assert email_of(owner) == OLD


def test_the_last_second_is_good(owner, clock):
    begin(owner)
    clock.forward(25 * MINUTE)
    again(owner)
    code = newest_code(NEW)
    clock.forward(5 * MINUTE - 1)
    assert type_code(owner, code).url == DONE


def test_it_has_five_tries_and_says_how_many_are_left(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        assert f"You have {left} left." in alert_of(type_code(owner, wrong(code)))
    assert "no longer works" in alert_of(type_code(owner, wrong(code)))
    assert "no longer works" in alert_of(type_code(owner, code))
    assert email_of(owner) == OLD


def test_starting_again_gives_no_further_tries(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    for _ in range(4):
        type_code(owner, wrong(code))
    assert enter(owner).url == CODE_PAGE
    assert VerificationCode.objects.count() == 1
    assert "no longer works" in alert_of(type_code(owner, wrong(code)))
    assert "You can send a new one in" in alert_of(enter(owner))


def test_s24_ten_wrong_codes_a_day_close_the_codes_of_addresses_and_devices_alike(owner, clock):
    begin(owner)
    for code in (newest_code(NEW), None):
        for _ in range(5):
            type_code(owner, wrong(code or newest_code(NEW)))
        clock.forward(61)
        again(owner)
    assert "We cannot send a code by e-mail for this account right now." in alert_of(type_code(owner, newest_code(NEW)))
    assert email_of(owner) == OLD
    owner.walk_to("proof")
    assert "right now" in alert_of(owner.post("/security/reset/proof/mail/"))


def test_s22_a_new_code_kills_the_old_one(owner, clock):
    begin(owner)
    first = newest_code(NEW)
    assert "You can send a new one in" in alert_of(again(owner))
    clock.forward(60)
    assert again(owner).url == CODE_PAGE
    assert "A newer code was sent." in alert_of(type_code(owner, first))
    assert type_code(owner, newest_code(NEW)).url == DONE


def test_the_fourth_mail_of_a_day_is_not_sent(owner, clock):
    begin(owner)
    for _ in range(2):
        outbox.sweep()
        clock.forward(60)
        assert again(owner).url == CODE_PAGE
    clock.forward(60)
    assert "It is possible again from" in alert_of(again(owner))
    assert len(codes_to(NEW)) == 3


def test_cancel_ends_it(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    assert 'action="/security/email/cancel/"' in owner.get(CODE_PAGE).content.decode()
    assert owner.get("/security/email/cancel/").url == "/security/"
    assert change_of(owner).is_open
    owner.post("/security/email/cancel/")
    assert type_code(owner, code).url == PAGE
    assert Event.objects.filter(kind=Kind.ADDRESS_CHANGE_STOPPED).count() == 1


def test_another_browser_sees_what_is_under_way_and_can_cancel_it(owner, clock):
    begin(owner)
    clock.forward(61)
    other = prove(owner.elsewhere().sign_in())
    text = other.get(PAGE).content.decode()
    assert f"{NEW} was entered in another browser" in text
    other.post("/security/email/cancel/")
    assert owner.get(CODE_PAGE).url == PAGE


def test_the_status_of_the_mail_is_told(owner, clock):
    begin(owner)
    assert owner.get("/security/email/code/status/").json()["state"] == "queued"
    outbox.sweep()
    told = owner.get("/security/email/code/status/").json()
    assert (told["state"], told["again_in"]) == ("sent", 60)


def test_what_is_told_is_of_the_newest_code_and_its_mail(owner, clock):
    begin(owner)
    outbox.sweep()
    clock.forward(61)
    owner.post("/security/email/code/again/")
    assert owner.get("/security/email/code/status/").json()["state"] == "queued"
    OutboxMessage.objects.filter(code__generation=2).update(given_up_at=timezone.now())
    assert owner.get("/security/email/code/status/").json()["state"] == "failed"
    OutboxMessage.objects.filter(code__generation=2).delete()
    assert owner.get("/security/email/code/status/").json()["state"] == "failed"


def test_a_code_that_was_used_is_not_used_again(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    assert type_code(owner, code).url == DONE
    assert type_code(owner, code).url == DONE  # a second click of the same form: the receipt, and nothing else
    assert Event.objects.filter(kind=Kind.ADDRESS_CHANGED).count() == 1
