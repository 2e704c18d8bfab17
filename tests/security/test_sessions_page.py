"""Where you're signed in: what the page shows, how a session is ended there, and that ten are the most."""

import html
import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from security import outbox
from security.actor import Actor
from security.flows import known_browsers, recovery_codes
from security.models import Enrollment, Event, Kind, KnownBrowser, Session, TrustedBrowser
from tests.load.measure import queries
from tests.people import FIREFOX, Someone
from tests.trust import sign_in_and_trust

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
PAGE, END_OTHERS = "/security/sessions/", "/security/sessions/end/"


def text_of(answer):
    page = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def is_signed_in(someone):
    return someone.get("/account/").status_code == 200


def row_of(someone):
    """The row of this person's own browser."""
    return Session.objects.get(pk=someone.get("/account/").wsgi_request.session.row.pk)


def at(someone, agent=FIREFOX, address="127.0.0.1"):
    return Someone(someone.user, someone.phone, Client(headers={"User-Agent": agent}, REMOTE_ADDR=address))


@pytest.fixture
def both(owner, clock):
    """The owner in two browsers: on a phone since an hour, and here."""
    phone = at(owner, SAFARI, "203.0.113.7").sign_in()
    clock.forward(29 * 60)
    phone.get("/account/")
    clock.forward(60)
    return owner.sign_in(), phone


def test_it_says_where_since_when_and_how(both):
    here, _ = both
    said = text_of(here.get(PAGE))
    assert "2 browsers" in said
    mine, other = said.split("Sign out there")[0].split("Mobile Safari (iOS)")
    assert "Firefox (Linux) This one 127.0.0.1 · signed in today, 12:30" in mine
    assert "203.0.113.7 · signed in today, 12:00 · last seen today, 12:29" in other
    assert said.count("With your password and a code from your app") == 2


def test_it_says_what_was_proven(owner, newcomer, clock):
    session = owner.sign_in().client.session
    assert session.person == owner.user
    codes = recovery_codes.make(owner.user, session=session, actor=HERE).codes
    clock.forward(60)
    trusting = owner.elsewhere()
    sign_in_and_trust(trusting)
    trusting.post("/sign-out/")
    trusting.give_password()
    assert "With your password, in a trusted browser" in text_of(at_page(owner, ahead=1, clock=clock))
    other = owner.elsewhere()
    other.give_password()
    other.post("/sign-in/recovery-code/", code=codes[0])
    assert "With your password and a recovery code" in text_of(other.get(PAGE))
    assert "With your password This also ends all trusted browsers" in text_of(newcomer.sign_in().get(PAGE))


def at_page(owner, ahead, clock):
    """The page, seen from a browser that has just proven a second factor."""
    clock.forward(60)
    return owner.elsewhere().sign_in(ahead).get(PAGE)


def test_it_shows_no_key_and_nothing_that_leads_to_one(both):
    here, phone = both
    page = here.get(PAGE).content.decode()
    for someone in both:
        assert someone.client.cookies[settings.SESSION_COOKIE_NAME].value not in page
        row = row_of(someone)
        for secret in (row.key_digest, row.stamp, str(row.data)):
            assert secret not in page
    assert f"/security/sessions/{row_of(phone).public_id}/end/" in page


def test_ending_one_signs_out_there_and_nowhere_else(both, clock):
    here, phone = both
    third = at(here).sign_in(ahead=1)
    path = f"/security/sessions/{row_of(phone).public_id}/end/"
    assert here.post(path).url == PAGE
    assert [is_signed_in(someone) for someone in (here, phone, third)] == [True, False, True]
    event = Event.objects.filter(kind=Kind.SESSION_ENDED).latest("pk")
    assert event.detail["why"] == "ended elsewhere"
    assert here.post(path).status_code == 404  # it is gone


def test_the_session_of_somebody_else_is_not_found(both, stranger):
    here, phone = both
    stranger.sign_in()
    for made_up in (row_of(here).public_id, "0" * 24, "x", "%00", "a" * 300, "..%2f"):
        assert stranger.post(f"/security/sessions/{made_up}/end/").status_code == 404, made_up
    assert is_signed_in(here)
    assert is_signed_in(phone)


def test_looking_at_the_address_of_a_button_leads_to_the_page(both):
    here, phone = both
    for path in (END_OTHERS, f"/security/sessions/{row_of(phone).public_id}/end/"):
        assert here.get(path).url == PAGE
    assert is_signed_in(phone)


def test_ending_this_one_is_signing_out(both):
    here, phone = both
    assert here.post(f"/security/sessions/{row_of(here).public_id}/end/").url == PAGE
    assert here.get(PAGE).url == "/sign-in/?next=%2Fsecurity%2Fsessions%2F"
    assert is_signed_in(phone)


def test_ending_one_that_stands_on_trust_ends_the_trust(owner, clock):
    trusting = owner.elsewhere()
    sign_in_and_trust(trusting)
    trusting.post("/sign-out/")
    trusting.give_password()
    clock.forward(60)
    owner.sign_in()
    owner.post(f"/security/sessions/{row_of(trusting).public_id}/end/")
    assert not is_signed_in(trusting)
    assert trusting.give_password().url == "/sign-in/code/"


