"""How long the site takes to answer for addresses with an account and without: medians, taking turns."""

import statistics
import time
from collections.abc import Callable

from tests.people import Someone

ASKED = 60
WRONG = "not the password of anybody here"


def medians(known: str, of_nobody: Callable[[int], Someone]) -> dict[str, tuple[float, float]]:
    """Milliseconds of the answer for a known and an unknown address, by what was asked."""
    return {
        what: _pair(ask, known, of_nobody)
        for what, ask in (("signing in", _sign_in), ("a forgotten password", _forgot), ("Ask support", _support))
    }


def _pair(ask: Callable[[Someone, str], float], known: str, of_nobody: Callable[[int], Someone]) -> tuple[float, float]:
    """Every request comes from a browser of its own; the two kinds take turns, so that noise meets both alike."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * ASKED):
        is_known = turn % 2 == 0
        address = known.format(turn) if is_known else f"nobody{turn}@example.org"
        times[is_known].append(ask(of_nobody(turn), address))
    return statistics.median(times[True]), statistics.median(times[False])


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def _sign_in(visitor: Someone, address: str) -> float:
    visitor.post("/sign-in/", email=address)
    return _timed(lambda: visitor.post("/sign-in/password/", password=WRONG))


def _forgot(visitor: Someone, address: str) -> float:
    return _timed(lambda: visitor.post("/forgot-password/", email=address))


def _support(visitor: Someone, address: str) -> float:
    return _timed(lambda: visitor.post("/help/ask-support/", email=address))
