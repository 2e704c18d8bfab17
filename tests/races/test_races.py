"""Many requests at once, on real threads and a real PostgreSQL: what must happen once happens once."""

import time

import pytest
from django.test import Client

from security import outbox
from security.models import Authenticator, Enrollment, Event, Kind, OutboxMessage, Session
from tests import people
from tests.people import PASSWORD, SCREENS, newest_code
from tests.races.together import at_once, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    return people.make("owner@example.com")


def test_twenty_right_codes_make_one_swap(owner):
    owner.sign_in().walk_to("confirm")
    code = owner.new_phone.code()
    answers = at_once(*[post(owner, "/security/reset/confirm/", code=code) for _ in range(20)])
    assert {answer.status_code for answer in answers} <= {302, 303}
    assert Authenticator.objects.filter(confirmed=True).count() == 1
    assert Authenticator.objects.count() == 2
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_REPLACED).count() == 1
    assert OutboxMessage.objects.filter(what="authenticator_replaced").count() == 1
    assert Enrollment.objects.get().bound.confirmed


def test_twenty_right_codes_of_somebody_locked_out_make_one_swap_and_one_session(owner, settings):
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    owner.begin_locked_out().walk_to("confirm")
    code = owner.new_phone.code()
    answers = at_once(*[post(owner, "/security/reset/confirm/", code=code) for _ in range(20)])
    assert {answer.status_code for answer in answers} <= {302, 303}
    assert Authenticator.objects.filter(confirmed=True).count() == 1
    assert Session.objects.filter(person=owner.user).count() == 1
    assert Event.objects.filter(kind=Kind.SESSION_STARTED).count() == 1


def test_one_code_of_the_app_signs_in_once(owner):
    browsers = [owner.elsewhere() for _ in range(20)]
    for browser in browsers:
        browser.give_password()
    code = owner.phone.code()
    answers = at_once(*[post(browser, "/sign-in/code/", code=code) for browser in browsers])
    assert [answer.status_code for answer in answers].count(302) == 1
    assert Event.objects.filter(kind=Kind.SESSION_STARTED).count() == 1


def test_no_guess_at_the_app_code_outruns_the_count(owner):
    browsers = [owner.elsewhere() for _ in range(20)]
    for browser in browsers:
        browser.give_password()
    at_once(*[post(browser, "/sign-in/code/", code="000000") for browser in browsers])
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_CODE_REFUSED).count() == 5
    owner.give_password()
    answer = owner.post("/sign-in/code/", code=owner.phone.code())
    assert "Too many wrong answers" in answer.content.decode()


def test_fifty_wrong_guesses_kill_the_mailed_code(owner):
    owner.sign_in().walk_to("code")
    code = newest_code(owner.user.email)
    wrong = "00000000" if code != "0000 0000" else "11111111"
    at_once(*[post(owner, "/security/reset/code/", code=wrong) for _ in range(50)])
    assert owner.enrollment.codes.get().tries == 5
    answer = owner.answer("code", code=code)
    assert answer.status_code == 200
    assert "no longer works" in answer.content.decode()
    assert owner.enrollment.proved_at is None


def test_of_two_tabs_that_finish_the_loser_is_forwarded(owner):
    owner.sign_in().walk_to("confirm")
    code = owner.new_phone.code()
    one, other = at_once(*[post(owner, "/security/reset/confirm/", code=code) for _ in range(2)])
    assert {one.status_code, other.status_code} <= {302, 303}
    jars = [answer.cookies["sessionid"].value for answer in (one, other) if "sessionid" in answer.cookies]
    assert jars
    for key in jars:
        client = Client(headers={"User-Agent": people.FIREFOX})
        client.cookies["sessionid"] = key
        assert client.get("/security/").status_code == 200


@pytest.mark.parametrize("screen", ["email", "password", "notice", "code", "verified", "app", "scan"])
def test_a_double_click_answers_a_screen_once(owner, screen):
    owner.sign_in().walk_to("password" if screen == "email" else screen)
    data = {
        "email": {"email": owner.user.email},
        "password": {"password": PASSWORD},
        "code": {"code": newest_code(owner.user.email) if screen == "code" else ""},
    }.get(screen, {})
    answers = at_once(*[post(owner, f"/security/reset/{screen}/", **data) for _ in range(4)])
    for answer in answers:  # a click that comes after all the others is told that the code was used, with the way on
        late = screen == "code" and "Go on with the next step" in answer.content.decode()
        assert answer.status_code in (302, 303) or late, answer.content.decode()
    assert Enrollment.objects.count() == 1
    assert Event.objects.filter(kind=Kind.ENROLLMENT_PROVED).count() == (SCREENS.index(screen) >= SCREENS.index("code"))
    keys = {answer.cookies["sessionid"].value for answer in answers if "sessionid" in answer.cookies}
    assert len(keys) <= 1


def test_a_double_click_at_sign_in_ends_in_one_session(owner):
    owner.give_password()
    code = owner.phone.code()
    answers = at_once(*[post(owner, "/sign-in/code/", code=code) for _ in range(4)])
    keys = {answer.cookies["sessionid"].value for answer in answers if "sessionid" in answer.cookies}
    assert len(keys) == 1
    assert Session.objects.filter(person=owner.user).count() == 1
    client = Client()
    client.cookies["sessionid"] = keys.pop()
    assert client.get("/account/").status_code == 200


def test_a_promised_mail_is_sent_by_one_process(owner, inbox, settings):
    from config import env

    settings.MAILERS = env.mailers("EMAIL_URL")
    owner.sign_in().walk_to("code")
    inbox.delay = 0.3
    at_once(*[outbox.sweep for _ in range(8)])
    inbox.wait_for_code(owner.user.email)
    time.sleep(1)
    assert len(inbox.codes(owner.user.email)) == 1


def test_starts_in_many_browsers_leave_one_open_enrollment(owner):
    browsers = [owner.elsewhere() for _ in range(6)]
    for browser in browsers:
        browser.give_password()
    at_once(*[post(browser, "/sign-in/code/new-device/") for browser in browsers])
    assert Enrollment.objects.open().count() == 1
