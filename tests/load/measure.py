"""What can be counted about the journey: queries and bytes a screen, and the processor time of its parts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import PASSWORD, SCREENS, Phone, Someone

TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@dataclass
class Screen:
    """A screen as it was looked at and answered."""

    name: str
    get: int
    post: int
    kilobytes: float


def queries(call: Callable[[], Any]) -> tuple[Any, int]:
    """The answer of a call, and how many statements it took; those that only frame a transaction do not count."""
    with CaptureQueriesContext(connection) as captured:
        answer = call()
    return answer, sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)


def screens(owner: Someone, way: str) -> list[Screen]:
    """Every screen of one journey, looked at once and answered right."""
    seen = []
    shown = [name for name in SCREENS if way == "mail" or name not in ("notice", "code")]
    for name in shown:
        page, get = queries(lambda name=name: owner.screen(name))
        right = _right_answer(owner, name, way)
        answer, post = queries(right)
        assert answer.status_code == 302, name
        seen.append(Screen(name, get, post, len(page.content) / 1000))
    page, get = queries(lambda: owner.get("/security/"))
    seen.append(Screen("/security/", get, 0, len(page.content) / 1000))
    return seen


def _right_answer(owner: Someone, name: str, way: str) -> Callable[[], Any]:
    """The right answer of this screen, with everything that is looked up for it looked up beforehand."""
    if name == "code":
        code = owner.mailed_code()
        return lambda: owner.answer(name, code=code)
    if name == "scan":
        owner.new_phone = Phone(owner.setup_key())
        return lambda: owner.answer(name, name="New phone")
    return lambda: owner.answer_right(name, way)


def whole_journey(owner: Someone) -> None:
    """From the sign-in page to the receipt, by the mailed code, looking at every screen on the way."""
    owner.get("/sign-in/")
    owner.post("/sign-in/", email=owner.user.email)
    owner.get("/sign-in/password/")
    owner.post("/sign-in/password/", password=PASSWORD)
    owner.get("/sign-in/code/")
    assert owner.phone
    owner.post("/sign-in/code/", code=owner.phone.code())
    owner.get("/security/")
    for name in SCREENS:
        owner.screen(name)
        answer = owner.answer_right(name)
        assert answer.status_code == 302, (name, answer.content.decode())
    assert "Your new device works" in owner.get("/security/").content.decode()


def cpu(call: Callable[[], Any], times: int) -> float:
    """Processor milliseconds of one call, over many."""
    call()
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times * 1000
