"""Changing the password while signed in: with the present one, and a second factor where there is one."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.views import password as views
from security import links, outbox
from security.actor import Actor
from security.flows import contest, recovery_codes, trusted_browsers
from security.models import (
    AddressChange,
    Enrollment,
    Event,
    FormerPassword,
    Kind,
    OutboxMessage,
    SecurityProfile,
    Session,
    TrustedBrowser,
)
from security.sessions import SessionStore
from tests.people import PASSWORD, Someone, make
from tests.walls import everything

PAGE = "/security/password/"
STEP_UP = "/security/step-up/?next=%2Fsecurity%2Fpassword%2F&for=password"
NEW = "seven wild geese over the lake"
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


def change(someone, password=PASSWORD, new_password=NEW):
    return someone.post(PAGE, password=password, new_password=new_password)


def prove(someone, clock):
    clock.forward(31)
    assert someone.post(STEP_UP, code=someone.phone.code()).url == PAGE
    return someone


def signs_in_with(someone, password):
    elsewhere = someone.elsewhere()
    elsewhere.post("/sign-in/", email=someone.user.email)
    return elsewhere.post("/sign-in/password/", password=password).status_code == 302


def test_without_a_second_factor_the_present_password_is_proof_enough(newcomer, clock):
    newcomer.sign_in()
    clock.forward(hours=0.4)
    assert newcomer.get(PAGE).status_code == 200
    assert change(newcomer).url == "/security/?done=password"
    assert "Your password is changed." in newcomer.get("/security/?done=password").content.decode()
    assert signs_in_with(newcomer, NEW)
    assert not signs_in_with(newcomer, PASSWORD)


def test_with_a_second_factor_it_is_asked_for_first_and_for_this_change_alone(owner, clock):
    owner.sign_in()
    assert owner.get(PAGE).url == STEP_UP
    assert change(owner).url == STEP_UP
    page = owner.get(STEP_UP)
    assert "You are about to change your password. We ask for a code." in page.content.decode()
    assert 'name="password"' not in page.content.decode()
    prove(owner, clock)
    assert owner.get(PAGE).status_code == 200
    assert change(owner).url == "/security/?done=password"
    assert owner.get("/account/").status_code == 200
    assert owner.get(PAGE).url == STEP_UP
    assert change(owner, NEW, PASSWORD).url == STEP_UP
    assert User.objects.get().check_password(NEW)


def test_a_proof_for_another_change_or_an_old_one_does_not_count(owner, clock):
    owner.sign_in()
    clock.forward(31)
    owner.post("/security/step-up/?for=email&next=/account/", password=PASSWORD, code=owner.phone.code())
    assert owner.get(PAGE).url == STEP_UP
    prove(owner, clock)
    clock.forward(minutes=10)
    assert change(owner).url == STEP_UP
    assert User.objects.get().check_password(PASSWORD)


def test_a_trusted_browser_is_asked_for_a_code(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    owner.post("/sign-out/")
    assert owner.give_password().url == "/account/"
    assert owner.get(PAGE).url == STEP_UP


@pytest.mark.parametrize("answer", [{}, {"code": "000000"}, {"password": "not the right one"}])
def test_step_up_is_never_passed_with_nothing(newcomer, clock, answer):
    """Its page asks an account without a device for the password, although the page of the change does so too."""
    newcomer.sign_in()
    clock.forward(minutes=15)
    before = Session.objects.get().proved_at
    page = newcomer.post(STEP_UP, **answer)
    assert page.status_code == 200
    assert 'name="password"' in page.content.decode()
    assert Session.objects.get().proved_at == before
    assert newcomer.post(STEP_UP, password=PASSWORD).url == PAGE


def test_it_is_recorded_told_and_closes_nothing(owner, clock):
    elsewhere = owner.elsewhere().sign_in()
    clock.forward(31)
    prove(owner.sign_in(), clock)
    OutboxMessage.objects.all().delete()
    change(owner)
    event = Event.objects.latest("pk")
    assert (event.kind, event.person) == (Kind.PASSWORD_CHANGED, owner.user)
    assert event.detail == {"sessions_ended": "1", "browsers_ended": "0"}
    assert SecurityProfile.objects.get().mail_closed_until is None
    outbox.sweep()
    [message] = mail.outbox
    assert (message.to, message.subject) == (["owner@example.com"], "Your password was changed")
    assert "/security/undo/" in message.body
    assert elsewhere.get("/account/").url.startswith("/sign-in/")


def everything_open(owner, clock):
    """Whatever carries an epoch, all at once."""
    elsewhere = owner.elsewhere().sign_in()
    clock.forward(31)
    elsewhere.walk_to("code")
    trusted_browsers.trust(owner.user, actor=HERE)
    owner.post("/forgot-password/", email=owner.user.email)
    AddressChange.objects.create(
        person=owner.user, epoch=0, which="recovery", address="spare@example.com", expires_at="2036-12-01T00:00Z"
    )
    return elsewhere


def test_everything_that_the_old_password_held_ends(owner, clock):
    elsewhere = everything_open(owner, clock)
    link = links.token(OutboxMessage.objects.get(what="password_link"))
    assert owner.get(f"/forgot-password/{link}/").status_code == 200
    owner.sign_in()
    clock.forward(31)
    prove(owner, clock)
    change(owner)
    assert elsewhere.get("/security/").url.startswith("/sign-in/")
    assert elsewhere.screen("code").url.startswith(("/sign-in/", "/security/reset/email/"))
    assert not TrustedBrowser.objects.live().exists()
    assert not Enrollment.objects.alive().exists()
    assert not AddressChange.objects.alive().exists()
    assert owner.get(f"/forgot-password/{link}/").status_code == 404
    assert Session.objects.exclude(person=None).count() == 1
    outbox.sweep()
    assert not any("forgot-password" in message.body for message in mail.outbox)


def test_a_new_device_that_waits_is_refused_with_it(owner, clock):
    owner.sign_in()
    thief = owner.elsewhere().begin_locked_out().walk_to("confirm")
    assert thief.answer("confirm", code=thief.new_phone.code()).url.startswith("/security/reset/held/")
    assert Enrollment.objects.waiting().exists()
    prove(owner, clock)
    change(owner)
    assert not Enrollment.objects.waiting().exists()


def test_a_wrong_present_password_is_told_beside_its_field_and_counted(newcomer, clock):
    newcomer.sign_in()
    for _ in range(5):
        page = change(newcomer, "not the right one")
        assert page.status_code == 200
        assert 'id="id_password_error">That password is not right.' in page.content.decode()
    assert "Too many wrong answers." in change(newcomer).content.decode()
    assert Event.objects.filter(kind=Kind.PASSWORD_REFUSED, person=newcomer.user).count() == 5
    clock.forward(31)
    assert change(newcomer).status_code == 302


@pytest.mark.parametrize(
    ("new_password", "said"),
    [
        ("short", "at least 15 characters"),
        ("passwordpassword", "hardly better than"),
        (PASSWORD, "That is the password you typed above."),
        ("", "Type the password you want."),
        ("x" * 129, "Use at most 128 characters."),
    ],
)
def test_a_new_password_that_breaks_the_rules_changes_nothing_and_spends_no_proof(owner, clock, new_password, said):
    prove(owner.sign_in(), clock)
    page = change(owner, new_password=new_password)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    assert not FormerPassword.objects.exists()
    assert change(owner).status_code == 302


@pytest.mark.django_db
def test_the_password_before_it_can_contest_the_change(client):
    """On a clock that runs: the old password counts as the one of the time of the change."""
    owner = make("owner@example.com")
    codes = recovery_codes.make(owner.user, session=SessionStore(), actor=HERE).codes
    owner.user.refresh_from_db()
    owner.sign_in()
    owner.post(STEP_UP, code=codes[0])
    assert change(owner).status_code == 302
    event = Event.objects.get(kind=Kind.PASSWORD_CHANGED)
    assert FormerPassword.objects.get().replaced_at == event.at
    assert contest.undo(event, PASSWORD, codes[1], "nineteen grey bears", actor=HERE) is None
    assert User.objects.get().check_password("nineteen grey bears")


@pytest.fixture
def on_probation(owner, clock, settings):
    """The owner, signed in with a device that was swapped in with a mailed code a moment ago."""
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    owner.sign_in().walk_to("done")
    assert SecurityProfile.objects.get().is_on_probation
    return owner


def test_on_probation_the_new_device_is_not_proof_enough(on_probation, clock):
    clock.forward(31)
    page = on_probation.post(STEP_UP, code=on_probation.new_phone.code())
    assert page.status_code == 200
    assert "an older device, passkey or recovery code" in page.content.decode()
    assert on_probation.get(PAGE).url == STEP_UP
    clock.forward(31)
    assert on_probation.post(STEP_UP, code=on_probation.phone.code()).url == PAGE
    assert change(on_probation).status_code == 302


def test_a_session_that_ends_in_the_middle_changes_nothing(newcomer, clock, monkeypatch):
    newcomer.sign_in()
    original = views.flow.change

    def ended_meanwhile(*args, **more):
        Session.objects.all().delete()
        return original(*args, **more)

    monkeypatch.setattr(views.flow, "change", ended_meanwhile)
    assert change(newcomer).status_code == 303
    assert User.objects.get().check_password(PASSWORD)
    assert not FormerPassword.objects.exists()
    assert not Event.objects.filter(kind=Kind.PASSWORD_CHANGED).exists()


def test_looking_changes_nothing(newcomer, clock):
    newcomer.sign_in()
    before = everything()
    newcomer.get(PAGE)
    newcomer.client.head(PAGE)
    assert everything() == before


def test_nobody_comes_here_signed_out(client, db):
    assert client.get(PAGE).url == "/sign-in/?next=%2Fsecurity%2Fpassword%2F"
    assert client.post(PAGE, {"password": PASSWORD, "new_password": NEW}).url.startswith("/sign-in/")


def test_password_managers_are_led_here(db):
    answer = Client().get("/.well-known/change-password")
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert Client().post("/.well-known/change-password").status_code == 405


def test_the_page_of_sign_in_and_security_leads_here(newcomer, clock):
    page = newcomer.sign_in().get("/security/").content.decode()
    assert f'href="{PAGE}"' in page
    assert "Your password is changed." not in page


def test_no_password_is_kept_as_it_was_typed(newcomer: Someone, clock):
    newcomer.sign_in()
    change(newcomer, "not the right one")
    change(newcomer)
    kept = str(everything())
    assert not [typed for typed in (PASSWORD, NEW, "not the right one") if typed in kept]
