"""Choosing a new password with a link from a mail: a second factor where there is one, and nobody is signed in."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from security import outbox
from security.actor import Actor
from security.flows import recovery_codes
from security.models import (
    Authenticator,
    Event,
    FormerPassword,
    Kind,
    RecoveryCodeSet,
    SecurityProfile,
    Session,
    TrustedBrowser,
)
from security.sessions import SessionStore
from tests.links import link_for
from tests.people import PASSWORD, Someone, make

NEW = "seven wild geese over the lake"
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


def signs_in_with(someone: Someone, password: str) -> str:
    elsewhere = someone.elsewhere()
    elsewhere.post("/sign-in/", email=someone.user.email)
    answer = elsewhere.post("/sign-in/password/", password=password)
    return answer.url if answer.status_code == 302 else ""


def test_without_a_second_factor_the_link_is_enough(newcomer, clock):
    elsewhere = newcomer.elsewhere().sign_in()
    link = link_for(newcomer)
    page = Client().get(link)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "strict-origin"
    assert 'name="code"' not in page.content.decode()
    browser = Client()
    assert browser.post(link, {"new_password": NEW}).url == "/sign-in/?done=password"
    assert "Your new password is set." in browser.get("/sign-in/?done=password").content.decode()
    assert browser.get("/account/").url.startswith("/sign-in/")
    assert elsewhere.get("/account/").url.startswith("/sign-in/")
    assert signs_in_with(newcomer, NEW) == "/account/"
    assert not signs_in_with(newcomer, PASSWORD)


def test_with_a_second_factor_it_is_asked_for_before_the_password_is_kept(owner, clock):
    """S28, S39: never signed in past it, and never without it afterwards."""
    link = link_for(owner)
    browser = Client()
    assert 'name="code"' in browser.get(link).content.decode()
    for code in ("", "000000", "12345678"):
        page = browser.post(link, {"new_password": NEW, "code": code})
        assert page.status_code == 200
        assert 'id="id_code_error"' in page.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    assert browser.post(link, {"new_password": NEW, "code": owner.phone.code()}).status_code == 302
    assert not Session.objects.exclude(person=None).exists()
    assert Authenticator.objects.live().count() == 1
    assert signs_in_with(owner, NEW) == "/sign-in/code/"


def test_a_recovery_code_will_do_and_is_spent(owner, clock):
    code = recovery_codes.make(owner.user, session=SessionStore(), actor=HERE).codes[3]
    link = link_for(owner)
    assert Client().post(link, {"new_password": NEW, "code": code.lower()}).status_code == 302
    event = Event.objects.get(kind=Kind.RECOVERY_CODE_USED)
    assert event.detail["purpose"] == "password"
    assert RecoveryCodeSet.objects.live().get().codes.filter(used_at=None).count() == 9
    assert Event.objects.get(kind=Kind.PASSWORD_RECOVERED).detail["factor"] == "recovery_code"


@pytest.mark.parametrize("who", ["owner", "newcomer"])
def test_it_is_recorded_told_and_closes_the_mailed_code_for_a_week(db, request, who, clock):
    person = request.getfixturevalue(who)
    person.elsewhere().sign_in()
    clock.forward(31)
    link = link_for(person)
    mail.outbox.clear()
    code = {"code": person.phone.code()} if person.phone else {}
    Client().post(link, {"new_password": NEW, **code})
    event = Event.objects.latest("pk")
    profile = SecurityProfile.objects.get(person=person.user)
    assert (event.kind, event.person) == (Kind.PASSWORD_RECOVERED, person.user)
    assert event.detail == {
        "factor": "authenticator" if person.phone else "",
        "mail_closed_until": profile.mail_closed_until.timestamp(),
        "sessions_ended": "1",
        "browsers_ended": "0",
    }
    assert (profile.mail_closed_until - event.at).days == 7
    assert FormerPassword.objects.get().replaced_at == event.at
    outbox.sweep()
    [message] = mail.outbox
    assert message.subject == "Your password was replaced"
    assert "1 Dec" in message.body


def test_the_mailed_code_is_closed_to_the_next_lost_phone(owner, clock):
    Client().post(link_for(owner), {"new_password": NEW, "code": owner.phone.code()})
    owner.post("/sign-in/", email=owner.user.email)
    owner.post("/sign-in/password/", password=NEW)
    page = owner.post("/sign-in/code/new-device/")
    assert page.status_code == 200
    assert "Your password was replaced by e-mail a short time ago." in page.content.decode()


def test_no_code_is_spent_on_a_weak_password(owner, clock):
    link = link_for(owner)
    page = Client().post(link, {"new_password": "passwordpassword", "code": owner.phone.code()})
    assert "hardly better than" in page.content.decode()
    assert Client().post(link, {"new_password": NEW, "code": owner.phone.code()}).status_code == 302


def test_wrong_codes_are_counted_as_at_sign_in(owner, clock):
    link = link_for(owner)
    for _ in range(5):
        Client().post(link, {"new_password": NEW, "code": "000000"})
    page = Client().post(link, {"new_password": NEW, "code": owner.phone.code()})
    assert "Too many wrong answers. Wait 30 seconds" in page.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    clock.forward(31)
    assert Client().post(link, {"new_password": NEW, "code": owner.phone.code()}).status_code == 302


def test_on_probation_nothing_counts_and_support_is_the_way_on(owner, clock, settings):
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    owner.sign_in().walk_to("done")
    clock.forward(31)
    link = link_for(owner)
    for phone in (owner.new_phone, owner.phone):
        page = Client().post(link, {"new_password": NEW, "code": phone.code()})
        assert page.status_code == 200
    assert 'name="new_password"' not in page.content.decode()
    assert "Your device was replaced a short time ago." in page.content.decode()
    assert 'href="/help/ask-support/"' in page.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    clock.forward(days=3)
    assert Client().post(link_for(owner), {"new_password": NEW, "code": owner.new_phone.code()}).status_code == 302


def test_a_suspended_device_or_set_of_codes_does_not_count(owner, clock):
    code = recovery_codes.make(owner.user, session=SessionStore(), actor=HERE).codes[0]
    link = link_for(owner)
    now = Event.objects.latest("pk").at
    Authenticator.objects.update(confirmed=False, suspended_at=now)
    page = Client().post(link, {"new_password": NEW, "code": owner.phone.code()})
    assert "That code is not right." in page.content.decode()
    recovery_codes.suspend(owner.user)
    page = Client().post(link, {"new_password": NEW, "code": code})
    assert "neither a device nor a recovery code" in page.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_a_device_that_waits_does_not_count_and_is_refused_with_the_new_password(owner, clock):
    thief = owner.elsewhere().begin_locked_out().walk_to("confirm")
    thief.answer("confirm", code=thief.new_phone.code())
    link = link_for(owner)
    clock.forward(31)
    page = Client().post(link, {"new_password": NEW, "code": thief.new_phone.code()})
    assert "That code is not right." in page.content.decode()
    assert Client().post(link, {"new_password": NEW, "code": owner.phone.code()}).status_code == 302
    clock.forward(hours=25)
    thief.post("/sign-in/", email=owner.user.email)
    thief.post("/sign-in/password/", password=NEW)
    assert thief.post("/sign-in/code/", code=thief.new_phone.code()).status_code == 200


def test_trusted_browsers_end_with_it(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    clock.forward(31)
    Client().post(link_for(owner), {"new_password": NEW, "code": owner.phone.code()})
    assert not TrustedBrowser.objects.live().exists()
    owner.post("/sign-in/", email=owner.user.email)
    assert owner.post("/sign-in/password/", password=NEW).url == "/sign-in/code/"


def test_a_new_account_whose_owner_lost_the_invitation_can_choose_a_password_too(db, clock):
    someone = make("guest@example.com", has_device=False)
    someone.user.set_unusable_password()
    someone.user.save()
    assert Client().post(link_for(someone), {"new_password": NEW}).status_code == 302
    assert signs_in_with(someone, NEW) == "/account/"
    assert not FormerPassword.objects.exists()
