"""A mail server that is away: one mail at a time finds out, the others wait untried, and all leave when it is back."""

import pytest

from config import env
from security import events, outbox, postbox
from security.models import Kind, OutboxMessage
from tests.security.test_outbox import HERE, now, wait_of
from tests.servers import free_port


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


@pytest.fixture
def no_server(settings, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{free_port()}")
    settings.MAILERS = env.mailers("EMAIL_URL")


def test_a_server_that_is_gone_is_asked_again_soon_however_long_it_was_gone(notice, no_server, clock):
    for attempt in range(1, 9):
        postbox.circuit.close()
        assert outbox.deliver(notice.pk) is False
        assert (now(notice).delivered_at, now(notice).given_up_at) == (None, None)
        assert now(notice).attempts == attempt
        assert now(notice).trouble.startswith("ConnectionRefusedError")
        assert 4 <= wait_of(notice) <= 6
        clock.forward(wait_of(notice))


def test_one_mail_finds_out_and_the_others_wait_untried(owner, notice, no_server, clock):
    others = [outbox.promise("enrollment_cancelled", f"{n}@example.com", owner.user, notice.event) for n in range(5)]
    assert outbox.sweep() == 0
    assert [now(other).attempts for other in [notice, *others]] == [1, 0, 0, 0, 0, 0]
    assert outbox.deliver(others[0].pk) is False
    assert now(others[0]).attempts == 0


def test_when_it_is_back_all_leave(owner, notice, no_server, settings, inbox, clock, monkeypatch):
    for number in range(5):
        outbox.promise("enrollment_cancelled", f"{number}@example.com", owner.user, notice.event)
    outbox.sweep()
    monkeypatch.undo()
    settings.MAILERS = env.mailers("EMAIL_URL")
    postbox.circuit.close()
    clock.forward(6)
    assert outbox.sweep() == 6
    assert len(inbox.mails) == 6


def test_a_server_that_says_no_to_one_mail_is_not_taken_for_gone(owner, notice, server):
    other = outbox.promise("enrollment_cancelled", "spare@example.com", owner.user, notice.event)
    server.answer = "451 busy"
    outbox.sweep()
    assert [now(mail).attempts for mail in (notice, other)] == [1, 1]


def test_who_waits_for_a_code_does_not_wait_long_for_the_next_try(coded, server, clock):
    server.answer = "451 busy"
    for _ in range(6):
        outbox.deliver(coded.pk)
        assert wait_of(coded) <= 12
        clock.forward(wait_of(coded))
    assert now(coded).attempts == 6
