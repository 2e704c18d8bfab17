"""The link that staff have sent: what it takes to open it, how often it opens, and when it is over."""

import pytest
from django.core import mail

from accounts.models import User
from security.flows import enrollments, holds
from security.models import Authenticator, Enrollment, Event, Kind, OutboxMessage, SecurityProfile
from tests.journeys.test_staff_link import DAY, NO, live, open_link, pair, send_link, told
from tests.people import PASSWORD, Someone

WRONG = "not the right password"


class TestTheLink:
    def test_looking_is_nothing_however_often(self, owner, clock):
        link = send_link(owner)
        for _ in range(3):
            answer = Someone(owner.user).get(link)
            assert answer.status_code == 200
            assert answer["Referrer-Policy"] == "strict-origin"
            assert 'name="password"' in answer.content.decode()
        assert not Enrollment.objects.exists()
        open_link(owner, link)

    def test_it_needs_the_password_and_wrong_ones_are_counted(self, owner, clock):
        link = send_link(owner)
        for _ in range(5):
            answer = owner.post(link, password=WRONG)
            assert answer.status_code == 200
            assert "That password is not right." in answer.content.decode()
        assert "Wait 30 seconds" in owner.post(link, password=PASSWORD).content.decode()
        assert Event.objects.filter(kind=Kind.PASSWORD_REFUSED).count() == 5
        assert not Enrollment.objects.exists()
        clock.forward(31)
        open_link(owner, link)

    def test_from_a_busy_network_it_waits(self, owner, stranger, clock):
        link = send_link(owner)
        for number in range(10):
            other = stranger.elsewhere()
            other.post("/sign-in/", email=f"nobody{number}@example.com")
            other.post("/sign-in/password/", password=WRONG)
        assert owner.post(link, password=PASSWORD).status_code == 429

    def test_a_second_use_in_the_same_browser_takes_up_the_same_journey(self, owner, clock):
        link = send_link(owner)
        open_link(owner, link).walk_to("scan")
        key = owner.setup_key()
        assert owner.get(link).url == "/security/reset/scan/"
        assert owner.post(link, password=PASSWORD).url == "/security/reset/scan/"
        owner.post("/sign-in/", email=owner.user.email)  # the pending sign-in is forgotten
        assert owner.get(link).status_code == 200
        assert owner.post(link, password=PASSWORD).url == "/security/reset/scan/"
        assert owner.setup_key() == key
        assert Enrollment.objects.count() == 1

    def test_in_another_browser_it_is_used(self, owner, clock):
        link = send_link(owner)
        open_link(owner, link)
        other = owner.elsewhere()
        for answer in (other.get(link), other.post(link, password=PASSWORD)):
            assert answer.status_code == 404
            assert "no longer good" in answer.content.decode()
        assert Enrollment.objects.count() == 1

    @pytest.mark.parametrize("later", [1801, 2 * DAY])
    def test_a_journey_that_was_left_lying_does_not_bring_it_back(self, owner, clock, later):
        link = send_link(owner)
        open_link(owner, link)
        clock.forward(later)
        assert owner.get(link).status_code == 404
        assert owner.post(link, password=PASSWORD).status_code == 404

    def test_while_the_device_waits_it_leads_to_the_page_that_says_so(self, owner, clock):
        link = send_link(owner)
        pair(owner, link)
        assert owner.get(link).url == "/security/reset/held/"
        assert owner.elsewhere().get(link).status_code == 404

    def test_it_is_good_for_a_day(self, owner, clock):
        link = send_link(owner)
        clock.forward(DAY - 1)
        assert owner.get(link).status_code == 200
        clock.forward(1)
        assert owner.get(link).status_code == 404
        assert owner.post(link, password=PASSWORD).status_code == 404

    def test_a_newer_one_overtakes_it(self, owner, clock):
        older = send_link(owner)
        clock.forward(60)
        newer = send_link(owner)
        assert owner.get(older).status_code == 404
        open_link(owner, newer)

    def test_it_dies_with_the_epoch(self, owner, clock):
        link = send_link(owner)
        other = owner.elsewhere().sign_in()
        clock.forward(31)
        other.walk_to("done", "code")
        assert owner.get(link).status_code == 404

    @pytest.mark.parametrize("token", ["x", "1", "owner@example.com", "a" * 24, "a" * 24 + ".dev." + "0" * 64])
    def test_it_cannot_be_made_up(self, owner, clock, token):
        send_link(owner)
        for path in (f"/security/reset/link/{token}/", f"/security/reset/link/{owner.user.pk}/"):
            assert owner.get(path).status_code == 404
            assert owner.post(path, password=PASSWORD).status_code == 404

    def test_the_link_of_another_mail_is_none(self, owner, clock):
        link = send_link(owner)
        message = OutboxMessage.objects.get(what="assisted_reset")
        OutboxMessage.objects.filter(pk=message.pk).update(what="password_link")
        assert owner.get(link).status_code == 404


