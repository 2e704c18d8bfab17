"""Redis away, Redis back, a worker killed: the page says what is going on, and nothing is lost or sent in vain."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from security.models import OutboxMessage, VerificationCode
from tests import people
from tests.conftest import Processes
from tests.mail import Inbox
from tests.people import PASSWORD, Someone, long_ago
from tests.servers import Redis, free_port
from tests.web import Answer, Browser

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
PATIENCE = 0.6  # seconds that a request may wait for the broker


def locked_out(site: str, owner: Someone) -> Browser:
    """Somebody at the screen `notice`, one click before the code is promised."""
    browser = Browser(site)
    browser.post("/sign-in/", email=owner.user.email)
    page = browser.post("/sign-in/password/", password=PASSWORD)
    assert page.path == "/sign-in/code/"
    page = browser.press("/sign-in/code/new-device/", browser.token("/sign-in/code/"))
    assert page.path == "/security/reset/notice/"
    return browser


def promise(browser: Browser) -> Answer:
    return browser.post("/security/reset/notice/")


def finish(browser: Browser, code: str) -> None:
    assert browser.post("/security/reset/code/", code=code).path == "/security/reset/verified/"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_redis_stopped_when_the_code_is_promised(processes: Processes, redis: Redis, inbox: Inbox, number: int):
    owner = people.make(f"owner{number}@example.com")
    processes.worker()
    browser = locked_out(processes.site().url, owner)
    redis.stop(signal.SIGKILL)

    page = promise(browser)
    assert (page.status, page.path) == (200, "/security/reset/code/")
    assert "Queued" in page.text
    assert "waits for the mail server" in page.text
    time.sleep(1)
    assert inbox.codes(owner.user.email) == []

    redis.start()
    code = inbox.wait_for_code(owner.user.email, seconds=30)
    finish(browser, code)
    time.sleep(7)  # more than one sweep
    assert inbox.codes(owner.user.email) == [code]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_worker_killed_in_the_middle_of_sending(processes: Processes, inbox: Inbox, number: int):
    owner = people.make(f"owner{number}@example.com")
    doomed = processes.worker()
    browser = locked_out(processes.site().url, owner)
    inbox.delay = 2.0
    promise(browser)
    assert inbox.began.wait(20)
    processes.stop(doomed, signal.SIGKILL)
    inbox.delay = 0.0
    processes.worker()

    deadline = time.monotonic() + 40
    while OutboxMessage.objects.filter(delivered_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    codes = inbox.codes(owner.user.email)
    assert 1 <= len(codes) <= 2
    assert len(set(codes)) == 1
    finish(browser, codes[0])


@pytest.mark.parametrize("number", range(ROUNDS))
def test_the_mail_server_is_away_and_comes_back(processes: Processes, inbox: Inbox, number: int):
    owner = people.make(f"owner{number}@example.com")
    processes.worker()
    browser = locked_out(processes.site().url, owner)
    inbox.answer = "451 try again later"
    promise(browser)
    assert inbox.began.wait(20)
    page = browser.get("/security/reset/code/")
    assert "Queued" in page.text
    inbox.answer = "250 OK"
    finish(browser, inbox.wait_for_code(owner.user.email, seconds=30))


def test_a_mail_server_that_says_no_for_ever_is_told(processes: Processes, inbox: Inbox):
    owner = people.make("owner@example.com")
    processes.worker()
    browser = locked_out(processes.site().url, owner)
    inbox.answer = "554 no such thing"
    promise(browser)
    deadline = time.monotonic() + 20
    while not OutboxMessage.objects.exclude(given_up_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "Could not be delivered" in browser.get("/security/reset/code/").text


def closed_port() -> Iterator[int]:
    yield free_port()


def black_hole() -> Iterator[int]:
    """A port whose queue of connections is full: nothing is refused, nothing is answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(8):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            waiting.append(client)
        yield port
        for client in waiting:
            client.close()


def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


@pytest.mark.parametrize("broker", [closed_port, black_hole, silent_server])
def test_no_request_waits_for_a_dead_broker(processes: Processes, broker: Callable[[], Iterator[int]]):
    owner = people.make("owner@example.com")
    owner.user.recovery_email = "spare@example.com"  # two mails, so two nudges
    owner.user.recovery_email_confirmed_at = long_ago()
    owner.user.save()
    for port in broker():
        site = processes.site(workers=1, REDIS_URL=f"redis://127.0.0.1:{port}/0")
        browser = locked_out(site.url, owner)
        token = browser.token("/security/reset/notice/")
        asked = browser.press("/security/reset/notice/", token)
        assert (asked.status, asked.path) == (200, "/security/reset/code/")
        assert "Queued" in asked.text
        assert asked.seconds < PATIENCE + 0.9  # the wait for the broker, and two pages on a busy machine
        assert VerificationCode.objects.count() == 1
        assert OutboxMessage.objects.filter(delivered_at=None).count() == 2
        processes.stop(site.process)
