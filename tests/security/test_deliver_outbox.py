"""`manage.py deliver_outbox`: what the worker does, without the worker."""

import json
import signal

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.management.commands import create_account
from config import env
from security import events, outbox
from security.actor import Actor
from security.management.commands import deliver_outbox
from security.models import Event, Kind, OutboxMessage, VerificationCode
from tests.servers import free_port, wait_until


def promise(owner, *addresses):
    event = Event.objects.first() or events.record(Kind.SESSION_ENDED, owner.user, Actor())
    return [outbox.promise("authenticator_bound", address, owner.user, event) for address in addresses]


@pytest.fixture
def deliver(capsys):
    """Runs the command; its exit code and what it printed."""

    def run(*options):
        code = 0
        try:
            call_command("deliver_outbox", *options)
        except SystemExit as stopped:
            code = stopped.code
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def no_server(settings, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{free_port()}")
    settings.MAILERS = env.mailers("EMAIL_URL")


def test_nothing_to_send(db, deliver):
    assert deliver() == (0, "0 sent, 0 waiting.\n")


def test_what_is_due_is_sent(owner, clock, deliver):
    promise(owner, "one@example.com", "two@example.com")
    assert deliver() == (0, "2 sent, 0 waiting.\n")
    assert [message.to for message in mail.outbox] == [["one@example.com"], ["two@example.com"]]
    assert deliver() == (0, "0 sent, 0 waiting.\n")


def test_more_than_one_sweep_is_sent_too(owner, clock, deliver):
    promise(owner, *(f"{number}@example.com" for number in range(outbox.SWEEP_AT_MOST + 3)))
    assert deliver() == (0, f"{outbox.SWEEP_AT_MOST + 3} sent, 0 waiting.\n")


def test_a_good_mail_behind_fifty_dead_ones_is_sent_too(owner, clock, deliver):
    """One sweep may hand over nothing and still have been full."""
    owner.sign_in().walk_to("code")
    dead = OutboxMessage.objects.get()
    for number in range(outbox.SWEEP_AT_MOST):
        outbox.promise("verification_code", f"{number}@example.com", owner.user, dead.event, dead.code)
    VerificationCode.objects.update(used_at=timezone.now())
    clock.forward(1)
    promise(owner, "good@example.com")
    assert deliver() == (0, "1 sent, 0 waiting.\n")
    assert [message.to for message in mail.outbox] == [["good@example.com"]]


def test_the_report_as_json(owner, clock, deliver):
    promise(owner, "one@example.com")
    code, printed = deliver("--json")
    assert (code, json.loads(printed)) == (0, {"sent": 1, "waiting": 0})


def test_what_could_not_be_sent_is_said_so(owner, clock, deliver, no_server):
    promise(owner, "one@example.com", "two@example.com")
    assert deliver() == (1, "0 sent, 2 waiting.\n")
    code, printed = deliver("--json")
    assert (code, json.loads(printed)) == (1, {"sent": 0, "waiting": 2})


def test_what_was_given_up_does_not_wait(owner, clock, deliver):
    [message] = promise(owner, "one@example.com")
    OutboxMessage.objects.filter(pk=message.pk).update(given_up_at=timezone.now())
    assert deliver() == (0, "0 sent, 0 waiting.\n")


@pytest.mark.parametrize("command", [deliver_outbox, create_account])
def test_help_ends_with_examples_and_exit_codes_line_by_line(capsys, command):
    with pytest.raises(SystemExit):
        call_command(command.__name__.rpartition(".")[2], "--help")
    shown = capsys.readouterr().out
    assert shown.strip().endswith(command.EXAMPLES.strip())
    assert "\n  manage.py " in command.EXAMPLES
    assert "\nexit codes: 0" in command.EXAMPLES


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_loop_sends_what_comes_and_stops_when_it_is_told_to(owner, processes, inbox, stop):
    loop = processes.start("django", "deliver_outbox", "--loop")
    for address in ("one@example.com", "two@example.com"):
        with transaction.atomic():
            promise(owner, address)
        wait_until(lambda: inbox.to(address), f"the mail to {address}", 60)  # noqa: B023
    loop.send_signal(stop)
    assert loop.wait(30) == 0
    assert [len(inbox.to(address)) for address in ("one@example.com", "two@example.com")] == [1, 1]
