"""Redis away while networks are counted: they are counted in the database; nothing is open, nothing is slow."""

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from security import windows
from security.models import Event, Kind, Throttle
from security.models.throttle import Factor
from tests import people
from tests.conftest import Processes
from tests.faults.test_broker import PATIENCE, black_hole, closed_port, silent_server
from tests.people import PASSWORD, Someone
from tests.servers import Redis
from tests.web import Answer, Browser

WRONG = "not the right password"


def try_password(site: str, email: str, password: str = WRONG) -> Answer:
    browser = Browser(site)
    browser.post("/sign-in/", email=email)
    return browser.post("/sign-in/password/", password=password)


def signs_in(site: str, owner: Someone) -> Browser:
    browser = Browser(site)
    browser.post("/sign-in/", email=owner.user.email)
    assert browser.post("/sign-in/password/", password=PASSWORD).path == "/sign-in/code/"
    assert owner.phone
    assert browser.post("/sign-in/code/", code=owner.phone.code()).path == "/account/"
    return browser


def in_redis(redis: Redis) -> int:
    """How many windows this Redis keeps."""
    return len(windows.limiter_at(redis.url).storage.storage.keys(f"{windows.PREFIX}*"))


@pytest.mark.parametrize("workers", [1, 2])
def test_redis_stopped_in_the_middle_of_a_spray(processes: Processes, redis: Redis, workers: int):
    owner = people.make("owner@example.com")
    site = processes.site(workers=workers).url
    for number in range(3):
        assert try_password(site, f"nobody{number}@example.com").status == 200
    assert in_redis(redis) > 0
    assert not Throttle.objects.filter(factor=Factor.ADDRESS_BLOCK).exists()
    redis.stop(signal.SIGKILL)

    answers = [try_password(site, f"victim{number}@example.com") for number in range(12)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 2
    assert "Too many tries from your network" in answers[-1].text
    assert Throttle.objects.filter(factor=Factor.ADDRESS_BLOCK).exists()
    assert Throttle.objects.filter(factor=Factor.PASSWORD).count() == 13
    assert Event.objects.filter(kind=Kind.LIMIT_REACHED).count() == 1
    assert try_password(site, owner.user.email, PASSWORD).status == 429


def test_signing_in_works_and_wrong_codes_are_counted_while_redis_is_away(processes: Processes, redis: Redis):
    owner = people.make("owner@example.com")
    site = processes.site().url
    redis.stop(signal.SIGKILL)
    assert signs_in(site, owner).get("/account/").status == 200
    browser = Browser(site)
    browser.post("/sign-in/", email=owner.user.email)
    browser.post("/sign-in/password/", password=PASSWORD)
    pages = [browser.post("/sign-in/code/", code="no code") for _ in range(6)]
    assert "Too many wrong answers" in pages[-1].text
    assert Throttle.objects.get(factor=Factor.AUTHENTICATOR, subject=str(owner.user.pk)).failures == 5
    assert browser.post("/help/ask-support/", email=owner.user.email).status == 200


def test_it_is_asked_again_when_it_is_back(processes: Processes, redis: Redis):
    site = processes.site(workers=1).url
    redis.stop(signal.SIGKILL)
    try_password(site, "nobody@example.com")
    assert Throttle.objects.filter(factor=Factor.ADDRESS_BLOCK).exists()
    redis.start()
    time.sleep(windows.circuit.seconds + 0.5)
    assert in_redis(redis) == 0
    try_password(site, "somebody@example.com")
    assert in_redis(redis) == 3


@pytest.mark.parametrize("away", [closed_port, black_hole, silent_server])
def test_no_request_waits_for_a_dead_redis(processes: Processes, away: Callable[[], Iterator[int]]):
    for port in away():
        site = processes.site(workers=1, REDIS_URL=f"redis://127.0.0.1:{port}/0")
        browser = Browser(site.url)
        browser.post("/sign-in/", email="nobody@example.com")
        first = browser.post("/sign-in/password/", password=WRONG)
        second = browser.post("/sign-in/password/", password=WRONG)
        assert (first.status, second.status) == (200, 200)
        assert first.seconds < PATIENCE + 0.9
        assert second.seconds < PATIENCE
        assert Throttle.objects.filter(factor=Factor.ADDRESS_BLOCK).count() == 3  # failures, account, accounts
        processes.stop(site.process)
