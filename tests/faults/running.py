"""One fault, while a crowd replaces its devices: how many there are, and what is noted for the report."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests import people
from tests.conftest import Processes
from tests.faults import counting, marks, traffic
from tests.faults.clock import Clock
from tests.faults.house import House
from tests.servers import Redis, temporary_folder, wait_until

JOURNEYS = int(os.environ.get("FAULT_JOURNEYS", "5"))
RESULTS = os.environ.get("FAULT_RESULTS")
AT_ONCE = 8
PAUSE = 5.0  # seconds between two strikes


def opened(clock: Clock, blocker: Any) -> Iterator[House]:
    with blocker.unblock():
        processes = Processes()
    redis = Redis(temporary_folder())
    redis.start()
    yield House(processes, redis, temporary_folder(), clock)
    processes.stop_all()
    redis.stop()


def strike(house: House, fault: Callable[[House], None], seen: traffic.Seen, over: threading.Event) -> list[float]:
    """Let it happen when the first are about to ask for a code, and again until all have finished; when it was over."""
    returns, happens_once = [], JOURNEYS < AT_ONCE
    wait_until(lambda: seen.answers.total() >= 2 * min(JOURNEYS, AT_ONCE), "the first journeys")
    while not returns or not (happens_once or over.wait(PAUSE)):
        fault(house)
        returns.append(time.time())
    return returns


def run(name: str, house: House, fault: Callable[[House], None]) -> counting.Count:
    """Everybody travels while it happens; what was counted when all was over."""
    addresses = [people.make(f"person{number}@example.com").user.email for number in range(JOURNEYS)]
    marks.begin()
    seen, over, took = traffic.Seen(), threading.Event(), list[float | None]()
    count = counting.Count(name, JOURNEYS)

    def codes(address: str) -> list[str]:
        return [mail.code for mail in house.accepted() if mail.to == address and mail.code]

    def travel() -> None:
        crowd = [traffic.Person(house.site.url, address, codes, seen, house.clock.now) for address in addresses]
        took.extend(traffic.crowd(crowd, AT_ONCE))
        over.set()

    with counting.watched(count.torn):
        travelling = threading.Thread(target=travel)
        travelling.start()
        returns = strike(house, fault, seen, over)
        travelling.join()
    count.strikes, count.finished = len(returns), sum(one is not None for one in took)
    count.answers, count.try_again = seen.answers.total(), seen.answers[503]
    count.dropped, count.errors, count.stuck = seen.dropped, seen.errors, seen.stuck
    counting.until_nothing_waits(60)
    counting.count_mail(count, house.accepted(), returns)
    counting.count_swaps(count)
    note(count.as_dict())
    return count


def note(said: dict[str, Any]) -> None:
    """For the report that `make faults` writes."""
    if RESULTS:
        with open(RESULTS, "a") as results:
            results.write(json.dumps(said) + "\n")
