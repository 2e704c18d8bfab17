"""Trusted browsers: asked for by a tick, good for 14 days, useless to anybody else, and gone with every change."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from security import crypto, outbox
from security.actor import Actor
from security.flows import authenticators, contest, epoch, recovery_codes, trusted_browsers
from security.models import Authenticator, Event, Kind, SecurityProfile, TrustedBrowser
from tests.people import PASSWORD, add_device
from tests.trust import CHROME, COOKIE, is_asked, sign_in_and_trust, token_of, with_token
from tests.walls import text_of_the_database

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
DAY = 86400


@pytest.fixture
def trusted(owner, clock):
    """The owner, signed out, in a browser they trust."""
    assert sign_in_and_trust(owner).url == "/account/"
    owner.post("/sign-out/")
    clock.forward(60)
    return owner


def test_the_box_is_there_and_empty(owner, clock):
    owner.give_password()
    page = owner.get("/sign-in/code/").content.decode()
    [box] = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert 'name="trust_browser"' in box
    assert "checked" not in box
    assert "Trust this browser for 14 days" in page
    assert "Not on a computer that others use too." in page


def test_a_wrong_code_does_not_take_the_tick_away(owner, clock):
    owner.give_password()
    page = owner.post("/sign-in/code/", code="000000", trust_browser="on").content.decode()
    [box] = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert "checked" in box


def test_who_does_not_tick_it_is_asked_again(owner, clock):
    owner.sign_in()
    assert COOKIE not in owner.client.cookies
    assert not TrustedBrowser.objects.exists()
    assert is_asked(owner)


def test_who_ticks_it_gives_the_password_only(trusted):
    assert not is_asked(trusted)
    assert trusted.get("/account/").status_code == 200
    started = Event.objects.filter(kind=Kind.SESSION_STARTED).latest("pk")
    assert started.detail["factor"] == "trusted_browser"


def test_everybody_on_file_is_told(trusted):
    outbox.sweep()
    [letter] = [message for message in mail.outbox if message.subject == "A browser is trusted now"]
    assert letter.to == ["owner@example.com"]
    assert "Until 8 December 2036, 12:00 (UTC) this browser is asked for your password only" in letter.body


def test_the_cookie_is_for_the_server_alone_and_says_nothing(trusted, clock):
    cookie = trusted.client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == 14 * DAY
    assert len(cookie.value) >= 43
    assert str(trusted.user.pk) not in (cookie.value, crypto.digest(cookie.value))


def test_in_production_it_belongs_to_this_host(settings, owner, clock):
    from config.settings import base

    assert base.TRUST_COOKIE_NAME == "__Host-trust"
    settings.SESSION_COOKIE_SECURE = True
    sign_in_and_trust(owner)
    assert owner.client.cookies[COOKIE]["secure"] is True


def test_only_a_hash_of_it_is_kept(trusted):
    first = token_of(trusted)
    assert not is_asked(trusted)
    kept = text_of_the_database()
    assert first not in kept
    assert token_of(trusted) not in kept
    assert crypto.digest(first) in kept


def test_it_is_useless_without_the_password(trusted):
    trusted.post("/sign-in/", email=trusted.user.email)
    assert trusted.post("/sign-in/password/", password="not the password").status_code == 200
    assert trusted.get("/account/").status_code == 302


def test_it_is_useless_to_somebody_else(trusted, stranger):
    stranger.client.cookies[COOKIE] = token_of(trusted)
    assert is_asked(stranger)
    assert not is_asked(trusted)


def test_it_is_useless_in_a_browser_of_another_family(trusted):
    assert is_asked(with_token(trusted, token_of(trusted), CHROME))
    assert not is_asked(trusted)


def test_what_nobody_gave_out_is_no_token(owner, clock):
    for made_up in ("", "x", "0" * 64, "\u00e9" * 300):
        assert trusted_browsers.recognise(owner.user, made_up, actor=HERE) is None


def test_it_ends_after_14_days_however_often_it_is_used(owner, clock):
    sign_in_and_trust(owner)
    for _ in range(13):
        clock.forward(DAY)
        assert not is_asked(owner)
    clock.forward(DAY - 1)
    assert not is_asked(owner)
    clock.forward(1)
    assert is_asked(owner)


def test_a_sixth_browser_costs_the_oldest(owner, clock):
    browsers = [owner.elsewhere() for _ in range(6)]
    for number, browser in enumerate(browsers):
        clock.forward(31)
        assert sign_in_and_trust(browser).url == "/account/", number
    assert [is_asked(browser) for browser in browsers] == [True, False, False, False, False, False]


def test_staff_are_neither_offered_nor_given_it(staff, clock):
    staff.give_password()
    assert "trust_browser" not in staff.get("/sign-in/code/").content.decode()
    sign_in_and_trust(staff)
    assert COOKIE not in staff.client.cookies
    assert not TrustedBrowser.objects.exists()
    assert is_asked(staff)


def test_who_becomes_staff_is_asked(trusted):
    trusted.user.is_staff = True
    trusted.user.save()
    assert is_asked(trusted)


def test_on_probation_it_is_neither_offered_nor_given(owner, clock):
    now = timezone.now()
    SecurityProfile.objects.update(probation_since=now, probation_until=now + timedelta(days=3))
    owner.give_password()
    assert "trust_browser" not in owner.get("/sign-in/code/").content.decode()
    sign_in_and_trust(owner)
    assert not TrustedBrowser.objects.exists()


def session_elsewhere(someone):
    """A session of this person in another browser, as a view has it."""
    session = someone.elsewhere().sign_in(ahead=1).client.session
    assert session.person == someone.user
    return session


def codes_of(someone):
    """A set of recovery codes, made in a session of its own."""
    session = session_elsewhere(someone)
    return recovery_codes.make(someone.user, session=session, actor=HERE).codes


def test_a_recovery_code_gives_none_and_ends_all(owner, clock):
    codes = codes_of(owner)
    clock.forward(60)
    owner.user.refresh_from_db()
    sign_in_and_trust(owner)
    other = owner.elsewhere()
    other.give_password()
    page = other.get("/sign-in/recovery-code/").content.decode()
    assert "trust_browser" not in page
    assert other.post("/sign-in/recovery-code/", code=codes[0], trust_browser="on").url == "/account/"
    assert COOKIE not in other.client.cookies
    assert is_asked(owner)


def test_a_recovery_code_that_proves_it_again_ends_all_too(owner, clock):
    codes = codes_of(owner)
    clock.forward(60)
    other = owner.elsewhere()
    sign_in_and_trust(other)
    clock.forward(60)
    owner.sign_in()
    assert owner.post("/security/step-up/", code=codes[0]).status_code == 302
    assert is_asked(other)


@transaction.atomic
def bump(owner):
    """What a change of the password or an address begins with."""
    epoch.bump(owner.user, actor=HERE, session=None)


def swap(owner):
    owner.elsewhere().sign_in(ahead=1).walk_to("done")


def remove(owner):
    session = session_elsewhere(owner)
    spare = Authenticator.objects.get(name="Spare")
    assert authenticators.remove(owner.user, spare.public_id, session=session, actor=HERE) is None


def end_all_others(owner):
    other = owner.elsewhere().sign_in(ahead=1)
    assert other.post("/security/sessions/end/").status_code == 302


def become_another(owner):
    owner.user.set_password(PASSWORD)
    owner.user.security_epoch += 1
    owner.user.save()


@pytest.mark.parametrize("change", [bump, codes_of, swap, remove, end_all_others, become_another])
def test_it_dies_with_every_change(owner, clock, change):
    add_device(owner.user, "Spare")
    sign_in_and_trust(owner)
    clock.forward(60)
    owner.post("/sign-out/")
    change(owner)
    clock.forward(60)
    assert not TrustedBrowser.objects.of(owner.user).live().exists()
    assert trusted_browsers.recognise(owner.user, token_of(owner), actor=HERE) is None


def test_a_lock_stops_this_way_too(owner, trusted, clock):
    """Frozen, deactivated: neither trust nor a recovery code opens anything (S35)."""
    codes = codes_of(owner)
    clock.forward(60)
    sign_in_and_trust(trusted, ahead=1)
    until = timezone.now() + timedelta(days=3)
    SecurityProfile.objects.update(frozen_at=timezone.now(), frozen_until=until)
    trusted.post("/sign-out/")
    page = trusted.give_password()
    assert page.status_code == 200
    assert "This account is frozen until" in page.content.decode()
    assert trusted.post("/sign-in/recovery-code/", code=codes[0]).url == "/sign-in/"
    assert trusted_browsers.recognise(owner.user, token_of(trusted), actor=HERE) is None
    SecurityProfile.objects.update(frozen_at=None, frozen_until=None)
    type(owner.user).objects.update(is_active=False)
    assert trusted.give_password().status_code == 200
    assert trusted.get("/account/").status_code == 302


def test_a_freeze_ends_all(owner, trusted, clock):
    owner.elsewhere().sign_in(ahead=1).walk_to("done")
    change = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
    assert contest.freeze(change, actor=HERE) is None
    assert not TrustedBrowser.objects.of(owner.user).live().exists()
