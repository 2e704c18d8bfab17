"""What an owner is told about sign-ins: a wrong code after the right password, and whatever is out of the ordinary."""

import pytest
from django.core import mail
from django.test import Client

from security import outbox
from security.models import Event, Kind
from tests.people import FIREFOX, PASSWORD, Someone, long_ago

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
STOPPED = "Somebody with your password was stopped"
NEW = "New sign-in to your account"
AFTER_MANY = "Sign-in after many wrong tries"
AFTER_LONG = "Your account was used again"
SPARE = "spare@example.com"


def told(address="owner@example.com"):
    """The subjects of what was mailed to this address, in order."""
    outbox.sweep()
    return [message.subject for message in mail.outbox if message.to == [address]]


def with_(someone, agent):
    """The same person in a browser of that make."""
    return Someone(someone.user, someone.phone, Client(headers={"User-Agent": agent}))


def sign_out(someone):
    someone.post("/sign-out/")
    return someone


def again(someone, clock):
    """Sign in once more in this browser, with the next code."""
    sign_out(someone)
    clock.forward(31)
    return someone.sign_in()


def type_wrong_codes(someone, count=1):
    someone.give_password()
    for _ in range(count):
        someone.post("/sign-in/code/", code="000000")


def type_wrong_passwords(someone, count):
    someone.post("/sign-in/", email=someone.user.email)
    for _ in range(count):
        someone.post("/sign-in/password/", password="not the password at all")


def the_sign_in():
    return Event.objects.filter(kind=Kind.SESSION_STARTED).latest("pk").detail


# The right password, and then a wrong code.


def test_a_wrong_code_after_the_right_password_is_told_to_every_address(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, long_ago()
    owner.user.save()
    type_wrong_codes(owner)
    assert told() == told(SPARE) == [STOPPED]
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_CODE_REFUSED).detail["at_sign_in"] is True


def test_more_of_them_are_told_once_an_hour(owner, clock):
    type_wrong_codes(owner, 4)
    clock.forward(minutes=59)
    type_wrong_codes(owner.elsewhere())
    assert told() == [STOPPED]
    clock.forward(minutes=2)
    type_wrong_codes(owner.elsewhere())
    assert told() == [STOPPED, STOPPED]
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_CODE_REFUSED).count() == 6


def test_a_wrong_recovery_code_is_told_with_them(owner, clock):
    type_wrong_codes(owner)
    owner.post("/sign-in/recovery-code/", code="ABCD-EFGH-JKLM-NPQR")
    assert Event.objects.filter(kind=Kind.RECOVERY_CODE_REFUSED).exists()
    assert told() == [STOPPED]


def test_a_wrong_password_is_no_mail_to_anybody(owner, clock):
    type_wrong_passwords(owner, 5)
    assert told() == []


def test_a_wrong_code_inside_is_none_either(owner, clock):
    owner.sign_in().walk_to("proof")
    owner.answer("proof", code="000000")
    assert told() == []


# A browser that is new.


def test_the_first_sign_in_of_all_is_not_unusual(owner, newcomer, clock):
    owner.sign_in()
    newcomer.sign_in()
    assert told() == told("new@example.com") == []


def test_a_browser_that_never_completed_a_code_is_told(owner, clock):
    owner.sign_in()
    clock.forward(31)
    owner.elsewhere().sign_in()
    assert told() == [NEW]
    assert the_sign_in()["is_new_browser"] is True


def test_the_same_browser_again_is_not(owner, clock):
    owner.sign_in()
    again(owner, clock)
    assert told() == []


def test_two_new_ones_in_an_hour_are_told_once(owner, clock):
    owner.sign_in()
    for _ in range(2):
        clock.forward(31)
        owner.elsewhere().sign_in()
    assert told() == [NEW]
    clock.forward(hours=1)
    owner.elsewhere().sign_in()
    assert told() == [NEW, NEW]


def test_a_trusted_browser_is_not_new(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    sign_out(owner)
    mail.outbox.clear()
    assert owner.give_password().url == "/account/"
    assert NEW not in told()


def test_without_a_second_factor_another_make_of_browser_is_new(newcomer, clock):
    """There is no token to recognise it by, so it goes by what it calls itself."""
    newcomer.sign_in()
    with_(newcomer, FIREFOX).sign_in()
    assert told("new@example.com") == []
    with_(newcomer, CHROME).sign_in()
    assert told("new@example.com") == [NEW]
    clock.forward(hours=2)
    with_(newcomer, CHROME).sign_in()
    assert told("new@example.com") == [NEW]


def test_whose_browsers_were_all_forgotten_is_not_told_of_their_own(owner, clock):
    owner.sign_in()
    owner.user.known_browsers.all().delete()
    again(owner, clock)
    assert told() == []
    owner.user.known_browsers.all().delete()
    clock.forward(31)
    with_(owner, CHROME).sign_in()
    assert told() == [NEW]


# After many failures.


@pytest.mark.parametrize("count", [4, 5])
def test_a_sign_in_after_five_wrong_codes_is_told(owner, clock, count):
    type_wrong_codes(owner, count)
    clock.forward(31)
    owner.sign_in()
    assert told() == [STOPPED, *[AFTER_MANY][: count // 5]]


def test_a_sign_in_after_five_wrong_passwords_is_told(newcomer, clock):
    type_wrong_passwords(newcomer.elsewhere(), 5)
    clock.forward(31)
    newcomer.sign_in()
    assert told("new@example.com") == [AFTER_MANY]


def test_what_was_told_is_not_told_again_at_the_next_sign_in(newcomer, clock):
    type_wrong_passwords(newcomer.elsewhere(), 5)
    clock.forward(31)
    newcomer.sign_in()
    clock.forward(hours=2)
    sign_out(newcomer).sign_in()
    assert told("new@example.com") == [AFTER_MANY]


def test_the_failures_of_yesterday_are_forgotten(newcomer, clock):
    type_wrong_passwords(newcomer.elsewhere(), 5)
    clock.forward(days=1, seconds=1)
    newcomer.sign_in()
    assert told("new@example.com") == []


def test_the_failures_of_somebody_else_do_not_count(newcomer, owner, clock):
    type_wrong_passwords(owner.elsewhere(), 5)
    newcomer.sign_in()
    assert told("new@example.com") == []


# After a long time.


@pytest.mark.parametrize(("days", "subjects"), [(179, []), (181, [AFTER_LONG])])
def test_an_account_that_was_not_used_for_half_a_year_is_told(owner, clock, days, subjects):
    owner.sign_in()
    clock.forward(days=days)
    owner.sign_in()
    assert told() == subjects


def test_each_of_these_stands_in_the_record_with_the_one_mail(owner, clock):
    owner.sign_in()
    clock.forward(days=200)
    stranger = with_(owner, CHROME)
    type_wrong_codes(stranger, 5)
    clock.forward(31)
    stranger.sign_in()
    assert told() == [STOPPED, NEW, AFTER_MANY, AFTER_LONG]
    said = {sign for sign in the_sign_in() if sign not in ("factor", "device")}
    assert said == {"is_new_browser", "after_failures", "after_long"}
    assert PASSWORD not in str(mail.outbox[-1].body)
