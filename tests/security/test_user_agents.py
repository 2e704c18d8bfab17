"""What a browser calls itself, in a few words."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from security import user_agents

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox (Linux)"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome (Windows)"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0", "Edge (Windows)"),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome Mobile (Android)",
        ),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "Safari (Mac OS X)"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1",
            "Mobile Safari (iOS)",
        ),
        ("curl/8.14.1", "curl"),
        ("", ""),
        ("what nobody has ever heard of", ""),
        ("Mozilla/5.0 " + "(" * 100_000, ""),
    ],
)
def test_browsers_have_the_names_that_people_know(header: str, words: str):
    assert user_agents.in_words(header) == words


def test_threads_that_ask_at_once_share_one_parser(monkeypatch):
    made, at_once = [], Barrier(4)
    make = user_agents.Parser
    monkeypatch.setattr(user_agents, "Parser", lambda resolver: made.append(resolver) or make(resolver))
    user_agents._made.cache_clear()
    user_agents.in_words.cache_clear()

    def ask(number: int) -> str:
        at_once.wait(20)
        return user_agents.in_words(f"Mozilla/5.0 (X11; Linux x86_64; rv:{number}.0) Gecko/20100101 Firefox/{number}.0")

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(ask, range(140, 144))) == {"Firefox (Linux)"}
    assert len(made) == 1