def test_ending_all_others_leaves_no_trust_and_knows_no_other_browser(owner, stranger, clock):
    phone, laptop = at(owner, SAFARI), owner.elsewhere()
    sign_in_and_trust(phone)
    laptop.sign_in(ahead=1)
    stranger.sign_in()
    clock.forward(60)
    owner.sign_in()
    assert KnownBrowser.objects.filter(person=owner.user).count() == 3
    assert owner.post(END_OTHERS).url == PAGE
    assert [is_signed_in(someone) for someone in (owner, phone, laptop, stranger)] == [True, False, False, True]
    assert not TrustedBrowser.objects.of(owner.user).live().exists()
    assert phone.give_password().url == "/sign-in/code/"
    [known] = KnownBrowser.objects.filter(person=owner.user)
    assert known_browsers.remembered(
        owner.user, actor=Actor(browser="Firefox (Linux)", token=known.token_digest)
    ).is_this_one
    ended = Event.objects.get(kind=Kind.SESSIONS_ENDED)
    assert ended.detail == {"sessions_ended": 2}
    assert "1 browser " in text_of(owner.get(PAGE))


def test_it_asks_for_a_proof_of_the_last_ten_minutes(both, clock):
    here, phone = both
    clock.forward(601)
    for path in (PAGE, END_OTHERS, f"/security/sessions/{row_of(phone).public_id}/end/"):
        assert (
            here.post(path).status_code == 302 if path != PAGE else here.get(path).url.startswith("/security/step-up")
        )
    assert is_signed_in(phone)


def test_the_eleventh_sign_in_ends_the_oldest_and_says_so(owner, clock):
    browsers = []
    for _ in range(11):
        clock.forward(31)
        browsers.append(owner.elsewhere().sign_in())
    assert [is_signed_in(browser) for browser in browsers] == [False] + [True] * 10
    [event] = Event.objects.filter(kind=Kind.SESSION_ENDED)
    assert event.detail["why"] == "too many"
    assert event.detail["limit"] == 10
    outbox.sweep()
    [letter] = [message for message in mail.outbox if message.subject == "You were signed out in one browser"]
    assert "10 browsers at a time" in letter.body
    assert "10 browsers" in text_of(browsers[-1].get(PAGE))


def test_sessions_that_are_over_make_room(owner, clock):
    first = owner.elsewhere().sign_in()
    clock.forward(30 * 60)
    for _ in range(10):
        clock.forward(31)
        owner.elsewhere().sign_in()
    assert not Event.objects.filter(kind=Kind.SESSION_ENDED).exists()
    assert not is_signed_in(first)


def test_signing_out_ends_it_on_the_server(both):
    here, phone = both
    key = here.client.cookies[settings.SESSION_COOKIE_NAME].value
    row = row_of(here)
    answer = here.post("/sign-out/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(pk=row.pk).exists()
    replayed = at(here)
    replayed.client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_signed_in(replayed)
    assert is_signed_in(phone)


def test_signing_out_wipes_a_sign_in_that_is_half_done(owner, clock):
    owner.give_password()
    owner.post("/sign-out/")
    assert not Session.objects.exists()
    assert owner.get("/sign-in/code/").url == "/sign-in/"


def test_a_sign_in_that_is_half_done_is_over_after_ten_minutes(owner, clock):
    owner.give_password()
    clock.forward(10 * 60)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/sign-in/"


def test_after_a_swap_all_other_sessions_are_over_and_this_one_goes_on(both, clock):
    here, phone = both
    here.walk_to("done")
    assert is_signed_in(here)
    assert phone.get("/account/").status_code == 302
    assert Enrollment.objects.get().bound


def test_a_proof_given_again_changes_the_key(both):
    here, _ = both
    before = here.client.cookies[settings.SESSION_COOKIE_NAME].value
    assert here.post("/security/step-up/", code=here.phone.code(ahead=1)).status_code == 302
    assert here.client.cookies[settings.SESSION_COOKIE_NAME].value != before
    late = at(here)
    late.client.cookies[settings.SESSION_COOKIE_NAME] = before
    assert late.get("/account/").status_code == 303


def test_the_pages_cost_few_queries(both):
    here, _ = both
    assert queries(lambda: here.get("/security/"))[1] <= 10
    for path in (PAGE, "/security/browsers/"):
        assert queries(lambda path=path: here.get(path))[1] <= 3, path


def test_the_overview_counts_them(both, clock):
    here, phone = both
    assert "In 2 browsers, this one among them." in text_of(here.get("/security/"))
    assert "We ask for a code in every browser." in text_of(here.get("/security/"))
    phone.post("/sign-out/")
    assert "In this browser and nowhere else." in text_of(here.get("/security/"))
    other = at(here)
    sign_in_and_trust(other, ahead=1)
    assert "In 1 browser we ask for your password only." in text_of(here.get("/security/"))
