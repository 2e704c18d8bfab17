"""What people are told: which device is meant, by whose clock, and nothing of an old device to who has none."""

import html
import re

import pytest
from django.core import mail
from django.utils import timezone

from security import outbox, throttle
from security.models import Authenticator
from security.models.throttle import Factor
from tests.people import Phone, add_device, long_ago
from tests.web import alert_of

SPARE = "spare@example.com"


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def at_two_addresses(someone):
    someone.user.recovery_email, someone.user.recovery_email_confirmed_at = SPARE, long_ago()
    someone.user.save()
    return someone


def letter_to(address):
    outbox.sweep()
    news = [message for message in mail.outbox if message.to == [address] and "New sign-in" not in message.subject]
    [letter] = news
    return letter.body + " " + re.sub(r"<[^>]+>", " ", html.unescape(letter.alternatives[0].content))


def test_the_first_screen_names_the_device_it_replaces(owner, clock):
    add_device(owner.user, "Tablet")
    owner.sign_in()
    old, tablet = Authenticator.objects.order_by("pk")
    said = {
        f"?device={tablet.public_id}": "You are about to replace “Tablet”.",
        f"?device={old.public_id}": "You are about to replace “Old phone”.",
        "": "You are about to replace “Old phone”.",
        "?add=1": "You are about to add a device.",
    }
    for question, words in said.items():
        assert words in text_of(owner.get(f"/security/reset/email/{question}"))


def test_it_names_none_that_has_no_name_or_works_no_longer(owner, clock):
    add_device(owner.user, "Tablet")
    old, gone = Authenticator.objects.order_by("pk")
    Authenticator.objects.filter(pk=old.pk).update(name="")
    Authenticator.objects.filter(pk=gone.pk).update(confirmed=False, revoked_at=timezone.now())
    owner.sign_in()
    page = text_of(owner.get(f"/security/reset/email/?device={gone.public_id}"))
    assert "You are about to replace the device that shows your sign-in codes." in page
    assert "“" not in page


def finish(someone, name):
    someone.walk_to("scan")
    someone.new_phone = Phone(someone.setup_key())
    someone.answer("scan", name=name)
    confirm = text_of(someone.screen("confirm"))
    assert someone.answer_right("confirm").url == "/security/"
    return confirm, text_of(someone.get("/security/"))


def test_devices_without_a_name_are_the_new_and_the_old_one(owner, clock):
    Authenticator.objects.update(name="")
    owner.sign_in().walk_to("notice")
    assert "At the very end your old device stops working" in text_of(owner.screen("notice"))
    confirm, receipt = finish(owner, "")
    assert "With this code your new device takes over, and the old one stops working." in confirm
    assert "Your new device shows your sign-in codes from now on." in receipt
    assert "Your old device no longer works for this account." in receipt


def test_devices_with_a_name_are_called_by_it(owner, clock):
    owner.sign_in().walk_to("notice")
    assert "At the very end “Old phone” stops working" in text_of(owner.screen("notice"))
    confirm, receipt = finish(owner, "Pocket")
    assert "With this code your new device takes over, and “Old phone” stops working." in confirm
    assert "Pocket shows your sign-in codes from now on." in receipt
    assert "Old phone no longer works for this account." in receipt


def test_who_sets_up_a_first_device_hears_of_no_old_one(newcomer, clock, settings):
    settings.SECURITY_CODE_MAILS_AN_HOUR = 1
    at_two_addresses(newcomer).sign_in().walk_to("code")
    clock.forward(61)
    page = newcomer.post("/security/reset/code/again/")
    assert "We cannot send a code by e-mail for this account right now." in alert_of(page)
    assert "It is possible again from 24 November 2036, 13:00." in alert_of(page)
    for said in (alert_of(page), letter_to(SPARE), letter_to("new@example.com")):
        assert "old device" not in said.lower()
        assert "replace" not in said.lower()


def test_the_second_address_of_such_a_person_reads_what_can_happen(newcomer, clock):
    at_two_addresses(newcomer).sign_in().walk_to("code")
    assert letter_to(SPARE).count("Whoever has it can pair a device with your account.") == 2


def test_the_second_address_of_somebody_with_a_device_is_warned_of_its_loss(owner, clock):
    at_two_addresses(owner).sign_in().walk_to("code")
    assert letter_to(SPARE).count("Whoever has it can replace the device that shows your sign-in codes.") == 2


def test_a_set_up_that_is_cancelled_is_called_one(newcomer, clock):
    newcomer.sign_in().walk_to("code")
    outbox.sweep()
    mail.outbox.clear()
    newcomer.post("/security/reset/cancel/")
    letter = letter_to("new@example.com")
    assert mail.outbox[0].subject == "Setting up a new device was cancelled"
    assert "the devices you have" not in letter
    assert "reset" not in letter.lower()


def test_who_adds_a_device_is_told_that_all_other_browsers_are_signed_out(owner, clock):
    other = owner.elsewhere().sign_in()
    clock.forward(60)
    owner.sign_in()
    owner.post("/security/reset/email/?add=1", email=owner.user.email)
    owner.walk_to("done", "code")
    assert other.get("/account/").status_code == 302
    assert letter_to("owner@example.com").count("Everywhere else you were signed in, you have been signed out.") == 2


def test_a_swap_by_an_app_says_that_a_device_confirmed_it_and_not_which(owner, clock):
    """The code may have been another device's than the one that was replaced."""
    owner.phone = add_device(owner.user, "Tablet")
    owner.sign_in().walk_to("done", "code")
    assert "a code of a device that you had" in letter_to("owner@example.com")


@pytest.fixture
def swiss(owner, clock):
    """Somebody whose clock shows 13:00 when ours shows 12:00, locked out."""
    owner.user.time_zone = "Europe/Zurich"
    owner.user.save()
    return owner


def test_somebody_locked_out_reads_the_time_of_their_own_clock(swiss, clock):
    swiss.begin_locked_out().walk_to("code")
    outbox.sweep()
    assert "Sent 13:00" in text_of(swiss.screen("code"))
    assert swiss.get("/security/reset/code/status/").json()["headline"] == "Sent 13:00"
    for _ in range(3):
        clock.forward(61)
        swiss.post("/security/reset/code/again/")
    clock.forward(61)
    assert "start again after 13:30." in alert_of(swiss.post("/security/reset/code/again/"))
    assert "start again after 13:30." in text_of(swiss.screen("code"))


def test_so_does_somebody_whose_way_by_mail_is_closed(swiss):
    for _ in range(10):
        throttle.attempt(throttle.of_person(swiss.user), Factor.MAILED_CODE)
    swiss.user.security_profile.change(last_wrong_at=timezone.now())
    swiss.give_password()
    page = swiss.post("/sign-in/code/new-device/")
    assert "It is possible again from 25 November 2036, 13:00." in alert_of(page)


def test_and_somebody_who_began_elsewhere(swiss):
    swiss.begin_locked_out().walk_to("verified")
    other = swiss.elsewhere()
    other.give_password()
    page = other.post("/sign-in/code/new-device/")
    assert "start again after 13:30." in alert_of(page)
