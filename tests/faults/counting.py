"""What was promised, what arrived, what was lost: read from the database and from what the mail server took."""

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from django.db import Error, connection, connections

from security.models import Authenticator, Enrollment, Event, Kind, OutboxMessage
from tests.faults import marks
from tests.faults.house import live_devices_by_person
from tests.faults.sink import Accepted

RECOVERY = 20  # seconds that everything may take once the part is back
LEEWAY = 0.5  # seconds between the look at a code and the server's yes


@dataclass
class Count:
    """One fault, counted."""

    fault: str
    journeys: int
    strikes: int = 0
    finished: int = 0
    answers: int = 0
    try_again: int = 0  # 503
    dropped: int = 0  # requests that a killed process held
    errors: list[str] = field(default_factory=list)  # any other 5xx
    promised: int = 0
    arrived: int = 0
    withdrawn: int = 0  # its code was used, replaced or over: it must not leave any more
    refused: int = 0  # the mail server said never
    lost: list[str] = field(default_factory=list)
    twice: int = 0  # mails that arrived once more
    dead: list[str] = field(default_factory=list)  # codes that were dead when they left
    silent: list[str] = field(default_factory=list)  # swaps without their event or notice, or an event without a swap
    stuck: list[str] = field(default_factory=list)  # who never got to the end
    torn: list[str] = field(default_factory=list)  # somebody with no device, or with two
    recovery: float = 0.0  # seconds from the part's return, or the promise, until a mail was taken: the longest

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@contextmanager
def watched(torn: list[str]) -> Iterator[None]:
    """Look at everybody's devices over and over: each has exactly one at any moment."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            try:
                torn.extend(
                    f"person {person}: {live}" for person, live in live_devices_by_person().items() if live != 1
                )
            except Error:  # PostgreSQL is away
                connections.close_all()
        connections.close_all()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def until_nothing_waits(seconds: float) -> float | None:
    """How long it took until every mail was sent or given up; None if it did not happen in time."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if not OutboxMessage.objects.filter(delivered_at=None, given_up_at=None).exists():
                return time.monotonic() - began
        except Error:
            connection.close()
        time.sleep(0.1)
    return None


def count_mail(count: Count, took: list[Accepted], returns: list[float]) -> None:
    """Nothing promised is lost, no mail with a dead code, no code more often than once a strike and once; `returns` are
    the moments when the part was back.
    """
    copies = Counter(mail.promise for mail in took)
    messages = list(OutboxMessage.objects.select_related("code", "event"))
    count.promised, count.arrived = len(messages), len(copies)
    count.twice = sum(copies.values()) - len(copies)
    for message in messages:
        if copies[message.public_id]:
            continue
        if message.given_up_at and "no longer good" in message.trouble:
            count.withdrawn += 1
        elif message.given_up_at and "554" in message.trouble:
            count.refused += 1
        else:
            count.lost.append(f"{message.what} to {message.address}: {message.trouble or 'never sent'}")
    by_promise = {message.public_id: message for message in messages}
    promised, died = marks.first("promised"), marks.first("died")
    waits = [_wait(mail, promised[by_promise[mail.promise].pk], returns) for mail in took]
    count.recovery = max(waits, default=0.0)
    ends = {mail.promise: died.get(by_promise[mail.promise].code_id, math.inf) for mail in took if mail.code}
    count.dead += [mail.promise for mail in took if mail.code and mail.at > ends[mail.promise] + LEEWAY]


def _wait(mail: Accepted, promised: float, returns: list[float]) -> float:
    """Seconds that this mail was on its way with every part there."""
    return round(mail.at - max([promised, *(back for back in returns if back <= mail.at)]), 1)


def count_swaps(count: Count) -> None:
    """No swap without its event and its notices, no event without its swap, one device for everybody."""
    for enrollment in Enrollment.objects.exclude(bound_at=None).select_related("person"):
        events = list(Event.objects.filter(enrollment_id=enrollment.public_id, kind=Kind.AUTHENTICATOR_REPLACED))
        told = {message.address for event in events for message in event.messages.all()}
        if len(events) != 1 or enrollment.person.email not in told:
            count.silent.append(f"{enrollment.public_id}: {len(events)} events, told {sorted(told)}")
    swaps = Event.objects.filter(kind=Kind.AUTHENTICATOR_REPLACED).count()
    if swaps != Authenticator.objects.exclude(replaced_by=None).count():
        count.silent.append(f"{swaps} events of swaps, {Authenticator.objects.exclude(replaced_by=None).count()} swaps")
    count.torn += [f"person {person}: {live}" for person, live in live_devices_by_person().items() if live != 1]


def faults_of(count: Count) -> dict[str, object]:
    """Whatever must not be; empty where all was held."""
    found = {
        name: getattr(count, name) for name in ("errors", "lost", "dead", "silent", "torn") if getattr(count, name)
    }
    if count.finished != count.journeys:
        found["unfinished"] = count.stuck
    if count.twice > count.strikes:
        found["twice"] = count.twice
    if count.recovery > RECOVERY:
        found["recovery"] = count.recovery
    return found
