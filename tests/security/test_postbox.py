"""The connection to the mail server: kept between mails, never trusted to be there."""

import smtplib
import threading
import time

import pytest
from django.core.mail import EmailMessage

from config import env
from security import postbox
from tests.mail import Inbox, MailServer
from tests.servers import free_port


class Server:
    """A mail server that can be stopped and started, with one inbox."""

    def __init__(self):
        self.port, self.inbox, self.running = free_port(), Inbox(), None

    def start(self):
        self.running = MailServer(self.port, self.inbox)
        self.running.start()

    def stop(self):
        if self.running:
            self.running.stop()
        self.running = None


@pytest.fixture
def server(settings, monkeypatch):
    server = Server()
    server.start()
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.port}")
    settings.MAILERS = env.mailers("EMAIL_URL")
    yield server
    postbox.forget()
    server.stop()


def send(number=0):
    postbox.send(EmailMessage("Subject", "Text", "account@example.com", [f"{number}@example.com"]))


def arrived(server):
    return [people[0] for people in server.inbox.recipients]


def connections(server):
    return len(set(server.inbox.peers))


def test_mails_that_follow_one_another_share_a_connection(server):
    for number in range(3):
        send(number)
    assert arrived(server) == ["0@example.com", "1@example.com", "2@example.com"]
    assert connections(server) == 1


def test_a_connection_that_rested_is_not_used_again(server, monkeypatch):
    send()
    monkeypatch.setattr(postbox, "KEPT_FOR", 0.0)
    send()
    assert connections(server) == 2


def test_a_server_that_was_started_anew_in_between_takes_the_next_mail(server):
    send(1)
    server.stop()
    server.start()
    send(2)
    assert arrived(server) == ["1@example.com", "2@example.com"]
    assert connections(server) == 2


def test_a_kept_connection_that_says_nothing_is_left_after_a_second(server, monkeypatch):
    monkeypatch.setattr(postbox, "TRUSTED_FOR", 0.0)
    send(1)
    server.inbox.silence = 5.0
    began = time.monotonic()
    send(2)
    assert time.monotonic() - began < 4
    assert arrived(server) == ["1@example.com", "2@example.com"]
    assert connections(server) == 2


@pytest.mark.parametrize("answer", ["451 later", "554 never"])
def test_after_a_refusal_the_next_mail_starts_anew(server, answer):
    send(1)
    server.inbox.answer = answer
    with pytest.raises(smtplib.SMTPDataError):
        send(2)
    server.inbox.answer = "250 OK"
    send(3)
    assert arrived(server) == ["1@example.com", "3@example.com"]
    assert connections(server) == 2


def test_a_server_that_is_away_is_said_and_forgotten(server):
    send(1)
    server.stop()
    with pytest.raises(OSError):
        send(2)
    server.start()
    send(3)
    assert arrived(server) == ["1@example.com", "3@example.com"]


def test_another_server_in_the_settings_is_believed(server, settings, inbox, monkeypatch):
    send(1)
    monkeypatch.undo()
    settings.MAILERS = env.mailers("EMAIL_URL")
    send(2)
    assert arrived(server) == ["1@example.com"]
    assert inbox.recipients == [["2@example.com"]]


def test_each_thread_has_its_own(server):
    send(0)
    threads = [threading.Thread(target=send, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(arrived(server)) == ["0@example.com", "1@example.com", "2@example.com"]
    assert connections(server) == 3
