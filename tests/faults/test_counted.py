"""Every part fails while people replace their devices: nothing promised is lost, and nobody is left in between.

Each fault once with a few journeys; `make faults` has 200 of them at a time of eight, with the fault over and over, and
writes what it counted to docs/reliability.md.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults import counting, running
from tests.faults.clock import Clock
from tests.faults.house import House

FAULTS: dict[str, Callable[[House], None]] = {
    "a worker is killed": House.kill_a_worker,
    "a web process is killed": House.kill_a_web_process,
    "Redis is killed": House.kill_redis,
    "Redis is flushed": House.flush_redis,
    "the mail server is killed": House.kill_the_mail_server,
    "PostgreSQL is restarted (immediate)": House.restart_postgres,
    "the mail server says 451": lambda house: house.let_the_mail_server("answer 451 busy"),
    "the mail server says 554": lambda house: house.let_the_mail_server("answer 554 no"),
    "the mail server hangs": lambda house: house.let_the_mail_server("hang"),
    "the mail server's disk is full": lambda house: house.let_the_mail_server("full"),
    "beat runs twice": House.start_a_second_beat,
}


@pytest.fixture(scope="module")
def one_house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    yield from running.opened(Clock(), django_db_blocker)


@pytest.fixture
def house(one_house: House, transactional_db: None) -> House:
    """The whole site, with nobody in it yet."""
    return one_house.empty()


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_fails_nothing_is_lost(house: House, name: str):
    assert counting.faults_of(running.run(name, house, FAULTS[name])) == {}
