"""Row 7: staff have a link sent; with it and the password a new device is paired, and waits."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from security import outbox
from security.actor import Actor, Role
from security.flows import assisted, recovery_codes, support
from security.models import (
    Authenticator,
    Enrollment,
    Event,
    Kind,
    OutboxMessage,
    SecurityProfile,
    Session,
    SupportCase,
)
from security.refusals import Reason
from security.sessions import SessionStore
from tests.people import PASSWORD, long_ago, make

DAY = 86400
HELPER = Actor(Role.STAFF, "helper@example.com")
LINK = re.compile(r"/security/reset/link/[\w.]+/")
NO = re.compile(r"/security/undo/[\w.]+/")


def send_link(someone, *, case=None, second_approver=False):
    grounds = assisted.Grounds("lost everything", case=case)
    if second_approver:
        one, other = colleagues()
        asked = assisted.request(someone.user, grounds, staff=one, actor=HELPER)
        assert assisted.approve(asked, reason="checked", staff=other, actor=HELPER) is None
    else:
        assert isinstance(assisted.start(someone.user, grounds, actor=HELPER), Event)
    return newest_link()


def colleagues():
    """Two members of staff."""
    return [make(f"helper-{n}@example.com", is_staff=True, is_superuser=True).user for n in (1, 2)]


def newest_link(subject="Set up a new device"):
    outbox.sweep()
    message = [message for message in mail.outbox if subject in message.subject][-1]
    return LINK.search(message.body)[0]


def told(subject):
    outbox.sweep()
    return sorted(message.to[0] for message in mail.outbox if subject in message.subject)


def live(someone):
    return [device.name for device in Authenticator.objects.of(someone.user).live()]


def open_link(someone, link):
    """With the right password, to the first screen of the journey."""
    answer = someone.post(link, password=PASSWORD)
    assert answer.url == "/security/reset/app/", answer.content.decode()
    return someone


def pair(someone, link):
    """Through the whole journey; the answer to its last screen."""
    return open_link(someone, link).walk_to("confirm").answer_right("confirm")


@pytest.fixture
def owner_of_two(owner):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.com", long_ago()
    owner.user.save()
    return owner


class TestTheStory:
    def test_it_is_held_for_72_hours_and_then_takes_over(self, owner_of_two, clock):
        both = ["owner@example.com", "spare@example.com"]
        owner = owner_of_two
        case = self.asked(owner)
        link = send_link(owner, case=case)
        assert told("Set up a new device") == both
        event = Event.objects.get(kind=Kind.ASSISTED_RESET_STARTED)
        assert event.detail == {
            "reason": "lost everything",
            "ticket": "",
            "checked": "",
            "asked_by": "",
            "case": case.public_id,
            "epoch": owner.user.security_epoch,
            "second_approver": False,
        }
        assert (event.actor, event.actor_name) == ("staff", "helper@example.com")

        page = owner.get(link).content.decode()
        assert "owner@example.com" in page
        assert "takes over after 72 hours" in page
        assert pair(owner, link).url == "/security/reset/held/"
        assert live(owner) == ["Old phone"]
        assert owner.get("/security/").url.startswith("/sign-in/")
        shown = owner.get("/security/reset/held/").content.decode()
        assert "27 November 2036, 12:00 (UTC)" in shown
        assert told("A new device is about to take over") == both

        clock.forward(3 * DAY - 60)
        owner.give_password()
        assert owner.post("/sign-in/code/", code=owner.new_phone.code()).status_code == 200
        clock.forward(120)
        owner.give_password()
        assert owner.post("/sign-in/code/", code=owner.new_phone.code()).url == "/account/"
        assert live(owner) == ["New phone"]
        swap = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
        assert (swap.detail["row"], swap.detail["proof"]) == ("7", "staff")
        assert told("was replaced") == both
        profile = SecurityProfile.objects.get(person=owner.user)
        assert profile.probation_until == timezone.now() + timedelta(days=3)

    def asked(self, owner):
        owner.post("/help/ask-support/", email=owner.user.email)
        return SupportCase.objects.get()

    def test_with_a_second_approver_it_takes_over_at_once(self, owner, clock):
        link = send_link(owner, second_approver=True)
        assert "takes over at once" in owner.get(link).content.decode()
        assert pair(owner, link).url == "/security/"
        assert live(owner) == ["New phone"]
        assert "Your new device works" in owner.get("/security/").content.decode()
        swap = Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED)
        assert (swap.detail["row"], swap.detail["hold"]) == ("7", "0")
        assert SecurityProfile.objects.get(person=owner.user).is_on_probation
        assert Session.objects.get(person=owner.user).second_factor == "authenticator"

    def test_a_case_is_closed_by_staff_and_not_by_the_link(self, owner, clock):
        case = self.asked(owner)
        pair(owner, send_link(owner, case=case, second_approver=True))
        case.refresh_from_db()
        assert case.closed_at is None
        assert support.close(case, reason="helped", actor=HELPER)

    def test_what_was_there_before_is_suspended_and_may_still_contest(self, owner, clock):
        sheet = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor())
        clock.forward(1)
        pair(owner, send_link(owner, second_approver=True))
        clock.forward(60)
        other = owner.elsewhere()
        other.give_password()
        answer = other.post("/sign-in/code/", code=owner.phone.code())
        assert "This wasn’t me" in answer.content.decode()
        no = NO.search(answer.content.decode())[0]
        assert other.post(no).status_code == 302
        assert SecurityProfile.objects.get(person=owner.user).is_frozen
        new_password = "a wholly new battery staple"
        done = other.post(no, password=PASSWORD, code=sheet.codes[0], new_password=new_password)
        assert "yours again" in done.content.decode()
        assert live(owner) == ["Old phone"]


class TestStaff:
    def test_for_staff_there_is_no_link_without_a_second_approver(self, staff, clock):
        refusal = assisted.start(staff.user, assisted.Grounds("lost"), actor=HELPER)
        assert refusal.reason == Reason.SECOND_APPROVER
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()

    def test_with_one_it_takes_over_at_once(self, staff, clock):
        assert pair(staff, send_link(staff, second_approver=True)).url == "/security/"
        assert live(staff) == ["New phone"]

    def test_who_becomes_staff_meanwhile_is_refused_at_the_swap(self, owner, clock):
        link = send_link(owner)
        open_link(owner, link).walk_to("confirm")
        User.objects.update(is_staff=True)
        assert owner.answer_right("confirm").status_code == 200
        assert live(owner) == ["Old phone"]


class TestWhoGetsALink:
    def test_nobody_whose_address_is_too_new(self, owner, clock):
        User.objects.update(email_changed_at=timezone.now() - timedelta(days=2))
        owner.user.refresh_from_db()
        refusal = assisted.start(owner.user, assisted.Grounds("lost"), actor=HELPER)
        assert refusal.reason == Reason.ADDRESS_TOO_NEW
        assert refusal.until == timezone.now() + timedelta(days=5)
        assert not OutboxMessage.objects.exists()

    def test_an_address_that_is_too_new_is_told_without_the_link(self, owner, clock):
        User.objects.update(recovery_email="new@example.com", recovery_email_confirmed_at=timezone.now())
        owner.user.refresh_from_db()
        send_link(owner)
        [message] = [message for message in mail.outbox if message.to == ["new@example.com"]]
        assert not LINK.search(message.body)
        assert NO.search(message.body)

    def test_nobody_who_signs_in_without_a_device_or_not_at_all(self, newcomer, clock):
        gone, [colleague, _] = make("gone@example.com", is_active=False), colleagues()
        for someone in (newcomer, gone):
            for refusal in (
                assisted.start(someone.user, assisted.Grounds("lost"), actor=HELPER),
                assisted.request(someone.user, assisted.Grounds("lost"), staff=colleague, actor=HELPER),
            ):
                assert refusal.reason == Reason.NOT_OFFERED

    def test_the_mail_alone_changes_nothing(self, owner, clock):
        owner.sign_in()
        send_link(owner)
        assert live(owner) == ["Old phone"]
        assert owner.get("/account/").status_code == 200
        assert not Enrollment.objects.exists()
