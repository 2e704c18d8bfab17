"""Nonsense in every field of every form, in every header and every address, from everybody who may come: no 500, no
trace, nothing that was sent comes back as a part of the page, and no line of the log is forged.

Addresses are found by walking the resolver and forms by reading pages, so a new page is asked as well.
"""

import logging
import math
import os
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.logs import JsonFormatter
from tests.faults import running
from tests.faults.fuzz import log, promises, visitors, walk, wire
from tests.faults.fuzz.addresses import Address, every_address
from tests.faults.fuzz.marks import HEADER, MARK, SECRET, TOKEN
from tests.faults.fuzz.nonsense import HEADERS
from tests.faults.fuzz.town import Town
from tests.faults.fuzz.wire import Answer, Ask
from tests.people import PASSWORD

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "3000"))
ROOT = Path(__file__).resolve().parents[2]


def visit(town: Town, addresses: list[Address], times: int) -> None:
    """So many visits, each to one of these: in `make test` always the same, in `make faults` always others."""
    how: dict[str, Any] = {"database": None, "print_blob": True, "derandomize": "FUZZ_REQUESTS" not in os.environ}

    @settings(max_examples=times, deadline=None, suppress_health_check=list(HealthCheck), **how)
    @given(data=st.data())
    def one_visit(data: st.DataObject) -> None:
        walk.visit(town, addresses, data)

    one_visit()


@pytest.fixture
def town(db, clock, settings):
    settings.METRICS_TOKEN = TOKEN
    settings.TRUSTED_PROXIES = ["127.0.0.1/32", "10.0.0.0/9"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    wire.application()  # sets up the log when it is made
    everybody = visitors.everybody(clock)
    keys = [link.rstrip("/").rpartition(".")[2] for visitor in everybody for link in visitor.links]
    with log.kept([PASSWORD, visitors.NEW_PASSWORD, *keys]) as lines, wire.one_connection():
        town = Town(everybody, lines)
        town.explore()
        yield town


def test_whatever_is_sent_is_answered(town):
    addresses = every_address()
    weighed = [address for address in addresses for _ in range(town.weight(address))]
    town.answers.clear()
    visit(town, weighed, math.ceil(REQUESTS / walk.REQUESTS))
    assert town.answers.total() >= REQUESTS
    for address in (address for address in addresses if not town.asked["POST", address.route]):
        visit(town, [address], 3)
    assert {*town.asked} == {(method, address.route) for address in addresses for method in ("GET", "POST")}
    taken = {route for route, times in town.reached.items() if times}
    assert len(taken) >= 0.5 * len(addresses), {address.route for address in addresses} - taken
    sent = sum(times for (method, _), times in town.asked.items() if method == "POST")
    behind = sum(town.reached.values()) / sent
    assert behind >= 0.5, town.reached
    running.note({"requests": town.answers.total(), "answers": town.answers, "behind": behind})


def test_every_header_that_our_code_reads_is_sent():
    sources = [path.read_text() for app in ("accounts", "security", "config") for path in (ROOT / app).rglob("*.py")]
    read = {name for source in sources for name in re.findall(r'"(HTTP_[A-Z_]+)"', source)}
    read |= {
        f"HTTP_{name.upper().replace('-', '_')}"
        for source in sources
        for name in re.findall(r'request\.headers(?:\.get\(|\[)"([\w-]+)"', source)
    }
    assert len(read) >= 5
    assert read <= set(HEADERS)


def answered(body: str = "", status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> Answer:
    said = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(Ask("GET", "/"), status, list(said.items()), body.encode())


@pytest.mark.parametrize(
    "answer",
    [
        answered(status=500),
        answered(status=503),
        answered(f"<p>{MARK}"),
        answered('<input value="zq2"zq3">'),
        answered("<p>zq5&zq6</p>"),
        answered('<a href="javascript:alert(1)">'),
        answered("zq7zq8"),
        answered("Traceback (most recent call last):"),
        answered(TOKEN, kind="text/plain"),
        answered(MARK, kind="application/zq"),
        answered(X_Content_Type_Options=""),
        answered(status=302, Location="//zq.example/"),
        answered(status=302, Location="/\\zq.example/"),
        answered(status=302, Location="https://zq.example/"),
        answered('{"redirect_url": "https://zq.example/"}', kind="application/json"),
        answered(X_Zq_Injected="1"),
        answered(Content_Disposition=f"zq\r\n{HEADER}: 1"),
    ],
    ids=lambda answer: f"{answer.status} {answer.headers[0][1][:9]} {answer.text[:20]} {answer.location}",
)
def test_what_is_held_of_an_answer_can_be_broken(answer):
    with pytest.raises(AssertionError):
        promises.hold(answer, [])


def test_what_is_escaped_or_no_page_may_be_shown():
    promises.hold(answered(f'<p title="{escape(MARK)}">{escape(MARK)}'), [])
    promises.hold(answered(MARK, kind="text/plain"), [])


@pytest.mark.parametrize(
    ("formatter", "said"),
    [
        (logging.Formatter(), "a\nb"),
        (logging.Formatter(), "no JSON"),
        (JsonFormatter(), f"the password {SECRET}"),
        (JsonFormatter(), "it is hush-hush"),
    ],
)
def test_what_is_held_of_the_log_can_be_broken(formatter, said):
    with log.kept(["hush-hush"]) as lines:
        logging.getLogger("rekey").warning("one\nline")
        assert [line["message"] for line in lines.read()] == ["one\nline"]
        lines.setFormatter(formatter)
        logging.getLogger("rekey").warning(said)
        with pytest.raises((AssertionError, ValueError)):
            lines.read()
