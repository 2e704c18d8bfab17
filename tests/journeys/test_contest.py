"""This wasn't me: freeze, open again with something older, and what a mailbox alone cannot do."""

import pytest
from django.core import mail

from security import outbox
from security.actor import Actor
from security.flows import recovery_codes
from security.models import Authenticator, Event, Kind, KnownBrowser, Session, TrustedBrowser
from security.sessions import SessionStore
from tests.people import PASSWORD, add_device

DAY = 86400
ANOTHER = "purple harbour candle seventeen"


def live(someone):
    return sorted(device.name for device in Authenticator.objects.of(someone.user).live())


def link_in(subject, address="owner@example.com"):
    outbox.sweep()
    letter = [m for m in mail.outbox if subject in m.subject and m.to == [address]][-1]
    return "/security/undo/" + letter.body.split("/security/undo/")[1].split()[0]


@pytest.fixture
def stolen_by_mail(owner, clock):
    """Somebody with password, mailbox and a live session has replaced the owner's device: row 4a."""
    return replaced_by_a_thief(owner, clock)


def replaced_by_a_thief(owner, clock, **said):
    """The owner, whose device a mailed code has just replaced; `said` is what the thief says before it is sent."""
    owner.codes = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor()).codes
    owner.user.refresh_from_db()
    clock.forward(1)
    owner.thief = owner.elsewhere().sign_in()
    owner.thief.walk_to("notice")
    assert owner.thief.answer("notice", **said).url == "/security/reset/code/"
    owner.thief.walk_to("done")
    clock.forward(60)
    return owner


def test_the_old_device_and_the_old_codes_are_suspended(stolen_by_mail, clock):
    owner = stolen_by_mail
    owner.give_password()
    for path, code in (("/sign-in/code/", owner.phone.code()), ("/sign-in/recovery-code/", owner.codes[0])):
        assert owner.post(path, code=code).status_code == 200
    assert owner.get("/account/").status_code == 302


def test_one_press_freezes_after_a_mailed_code(stolen_by_mail, clock):
    owner = stolen_by_mail
    link = link_in("was replaced")
    stranger = owner.elsewhere()
    assert "This wasn’t me" in stranger.get(link).content.decode()
    assert stranger.client.head(link).status_code == 200
    assert not Event.objects.filter(kind=Kind.ACCOUNT_FROZEN).exists()
    assert stranger.post(link).status_code == 302

    assert not Session.objects.of(owner.user).exists()
    assert not KnownBrowser.objects.filter(person=owner.user).exists()
    assert not TrustedBrowser.objects.of(owner.user).live().exists()
    assert owner.thief.get("/account/").status_code == 302
    outbox.sweep()
    assert any(m.subject == "Your account is frozen" for m in mail.outbox)


def test_while_frozen_nobody_gets_in_by_any_way(stolen_by_mail, clock):
    owner = stolen_by_mail
    link = link_in("was replaced")
    owner.elsewhere().post(link)
    clock.forward(31)
    thief = owner.elsewhere()
    answer = thief.give_password()
    assert answer.url.startswith("/security/undo/")
    shown = thief.get(answer.url).content.decode()
    assert "Your account is frozen" in shown
    assert thief.post("/sign-in/code/", code=owner.thief.new_phone.code()).url == "/sign-in/"
    assert thief.post("/sign-in/code/new-device/").url == "/sign-in/"


def test_who_was_about_to_sign_in_when_it_froze_does_not_get_in(stolen_by_mail, clock):
    owner = stolen_by_mail
    thief = owner.elsewhere()
    thief.give_password()
    owner.elsewhere().post(link_in("was replaced"))
    clock.forward(31)
    assert thief.post("/sign-in/code/", code=owner.thief.new_phone.code()).url == "/sign-in/"


def test_it_opens_with_the_password_and_an_older_device_and_everything_since_is_void(stolen_by_mail, clock):
    owner = stolen_by_mail
    link = link_in("was replaced")
    owner.elsewhere().post(link)
    clock.forward(31)
    answer = owner.post(link, password=PASSWORD, code=owner.phone.code(), new_password=ANOTHER)
    assert "Your account is yours again" in answer.content.decode()
    assert live(owner) == ["Old phone"]
    assert recovery_codes.state(owner.user).left == 10
    assert owner.get("/account/").status_code == 302  # it signs nobody in
    owner.user.refresh_from_db()
    assert owner.user.check_password(ANOTHER)
    assert not owner.user.security_profile.is_frozen
    assert not owner.user.security_profile.is_on_probation
    assert Authenticator.objects.get(name="New phone").sealed_secret == ""
    outbox.sweep()
    assert any(m.subject == "Your account is open again" for m in mail.outbox)


def test_it_opens_with_an_older_recovery_code(stolen_by_mail, clock):
    owner = stolen_by_mail
    link = link_in("was replaced")
    owner.elsewhere().post(link)
    answer = owner.post(link, password=PASSWORD, code=owner.codes[4], new_password=ANOTHER)
    assert "Your account is yours again" in answer.content.decode()
    assert live(owner) == ["Old phone"]
    assert recovery_codes.state(owner.user).left == 9


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"password": "not the right password"}, "That password is not right"),
        ({"code": "000000"}, "That does not prove it"),
        ({"code": "the new device"}, "That does not prove it"),
        ({"new_password": "too short"}, "too short"),
        ({"new_password": ""}, "Type the password you want"),
        ({"code": ""}, "Type a code of a device"),
    ],
)
def test_it_does_not_open_with_less(stolen_by_mail, clock, answers, says):
    owner = stolen_by_mail
    link = link_in("was replaced")
    owner.elsewhere().post(link)
    clock.forward(31)
    right = {"password": PASSWORD, "code": owner.phone.code(), "new_password": ANOTHER}
    if answers.get("code") == "the new device":
        answers = {"code": owner.thief.new_phone.code()}
    answer = owner.post(link, **(right | answers))
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert live(owner) == ["New phone"]
    owner.user.security_profile.refresh_from_db()
    assert owner.user.security_profile.is_frozen
    if "new_password" in answers:  # a code is not spent on a password that is refused
        assert "yours again" in owner.post(link, **right).content.decode()


