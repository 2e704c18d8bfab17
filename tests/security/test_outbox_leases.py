"""Two senders of one mail: the first was so slow that its lease ran out, and a second one took the mail over."""

import pytest
from django.utils import timezone

from config import env
from security import events, outbox
from security.actor import Actor
from security.models import Kind, OutboxMessage, VerificationCode

LEASE = 12


@pytest.fixture
def server(settings, inbox):
    """A real SMTP server that takes what is sent, until it is told otherwise."""
    settings.MAILERS = env.mailers("EMAIL_URL")
    return inbox


@pytest.fixture
def notice(owner, clock):
    events.record(Kind.ENROLLMENT_CANCELLED, owner.user, Actor(), was_serious=True)
    return OutboxMessage.objects.get()


@pytest.fixture
def second(monkeypatch, server, clock):
    """Lets a second sender do all of its work while the first one is sending; what the server says to either."""

    def arrange(message, *, to_the_second, to_the_first):
        compose, outcomes = outbox._compose, []

        def slowly(claimed):
            monkeypatch.setattr(outbox, "_compose", compose)
            clock.forward(LEASE)
            server.answer = to_the_second
            outcomes.append(outbox.deliver(message.pk))
            outcomes.append(row_of(message))
            server.answer = to_the_first
            return compose(claimed)

        monkeypatch.setattr(outbox, "_compose", slowly)
        return outcomes

    return arrange


def row_of(message):
    return OutboxMessage.objects.filter(pk=message.pk).values().get()


def test_a_mail_that_arrived_is_delivered_though_the_second_sender_gave_up(notice, server, second):
    outcomes = second(notice, to_the_second="554 no", to_the_first="250 OK")
    assert outbox.deliver(notice.pk) is True
    assert outcomes[0] is False
    assert outcomes[1]["given_up_at"] is not None
    row = row_of(notice)
    assert (row["delivered_at"], row["given_up_at"], row["trouble"]) == (timezone.now(), None, "")
    assert len(server.mails) == 1
    assert outbox.sweep() == 0


def test_its_code_begins_to_run_out_then(owner, clock, server, second):
    owner.sign_in().walk_to("code")
    message = OutboxMessage.objects.get()
    second(message, to_the_second="554 no", to_the_first="250 OK")
    assert outbox.deliver(message.pk) is True
    assert VerificationCode.objects.get().sent_at == timezone.now()
    assert owner.get("/security/reset/code/status/").json()["state"] == "sent"
    assert owner.answer("code", code=server.wait_for_code("owner@example.com")).status_code == 302


@pytest.mark.parametrize("answer", ["451 busy", "554 no"])
def test_a_first_sender_that_fails_takes_no_delivery_back(notice, server, second, answer):
    outcomes = second(notice, to_the_second="250 OK", to_the_first=answer)
    assert outbox.deliver(notice.pk) is False
    assert outcomes[0] is True
    assert row_of(notice) == outcomes[1]
    assert row_of(notice)["delivered_at"] is not None
    assert outbox.sweep() == 0


@pytest.mark.parametrize("answer", ["451 busy", "554 no"])
def test_nor_does_it_put_off_or_give_up_what_the_second_tries_again(notice, server, second, answer):
    outcomes = second(notice, to_the_second="451 greylisted", to_the_first=answer)
    assert outbox.deliver(notice.pk) is False
    assert row_of(notice) == outcomes[1]
    assert row_of(notice)["trouble"] == "SMTPDataError: (451, b'greylisted')"
