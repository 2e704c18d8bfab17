"""A new device that waits: who is told, who may stop it, and how it takes over without any scheduler."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from security import outbox
from security.models import Authenticator, Enrollment, Event, Kind, KnownBrowser, OutboxMessage, Session, TrustedBrowser
from tests.people import long_ago

DAY = 86400


@pytest.fixture
def held(owner, clock):
    """The owner, whose new device waits 24 hours; they did it at the sign-in prompt of a strange browser."""
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.com", long_ago()
    owner.user.save()
    owner.begin_locked_out().walk_to("confirm")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    return owner


def live(someone):
    return [device.name for device in Authenticator.objects.of(someone.user).live()]


def mails(subject):
    outbox.sweep()
    return sorted(message.to[0] for message in mail.outbox if subject in message.subject)


def new_phone_signs_in(someone):
    someone.give_password()
    return someone.post("/sign-in/code/", code=someone.new_phone.code())


def test_nobody_is_signed_in_and_nothing_is_bound(held):
    assert held.get("/security/").url.startswith("/sign-in/")
    assert live(held) == ["Old phone"]
    assert held.enrollment.bound_at is None
    assert held.enrollment.sealed_secret


def test_the_page_says_when_in_the_persons_zone(held):
    type(held.user).objects.update(time_zone="Europe/Amsterdam")
    shown = held.get("/security/reset/held/").content.decode()
    assert "25 November 2036, 13:00 (CET)" in shown
    assert "Your old device" in shown or "your old device works as before" in shown
    assert "Cancel the reset" not in shown  # the password alone does not stop it


def test_every_address_is_told_at_the_start_half_way_and_at_the_end(held, clock):
    both = ["owner@example.com", "spare@example.com"]
    assert mails("A new device is about to take over") == both
    assert mails("Half of the wait") == []
    clock.forward(12 * 3600 + 1)
    assert mails("Half of the wait") == both
    assert mails("can be used now") == []
    clock.forward(12 * 3600)
    assert mails("can be used now") == both


def test_no_reminder_of_a_wait_that_is_over(held, clock):
    outbox.sweep()
    clock.forward(60)
    held.elsewhere().sign_in_past_the_question().post("/security/reset/cancel/")
    clock.forward(2 * DAY)
    assert mails("Half of the wait") == mails("can be used now") == []
    assert not OutboxMessage.objects.due().exists()


def test_the_new_device_signs_nobody_in_before_the_time(held, clock):
    clock.forward(DAY - 60)
    answer = new_phone_signs_in(held)
    assert answer.status_code == 200
    assert "Your new device can be used from 25 November 2036, 12:00 (UTC) on." in answer.content.decode()
    assert live(held) == ["Old phone"]


def test_the_first_right_code_after_it_makes_the_swap_with_every_scheduler_stopped(held, clock):
    clock.forward(DAY + 1)
    assert new_phone_signs_in(held).url == "/account/"
    assert live(held) == ["New phone"]
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "4b"
    assert held.get("/security/").wsgi_request.user.is_verified()
    held.user.security_profile.refresh_from_db()
    assert held.user.security_profile.probation_until == timezone.now() + timedelta(days=3)


def test_the_code_that_confirmed_the_device_is_spent(held, clock):
    confirmed_with = held.new_phone.code()
    clock.forward(DAY + 1)
    held.give_password()
    assert held.post("/sign-in/code/", code=confirmed_with).status_code == 200
    assert live(held) == ["Old phone"]


def test_after_the_swap_the_old_device_is_refused_and_its_owner_is_shown_the_way(held, clock):
    clock.forward(DAY + 1)
    new_phone_signs_in(held)
    other = held.elsewhere()
    other.give_password()
    answer = other.post("/sign-in/code/", code=held.phone.code())
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert "/security/undo/" in answer.content.decode()


def test_the_old_device_works_until_then_and_asks_first(held, clock):
    clock.forward(60)
    other = held.elsewhere()
    other.give_password()
    answer = other.post("/sign-in/code/", code=held.phone.code())
    assert answer.url == "/security/reset/held/?next=%2Faccount%2F"
    shown = other.get(answer.url).content.decode()
    assert "Is this you?" in shown
    assert "Cancel the reset" in shown
    assert 'href="/account/"' in shown


@pytest.mark.parametrize("where", ["/account/", "/security/"])
def test_every_live_session_shows_it(held, clock, where):
    clock.forward(60)
    shown = held.elsewhere().sign_in_past_the_question().get(where).content.decode()
    assert "A new device waits to take over" in shown
    assert "Cancel the reset" in shown


def cancelled_by_a_session(held):
    held.elsewhere().sign_in_past_the_question().post("/security/reset/cancel/")


def cancelled_by_the_mailed_link(held):
    outbox.sweep()
    [letter] = [m for m in mail.outbox if "about to take over" in m.subject and m.to == ["spare@example.com"]]
    link = "/security/undo/" + letter.body.split("/security/undo/")[1].split()[0]
    stranger = held.elsewhere()
    for method in (stranger.get, stranger.client.head, stranger.get):
        assert method(link).status_code == 200
    assert Enrollment.objects.of(held.user).waiting().exists()  # looking at it changes nothing
    assert "It is stopped" in stranger.post(link).content.decode()
    assert stranger.get(link).status_code == 200


def cancelled_by_row_1(held):
    other = held.elsewhere().sign_in_past_the_question()
    other.answer("email", email=held.user.email)
    other.walk_to("done", "code")


@pytest.mark.parametrize("cancel", [cancelled_by_a_session, cancelled_by_the_mailed_link, cancelled_by_row_1])
def test_it_can_be_stopped(held, clock, cancel):
    clock.forward(60)
    cancel(held)
    assert not Enrollment.objects.of(held.user).waiting().exists()
    assert Event.objects.get(kind=Kind.ENROLLMENT_CANCELLED).detail["was_held"] is True
    assert len(mails("Setting up a new device was cancelled")) == 2
    clock.forward(2 * DAY)
    assert new_phone_signs_in(held).status_code == 200
    assert "New phone" not in live(held) or cancel is cancelled_by_row_1


def test_a_session_of_a_password_alone_does_not_stop_it(held, clock):
    """A trusted browser has shown one factor."""
    clock.forward(60)
    other = held.elsewhere().sign_in_past_the_question()
    Session.objects.filter(person=held.user).update(second_factor="", proved_at=None)
    assert other.post("/security/reset/cancel/").url.startswith("/security/step-up/")
    assert Enrollment.objects.of(held.user).waiting().exists()


def test_it_lapses_seven_days_after_it_ripened(held, clock):
    clock.forward(8 * DAY - 1)
    assert Enrollment.objects.of(held.user).waiting().exists()
    clock.forward(2)
    assert new_phone_signs_in(held).status_code == 200
    assert live(held) == ["Old phone"]


def test_a_second_mailed_code_is_refused_meanwhile(held, clock):
    clock.forward(60)
    other = held.elsewhere().sign_in_past_the_question()
    other.answer("email", email=held.user.email)
    other.walk_to("proof")
    refused = other.post("/security/reset/proof/mail/")
    assert refused.status_code == 200
    assert "A new device waits already" in refused.content.decode()
    assert Enrollment.objects.of(held.user).waiting().exists()


def test_starting_another_journey_does_not_end_the_wait(held, clock):
    clock.forward(60)
    other = held.elsewhere().sign_in_past_the_question()
    other.answer("email", email=held.user.email)
    assert Enrollment.objects.of(held.user).waiting().exists()
    assert Enrollment.objects.of(held.user).open().exists()


def test_the_policy_has_the_last_word_at_the_take_over(held, clock):
    clock.forward(DAY + 1)
    type(held.user).objects.update(is_staff=True)
    assert new_phone_signs_in(held).status_code == 200
    assert live(held) == ["Old phone"]


def test_the_screens_of_a_waiting_journey_lead_to_the_page(held):
    for screen in ("notice", "code", "scan", "confirm"):
        assert held.screen(screen).url == "/security/reset/held/", screen
        assert held.answer(screen).url == "/security/reset/held/", screen


def test_a_trusted_browser_ends_and_a_known_one_elsewhere_is_forgotten_with_the_swap(held, clock):
    other = held.elsewhere()
    clock.forward(60)
    other.give_password()
    other.post("/sign-in/code/", code=held.phone.code(), trust_browser="on")
    assert TrustedBrowser.objects.of(held.user).live().count() == 1
    clock.forward(DAY)
    new_phone_signs_in(held)
    assert not TrustedBrowser.objects.of(held.user).live().exists()
    assert KnownBrowser.objects.count() == 1
    assert other.get("/account/").status_code == 302


class TestStolen:
    @pytest.fixture
    def stolen(self, owner, clock):
        owner.begin_locked_out().walk_to("notice")
        owner.answer("notice", stolen="on")
        return owner

    def old_phone_signs_in(self, someone):
        other = someone.elsewhere()
        other.give_password()
        return other.post("/sign-in/code/", code=someone.phone.code())

    def test_it_counts_only_once_the_mailed_code_was_right(self, stolen, clock):
        assert self.old_phone_signs_in(stolen).status_code == 302

    def test_from_then_on_the_old_device_proves_nothing(self, stolen, clock):
        stolen.walk_to("verified")
        clock.forward(31)
        assert self.old_phone_signs_in(stolen).status_code == 200

    def test_all_through_the_wait(self, stolen, clock):
        stolen.walk_to("confirm").answer_right("confirm")
        clock.forward(DAY)
        assert self.old_phone_signs_in(stolen).status_code == 200
        assert Authenticator.objects.of(stolen.user).paired().count() == 1

    def test_the_password_alone_does_not_sign_in_meanwhile(self, stolen, clock):
        stolen.walk_to("confirm").answer_right("confirm")
        clock.forward(60)
        other = stolen.elsewhere()
        assert other.give_password().url == "/sign-in/code/"

    def test_giving_up_leaves_everything_as_it_was(self, stolen, clock):
        stolen.walk_to("verified")
        clock.forward(minutes=31)
        assert self.old_phone_signs_in(stolen).status_code == 302

    def test_stopping_it_gives_the_device_back(self, stolen, clock):
        stolen.walk_to("confirm").answer_right("confirm")
        outbox.sweep()
        letter = next(m for m in mail.outbox if "about to take over" in m.subject)
        stolen.elsewhere().post("/security/undo/" + letter.body.split("/security/undo/")[1].split()[0])
        clock.forward(31)
        assert self.old_phone_signs_in(stolen).status_code == 302

    def test_after_the_swap_it_is_on_record(self, stolen, clock):
        stolen.walk_to("confirm").answer_right("confirm")
        clock.forward(3 * DAY + 1)
        assert new_phone_signs_in(stolen).url == "/account/"
        old = Authenticator.objects.get(name="Old phone")
        assert old.reported_stolen_at == old.revoked_at == timezone.now()


def test_a_stronger_proof_takes_the_place_of_a_device_that_waits(held, clock):
    """After a forgotten password row 1 waits as well: the one of two that was proven last goes on."""
    clock.forward(60)
    other = held.elsewhere().sign_in_past_the_question()
    held.user.security_profile.change(mail_closed_until=timezone.now() + timedelta(days=6))
    other.answer("email", email=held.user.email)
    other.walk_to("confirm", "code")
    assert other.answer_right("confirm").url == "/security/reset/held/"
    waiting = Enrollment.objects.of(held.user).waiting().get()
    assert waiting.proof == "authenticator"
    assert Event.objects.get(kind=Kind.ENROLLMENT_CANCELLED).detail["was_held"] is True