class TestSignedIn:
    def test_as_oneself_the_journey_is_gone_in_the_session_there_is(self, owner, clock):
        link = send_link(owner)
        owner.sign_in()
        clock.forward(31)
        assert pair(owner, link).url == "/security/reset/held/"
        assert "Is this you?" in owner.get("/security/reset/held/").content.decode()

    def test_as_somebody_else_nothing_is_asked_and_nothing_begins(self, owner, stranger, clock):
        link = send_link(owner)
        stranger.sign_in()
        for answer in (stranger.get(link), stranger.post(link, password=PASSWORD)):
            assert answer.status_code == 200
            assert "You are signed in as stranger@example.com" in answer.content.decode()
            assert 'name="password"' not in answer.content.decode()
        assert not Enrollment.objects.exists()


class TestSayingNo:
    def no_in(self, someone, link):
        return NO.search(someone.get(link).content.decode())[0]

    @pytest.mark.parametrize("when", ["unused", "under way", "waiting"])
    def test_the_link_that_says_no_ends_it(self, owner, clock, when):
        link = send_link(owner)
        no = self.no_in(owner, link)
        if when != "unused":
            open_link(owner, link).walk_to("confirm")
        if when == "waiting":
            owner.answer_right("confirm")
        clock.forward(60)
        stopping = Someone(owner.user)
        assert "Cancel the" in stopping.get(no).content.decode()
        assert "It is stopped" in stopping.post(no).content.decode()
        assert owner.get(link).status_code == 404
        assert enrollments.waiting(owner.user) is None
        assert not Enrollment.objects.open().exists()
        assert live(owner) == ["Old phone"]
        assert told("Setting up a new device was cancelled") == ["owner@example.com"]
        clock.forward(3 * DAY)
        if when == "waiting":
            owner.give_password()
            assert owner.post("/sign-in/code/", code=owner.new_phone.code()).status_code == 200
            assert live(owner) == ["Old phone"]

    def test_after_the_swap_it_freezes_at_once(self, owner, clock):
        link = send_link(owner, second_approver=True)
        no = self.no_in(owner, link)
        pair(owner, link)
        clock.forward(60)
        assert Someone(owner.user).post(no).status_code == 302
        assert SecurityProfile.objects.get(person=owner.user).is_frozen
        assert owner.get("/account/").status_code == 302


class TestFrozen:
    @pytest.fixture
    def frozen(self, owner, clock):
        """Somebody replaced the owner's device with a mailed code; the owner said no, and has nothing left."""
        thief = owner.elsewhere()
        thief.sign_in().walk_to("done")
        Authenticator.objects.filter(name="Old phone").update(sealed_secret="")
        clock.forward(60)
        told("was replaced")
        [message] = [message for message in mail.outbox if "was replaced" in message.subject]
        no = NO.search(message.body)[0]
        owner.post(no)
        clock.forward(60)
        owner.user.refresh_from_db()
        assert SecurityProfile.objects.get(person=owner.user).is_frozen
        owner.thief, owner.no = thief, no
        return owner

    def test_with_a_second_approver_the_account_opens_at_once(self, frozen, clock):
        assert pair(frozen, send_link(frozen, second_approver=True)).url == "/security/"
        assert not SecurityProfile.objects.get(person=frozen.user).is_frozen
        assert live(frozen) == ["New phone"]
        assert Authenticator.objects.of(frozen.user).filter(confirmed=True).count() == 1

    def test_otherwise_it_opens_when_the_wait_is_over_even_if_the_freeze_is_not(self, frozen, clock, settings):
        settings.SECURITY_HOLD_RISK = DAY
        pair(frozen, send_link(frozen))
        clock.forward(DAY - 60)
        assert frozen.give_password().url.startswith("/security/undo/")
        clock.forward(120)
        assert holds.opens_a_freeze(frozen.user)
        assert SecurityProfile.objects.get(person=frozen.user).is_frozen
        assert frozen.give_password().url == "/sign-in/code/"
        assert frozen.post("/sign-in/code/", code=frozen.new_phone.code()).url == "/account/"
        assert not SecurityProfile.objects.get(person=frozen.user).is_frozen
        assert live(frozen) == ["New phone"]

    def test_nothing_else_signs_in_meanwhile(self, frozen, clock, settings):
        settings.SECURITY_HOLD_RISK = DAY
        pair(frozen, send_link(frozen))
        clock.forward(DAY + 60)
        frozen.thief.give_password()
        answer = frozen.thief.post("/sign-in/code/", code=frozen.thief.new_phone.code())
        assert answer.status_code == 200
        assert "not right" in answer.content.decode()
        assert frozen.thief.post("/sign-in/recovery-code/", code="A" * 16).url == "/sign-in/"
        assert SecurityProfile.objects.get(person=frozen.user).is_frozen

    def test_a_link_from_before_the_freeze_is_dead(self, owner, clock):
        link = send_link(owner)
        User.objects.update(security_epoch=7)
        assert owner.get(link).status_code == 404
