"""The outbox: what was promised is sent once, tried again while there is hope, and given up loudly after that."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from config import env
from security import events, outbox
from security.actor import Actor
from security.models import Enrollment, Kind, OutboxMessage, SecurityProfile, VerificationCode
from tests.servers import free_port

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
LEASE, DAY = 12, 86400


@pytest.fixture
def notice(owner, clock):
    """A promised notice without a code."""
    events.record(Kind.ENROLLMENT_CANCELLED, owner.user, HERE, was_serious=True)
    return OutboxMessage.objects.get()


@pytest.fixture
def coded(owner, clock):
    """A promised mail with a code, whose owner waits at `code`."""
    owner.sign_in().walk_to("code")
    return OutboxMessage.objects.get()


@pytest.fixture
def server(settings, inbox):
    """A real SMTP server that takes what is sent, until it is told otherwise."""
    settings.MAILERS = env.mailers("EMAIL_URL")
    return inbox


def now(message):
    return OutboxMessage.objects.get(pk=message.pk)


def wait_of(message):
    return (now(message).due_at - timezone.now()).total_seconds()


def test_a_promise_shares_the_fate_of_its_transaction(owner, notice):
    with transaction.atomic():
        outbox.promise("enrollment_cancelled", "spare@example.com", owner.user, notice.event)
        transaction.set_rollback(True)
    assert OutboxMessage.objects.get() == notice


def test_a_promise_is_due_at_once_and_has_a_name_of_its_own(owner, notice):
    other = outbox.promise("enrollment_cancelled", "spare@example.com", owner.user, notice.event)
    assert notice.public_id != other.public_id
    assert list(OutboxMessage.objects.due()) == [notice, other]


def test_what_was_promised_is_sent_once(notice):
    assert outbox.deliver(notice.pk) is True
    assert outbox.deliver(notice.pk) is False
    assert outbox.sweep() == 0
    assert len(mail.outbox) == 1
    assert (now(notice).delivered_at, now(notice).attempts) == (timezone.now(), 1)


def test_a_mail_that_nobody_promised_is_nothing(db):
    assert outbox.deliver(4711) is False
    assert outbox.sweep() == 0


def test_a_mail_that_is_being_sent_is_not_sent_by_another(notice):
    outbox._claim(notice.pk)  # by a process that is still at it
    assert outbox.deliver(notice.pk) is False
    assert outbox.sweep() == 0
    assert mail.outbox == []


def test_a_mail_whose_sender_died_is_sent_after_its_lease(notice, clock):
    outbox._claim(notice.pk)
    clock.forward(LEASE - 1)
    assert outbox.sweep() == 0
    clock.forward(1)
    assert outbox.sweep() == 1
    assert now(notice).attempts == 2


def test_the_lease_is_longer_than_the_patience_with_a_mail_server():
    assert env.SMTP_TIMEOUT < LEASE


def test_the_sweep_sends_the_oldest_first_and_not_all_at_once(owner, notice, clock):
    for number in range(4):
        clock.forward(1)
        outbox.promise("enrollment_cancelled", f"{number}@example.com", owner.user, notice.event)
    assert outbox.sweep(limit=3) == 3
    assert [message.to[0] for message in mail.outbox] == ["owner@example.com", "0@example.com", "1@example.com"]
    assert outbox.sweep(limit=3) == 2
    assert outbox.sweep(limit=3) == 0


def test_the_sweep_sends_first_what_people_wait_for(coded, owner, clock):
    for days in range(1, 4):  # promised later, due long since
        long_since = timezone.now() - timedelta(days=days)
        outbox.promise("enrollment_cancelled", "spare@example.com", owner.user, coded.event, wanted_at=long_since)
    assert outbox.sweep(limit=1) == 1
    assert now(coded).delivered_at is not None
    assert outbox.sweep() == 3


def test_delivery_is_when_the_code_begins_to_run_out(coded, clock):
    clock.forward(90)
    outbox.deliver(coded.pk)
    code = VerificationCode.objects.get()
    assert code.sent_at == timezone.now()
    assert code.expires_at == timezone.now() + timedelta(minutes=10)


@pytest.mark.parametrize("answer", ["421 try again later", "451 busy", "452 disk full"])
def test_a_server_that_says_later_is_tried_again_later(notice, server, clock, answer):
    server.answer = answer
    for attempt in range(1, 45):
        assert outbox.deliver(notice.pk) is False
        assert now(notice).attempts == attempt
        plan = min(max(5, (timezone.now() - notice.wanted_at).total_seconds() / 5), 900)
        assert 0.8 * plan <= wait_of(notice) <= 1.2 * plan
        clock.forward(wait_of(notice) - 1)
        assert outbox.sweep() == 0
        clock.forward(1.001)
    assert plan == 900
    server.answer = "250 OK"
    assert outbox.sweep() == 1
    assert len(server.to("owner@example.com")) == 1
    assert (now(notice).trouble, now(notice).given_up_at) == ("", None)


@pytest.mark.parametrize("answer", ["550 no such mailbox", "554 no"])
def test_a_server_that_says_never_is_believed(notice, server, clock, answer):
    server.answer = answer
    assert outbox.deliver(notice.pk) is False
    assert now(notice).given_up_at == timezone.now()
    assert now(notice).trouble.startswith("SMTPDataError")
    clock.forward(DAY)
    assert outbox.sweep() == 0
    assert now(notice).attempts == 1


@pytest.fixture
def recipients(server):
    """What the server says to `RCPT TO`."""

    def say(answer):
        async def handle_rcpt(smtp, session, envelope, address, options):
            return answer

        server.handle_RCPT = handle_rcpt

    yield say
    del server.handle_RCPT


@pytest.mark.parametrize(("answer", "is_final"), [("550 unknown", True), ("450 greylisted", False)])
def test_a_recipient_who_is_unknown_is_given_up_and_a_greylisted_one_is_not(notice, recipients, answer, is_final):
    recipients(answer)
    assert outbox.deliver(notice.pk) is False
    assert now(notice).trouble.startswith("SMTPRecipientsRefused")
    assert (now(notice).given_up_at is not None) is is_final
    assert SecurityProfile.objects.of(notice.person).mail_refused_at == (timezone.now() if is_final else None)


def test_a_notice_is_tried_for_a_day(notice, server, clock):
    server.answer = "451 busy"
    clock.forward(DAY - 1)
    outbox.deliver(notice.pk)
    assert now(notice).given_up_at is None
    clock.forward(wait_of(notice) + 0.001)
    outbox.deliver(notice.pk)
    assert now(notice).given_up_at == timezone.now()
    assert now(notice).trouble == "SMTPDataError: (451, b'busy')"
    assert SecurityProfile.objects.of(notice.person).mail_refused_at == timezone.now()


def test_a_server_that_is_away_for_a_day_says_nothing_about_anybody(notice, settings, monkeypatch, clock):
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{free_port()}")
    settings.MAILERS = env.mailers("EMAIL_URL")
    clock.forward(DAY)
    outbox.deliver(notice.pk)
    assert now(notice).given_up_at == timezone.now()
    assert SecurityProfile.objects.of(notice.person).mail_refused_at is None


def test_a_mail_with_a_code_is_tried_for_as_long_as_the_code_lives(coded, server, clock):
    server.answer = "451 busy"
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(hours=2))
    clock.forward(30 * 60 - 1)
    outbox.deliver(coded.pk)
    assert now(coded).given_up_at is None
    clock.forward(wait_of(coded) + 0.001)
    server.answer = "250 OK"
    assert outbox.sweep() == 0
    assert (now(coded).given_up_at, now(coded).trouble) == (timezone.now(), "the code is no longer good")
    assert server.mails == []


def is_used(owner, clock):
    OutboxMessage.objects.update(due_at=timezone.now() + timedelta(seconds=1))
    owner.reads_mail = False
    owner.walk_to("verified")
    clock.forward(1)


def is_superseded(owner, clock):
    OutboxMessage.objects.update(due_at=timezone.now() + timedelta(seconds=60))
    clock.forward(60)
    owner.post("/security/reset/code/again/")
    OutboxMessage.objects.latest("pk").delete()


def has_expired(owner, clock):
    clock.forward(30 * 60)


def is_cancelled(owner, clock):
    owner.post("/security/reset/cancel/")
    OutboxMessage.objects.filter(code=None).delete()


def is_of_an_old_epoch(owner, clock):
    type(owner.user).objects.update(security_epoch=7)


@pytest.mark.parametrize("end", [is_used, is_superseded, has_expired, is_cancelled, is_of_an_old_epoch])
def test_no_mail_leaves_with_a_code_that_is_no_longer_good(owner, coded, clock, end):
    end(owner, clock)
    assert now(coded).delivered_at is None
    assert outbox.deliver(coded.pk) is False
    assert mail.outbox == []
    assert (now(coded).given_up_at, now(coded).trouble) == (timezone.now(), "the code is no longer good")
    assert outbox.sweep() == 0


def test_a_retried_mail_carries_the_same_code(owner, coded, server, clock):
    server.answer = "451 busy"
    outbox.deliver(coded.pk)
    server.answer = "250 OK"
    clock.forward(wait_of(coded) + 0.001)
    outbox.deliver(coded.pk)
    OutboxMessage.objects.update(delivered_at=None, due_at=timezone.now())  # died before it could say so
    outbox.deliver(coded.pk)
    first, second = server.codes("owner@example.com")
    assert first == second
    assert owner.answer("code", code=first).status_code == 302


def test_one_mail_that_cannot_be_written_does_not_stop_the_others(owner, notice):
    OutboxMessage.objects.update(what="there_is_no_such_template")
    outbox.promise("enrollment_cancelled", "spare@example.com", owner.user, notice.event)
    assert outbox.sweep() == 1
    assert now(notice).trouble.startswith("TemplateDoesNotExist")


def test_delivered_and_given_up_are_never_both(notice):
    outbox.deliver(notice.pk)
    with pytest.raises(IntegrityError, match="delivered_or_given_up_not_both"), transaction.atomic():
        OutboxMessage.objects.update(given_up_at=timezone.now())


def test_giving_up_is_logged_without_an_address(notice, server, caplog):
    server.answer = "550 owner@example.com is unknown"
    outbox.deliver(notice.pk)
    [line] = [record.getMessage() for record in caplog.records if record.name == "security.outbox"]
    assert line == f"mail {notice.public_id} given up: SMTPDataError"


def test_the_page_says_what_became_of_the_mail(owner, coded, server, clock):
    def state():
        return owner.get("/security/reset/code/status/").json()["state"]

    assert state() == "queued"
    server.answer = "550 no"
    outbox.sweep()
    assert state() == "failed"
    clock.forward(60)
    server.answer = "250 OK"
    owner.post("/security/reset/code/again/")
    assert state() == "queued"
    outbox.sweep()
    assert state() == "sent"