def test_it_ends_by_itself_after_72_hours_and_does_not_freeze_twice_for_one_change(stolen_by_mail, clock):
    owner = stolen_by_mail
    link = link_in("was replaced")
    owner.elsewhere().post(link)
    clock.forward(3 * DAY - 1)
    assert owner.thief.give_password().url.startswith("/security/undo/")
    clock.forward(2)
    assert owner.thief.give_password().url == "/sign-in/code/"
    shown = owner.elsewhere().get(link).content.decode()
    assert "Undo this change" in shown  # an older proof is asked for now
    owner.elsewhere().post(link)
    owner.user.security_profile.refresh_from_db()
    assert not owner.user.security_profile.is_frozen


def test_after_seven_days_it_is_too_late(stolen_by_mail, clock):
    link = link_in("was replaced")
    clock.forward(7 * DAY + 1)
    shown = stolen_by_mail.elsewhere().get(link).content.decode()
    assert "What you can do now" in shown
    assert stolen_by_mail.elsewhere().post(link).status_code == 200
    assert not Event.objects.filter(kind=Kind.ACCOUNT_FROZEN).exists()


def test_a_device_that_was_reported_stolen_may_contest_but_does_not_open(owner, clock):
    owner.sign_in().walk_to("notice")
    owner.answer("notice", stolen="on")
    owner.walk_to("done")
    link = link_in("was replaced")
    clock.forward(60)
    thief = owner.elsewhere()
    assert thief.post(link).status_code == 302
    owner.user.security_profile.refresh_from_db()
    assert owner.user.security_profile.is_frozen
    clock.forward(31)
    answer = thief.post(link, password=PASSWORD, code=owner.phone.code(), new_password=ANOTHER)
    assert "yours again" not in answer.content.decode()
    assert "Ask support" in answer.content.decode()


class TestAnHonestChange:
    """After rows 1 to 3 and other changes an older proof is asked for first: a mailbox alone undoes nothing."""

    @pytest.fixture
    def link(self, owner, clock):
        owner.tablet = add_device(owner.user, "Tablet")
        clock.forward(1)
        owner.sign_in().walk_to("done", "code")
        clock.forward(60)
        return link_in("was replaced")

    def test_one_press_does_not_freeze(self, owner, link, clock):
        answer = owner.elsewhere().post(link)
        assert answer.status_code == 200
        assert not Event.objects.filter(kind=Kind.ACCOUNT_FROZEN).exists()
        assert owner.get("/account/").status_code == 200

    def test_with_the_mailbox_and_the_password_it_stays(self, owner, link, clock):
        answer = owner.elsewhere().post(link, password=PASSWORD, code="123456", new_password=ANOTHER)
        assert "That does not prove it" in answer.content.decode()
        assert live(owner) == ["New phone", "Tablet"]

    def test_with_an_older_device_it_is_undone_at_once(self, owner, link, clock):
        answer = owner.elsewhere().post(link, password=PASSWORD, code=owner.tablet.code(), new_password=ANOTHER)
        assert "yours again" in answer.content.decode()
        assert live(owner) == ["Old phone", "Tablet"]

    def test_the_replaced_device_itself_is_such_a_proof(self, owner, link, clock):
        """Whoever has the old phone and the password proves that they were there before."""
        answer = owner.elsewhere().post(link, password=PASSWORD, code=owner.phone.code(), new_password=ANOTHER)
        assert "yours again" in answer.content.decode()

    def test_the_guesses_are_counted_like_any(self, owner, link, clock):
        other = owner.elsewhere()
        answers = [
            other.post(link, password=PASSWORD, code=f"00000{n}", new_password=ANOTHER).content.decode()
            for n in range(7)
        ]
        assert "Too many wrong answers" in answers[-1]


def test_a_link_that_was_altered_or_is_for_nobody_says_so(owner, clock):
    owner.sign_in().walk_to("done")
    link = link_in("was replaced").rstrip("/")
    for wrong in (
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        "/security/undo/x",
        "/security/undo/" + "a" * 24 + ".k.m",
    ):
        answer = owner.elsewhere().get(wrong + "/")
        assert answer.status_code == 404
        assert "no longer good" in answer.content.decode()
        assert owner.elsewhere().post(wrong + "/").status_code == 404
    assert answer["Referrer-Policy"] == "strict-origin"


def test_the_link_of_an_event_that_changes_nothing_gives_advice(owner, clock):
    from security import links

    owner.sign_in()
    event = Event.objects.get(kind=Kind.SESSION_STARTED)
    link = f"/security/undo/{links.refusal(event)}/"
    for answer in (owner.elsewhere().get(link), owner.elsewhere().post(link)):
        assert answer.status_code == 200
        assert "Change your password" in answer.content.decode()
    assert owner.get("/account/").status_code == 200
