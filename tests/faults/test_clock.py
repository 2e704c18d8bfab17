"""The clock of all processes jumps forward and back by two minutes while people replace their devices.

Needs Debian's faketime; FAKETIME=no leaves these tests out.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest

from tests import people
from tests.faults import counting, running
from tests.faults.clock import LIBRARY, Clock
from tests.faults.house import House
from tests.servers import temporary_folder
from tests.web import Browser

JUMPS: dict[str, float] = {"the clock jumps forward by 2 minutes": 120, "the clock jumps back by 2 minutes": -120}


@pytest.fixture(scope="module")
def one_house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    assert LIBRARY, "Debian's faketime is needed: apt-get install faketime, or FAKETIME=no"
    yield from running.opened(Clock(temporary_folder()), django_db_blocker)


@pytest.fixture
def house(one_house: House, transactional_db: None) -> House:
    """The whole site, on a clock that can be put forward and back."""
    return one_house.empty()


@pytest.mark.parametrize("name", JUMPS)
def test_a_clock_that_jumps_loses_nothing(house: House, name: str):
    there_and_back = itertools.cycle([JUMPS[name], -JUMPS[name]])
    count = running.run(name, house, lambda house: house.clock.step(next(there_and_back)))
    assert counting.faults_of(count) == {}


def test_after_a_jump_back_no_code_is_good_twice(house: House):
    owner, clock, site = people.make("owner@example.com"), house.clock, house.site.url

    def signs_in(code: str) -> bool:
        browser = Browser(site)
        browser.post("/sign-in/", email=owner.user.email)
        browser.post("/sign-in/password/", password=people.PASSWORD)
        return browser.post("/sign-in/code/", code=code).path == "/account/"

    def code(seconds: float = 0) -> str:
        return pyotp.TOTP(owner.phone.secret).at(clock.now() + seconds)

    used = code()
    assert signs_in(used)
    clock.step(-120)
    assert not signs_in(used)
    assert not signs_in(code())
    clock.step(120)
    assert not signs_in(used)
    assert signs_in(code(30))
