"""The whole journey, ours and the floor's, taking turns: processor time of web and PostgreSQL by request."""

import os
from collections import defaultdict
from typing import Any

from tests.load import serving, walk


class Pair:
    """Our site and the floor, each on a database of its own in one PostgreSQL."""

    def __init__(self, postgres: Any, redis_url: str, **how: Any) -> None:
        pid = postgres.process.pid
        env = {"EMAIL_URL": os.environ["EMAIL_URL"]}
        self.ours = serving.Served(
            "tests.load.settings", "rekey", pid, DATABASE_URL=postgres.url, REDIS_URL=redis_url, **env, **how
        )
        self.floor = serving.Served("tests.load.floor.settings", "floor", pid, **env, **how)
        self.ours.ignored = frozenset({own_backend()})

    def stop(self) -> None:
        self.ours.stop()
        self.floor.stop()


def own_backend() -> int:
    """The process of PostgreSQL that serves the benchmark itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def compare(pair: Pair, travellers: list[tuple[walk.Traveller, walk.Traveller]]) -> dict[str, dict[str, float]]:
    """Mean milliseconds of processor time by request, `{"ours": {…}, "floor": {…}}`. The first pair only warms up."""
    spent: dict[str, dict[str, float]] = {"ours": defaultdict(float), "floor": defaultdict(float)}
    for turn, (ours, floor) in enumerate(travellers):
        for name, site, who in (("ours", pair.ours, ours), ("floor", pair.floor, floor)):
            seen = defaultdict(float)
            last = site.cpu()

            def note(request: str, site: Any = site, seen: Any = seen) -> None:
                nonlocal last
                now = site.cpu()
                seen[request] += now - last
                last = now

            walk.journey(site.port, who, note)
            if turn:
                for request, milliseconds in seen.items():
                    spent[name][request] += milliseconds / (len(travellers) - 1)
    return {name: dict(by_request) for name, by_request in spent.items()}
