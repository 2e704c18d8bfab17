"""One trust token, one place among ten sessions, the last device: many requests at once, on real threads."""

import pytest

from security.models import Authenticator, Event, Kind, Session, TrustedBrowser
from security.models.session import live_of
from tests import people
from tests.people import PASSWORD
from tests.races.together import at_once, post
from tests.trust import COOKIE, is_asked, sign_in_and_trust, token_of, with_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    return people.make("owner@example.com")


def test_a_token_used_by_four_tabs_at_once_opens_them_all_and_ends_in_one(owner):
    sign_in_and_trust(owner)
    tabs = [with_token(owner, token_of(owner)) for _ in range(4)]
    for tab in tabs:
        tab.post("/sign-in/", email=owner.user.email)
    answers = at_once(*[post(tab, "/sign-in/password/", password=PASSWORD) for tab in tabs])
    assert [answer.url for answer in answers] == ["/account/"] * 4
    [successor] = {answer.cookies[COOKIE].value for answer in answers}
    assert not is_asked(with_token(owner, successor))
    assert not Event.objects.filter(kind=Kind.BROWSER_COPIED).exists()


def test_two_clicks_in_one_browser_end_in_one_session_and_one_token(owner):
    sign_in_and_trust(owner)
    owner.post("/sign-out/")
    owner.post("/sign-in/", email=owner.user.email)
    answers = at_once(*[post(owner, "/sign-in/password/", password=PASSWORD) for _ in range(4)])
    assert {answer.status_code for answer in answers} <= {302, 303}
    assert len({answer.cookies[COOKIE].value for answer in answers if COOKIE in answer.cookies}) == 1
    assert Session.objects.filter(person=owner.user).count() == 1


def test_a_used_token_that_comes_back_four_times_is_found_out_once(owner):
    sign_in_and_trust(owner)
    copy = token_of(owner)
    assert not is_asked(owner)
    assert not is_asked(owner)
    thieves = [with_token(owner, copy) for _ in range(4)]
    for thief in thieves:
        thief.post("/sign-in/", email=owner.user.email)
    answers = at_once(*[post(thief, "/sign-in/password/", password=PASSWORD) for thief in thieves])
    assert [answer.url for answer in answers] == ["/sign-in/code/"] * 4
    assert Event.objects.filter(kind=Kind.BROWSER_COPIED).count() == 1
    assert not TrustedBrowser.objects.live().exists()


def test_four_sign_ins_at_once_leave_ten_sessions(owner):
    sign_in_and_trust(owner)
    browsers = [with_token(owner, token_of(owner)) for _ in range(12)]
    for browser in browsers:
        browser.post("/sign-in/", email=owner.user.email)
    for browser in browsers[:8]:
        assert browser.post("/sign-in/password/", password=PASSWORD).url == "/account/"
    at_once(*[post(browser, "/sign-in/password/", password=PASSWORD) for browser in browsers[8:]])
    assert len(live_of(owner.user)) == 10
    assert Event.objects.filter(kind=Kind.SESSION_ENDED).count() == 3


@pytest.mark.parametrize("devices", [2, 3])
def test_of_two_removals_with_one_proof_one_is_made_and_one_device_always_stays(owner, devices):
    for number in range(1, devices):
        people.add_device(owner.user, f"Device {number}")
    owner.sign_in()
    asked = "/security/step-up/?for=remove_device"
    assert owner.post(asked, password=PASSWORD, code=owner.phone.code(ahead=1)).status_code == 302
    paths = [f"/security/devices/{row.public_id}/remove/" for row in Authenticator.objects.all()]
    at_once(*[post(owner, path) for path in paths])
    assert Authenticator.objects.live().count() == devices - 1
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_REMOVED).count() == 1
