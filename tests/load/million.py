"""A million accounts, each with a device, ten events and a session: how long it takes to make them, whether anybody
notices them, and how fast operators' commands go through them.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests import staff
from tests.load import serving, walk

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "1000000"))
EVENTS, ROUNDS = 10, 30
DATABASE = "million"
NEW_KEY = "next:bmV4dCwgYW5kIG9ubHkgZm9yIHRoZSBiZW5jaG1hcms="
PAGES = [
    "/account/",
    "/account/personal-info/",
    "/security/activity/",
    "/security/sessions/",
    "/security/recovery-codes/",
    "/help/",
]
Times = dict[str, list[float]]


def compare(postgres: Any, redis_url: str) -> dict[str, Any]:
    """All that the report says of it."""
    postgres._run([postgres.bin / "createdb", "-h", postgres.folder, "-U", "rekey", DATABASE])
    url = postgres.url.replace("/rekey?", f"/{DATABASE}?")
    env = {"DATABASE_URL": url, "REDIS_URL": redis_url, "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
    run("migrate", env=env)
    made = run("seed_accounts", str(ACCOUNTS), "--events", str(EVENTS), "--json", env=env)
    few, many = (
        serving.Served("tests.load.settings", name, postgres.process.pid, DATABASE_URL=where, REDIS_URL=redis_url)
        for name, where in (("rekey", postgres.url), (DATABASE, url))
    )
    found: dict[str, Any] = {"accounts": ACCOUNTS, "events": ACCOUNTS * EVENTS, "seed": made.seconds}
    found["screens"] = screens(few, many)
    found["staff"] = for_staff(many)
    found["commands"] = list(commands(many, env))
    few.stop()
    many.stop()
    return found


class Ran:
    """A command that has ended: how long it took, and what it said."""

    def __init__(self, seconds: float, said: dict[str, Any]) -> None:
        self.seconds, self.said = seconds, said


def run(*command: str, env: dict[str, str]) -> Ran:
    """A command of operators, whose progress is shown."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=serving.ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said = done.stdout.strip().splitlines()
    return Ran(time.perf_counter() - began, json.loads(said[-1]) if "--json" in command else {})


@contextmanager
def at(database: str) -> Iterator[None]:
    """For so long, the benchmark's own connection is to this database."""
    connection.close()
    before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def screens(few: serving.Served, many: serving.Served) -> dict[str, dict[str, Times]]:
    """Milliseconds of every answer, by site and request, taking turns."""
    found: dict[str, Times] = {"few": defaultdict(list), "many": defaultdict(list)}
    for number in range(ROUNDS + 1):
        for name, site, database in (("few", few, "rekey"), ("many", many, DATABASE)):
            with at(database):
                times = journey(site, f"counted{number}@example.com")
            for request, milliseconds in times.items() if number else ():
                found[name][request].append(milliseconds)
    return found


def journey(site: serving.Served, email: str) -> dict[str, float]:
    """From the sign-in page to the receipt, and the pages of the portal: milliseconds by request."""
    from tests.load.bench import traveller

    times: dict[str, float] = {}
    last = time.perf_counter()

    def note(request: str) -> None:
        nonlocal last
        times[request], last = (time.perf_counter() - last) * 1000, time.perf_counter()

    def begin(request: str) -> None:
        nonlocal last
        last = time.perf_counter()

    visitor = walk.journey(site.port, traveller(email), note, begin)
    for path in PAGES:
        began = time.perf_counter()
        assert visitor.ask(path) == 200, path
        times[f"GET {path}"] = (time.perf_counter() - began) * 1000
    return times


def for_staff(site: serving.Served) -> Times:
    """Milliseconds of what staff look at, in the big database."""
    from accounts.models import User

    with at(DATABASE):
        chief = staff.enter(staff.colleague("superuser", "chief@staff.example.com"))
        somebody = User.objects.get(email=f"person-{ACCOUNTS // 2}@example.com")
        cookies = {name: morsel.value for name, morsel in chief.client.cookies.items()}
    visitor = walk.Visitor(site.port)
    visitor.cookies = cookies
    asked = {
        "accounts, the newest first": "/admin/accounts/user/",
        "search by an address": f"/admin/accounts/user/?q={somebody.email}",
        "search by a part that few have": f"/admin/accounts/user/?q=on-{ACCOUNTS // 2}",
        "search by a part that all have": "/admin/accounts/user/?q=person",
        "an account": f"/admin/accounts/user/{somebody.pk}/change/",
        "events, the newest first": "/admin/security/event/",
        "events of an account": f"/admin/security/event/?q={somebody.email}",
    }
    times: Times = defaultdict(list)
    for turn in range(ROUNDS + 1):
        for what, path in asked.items():
            began = time.perf_counter()
            status = visitor.ask(path)
            assert status == 200, (path, status, visitor.led_to)
            if turn:
                times[what].append((time.perf_counter() - began) * 1000)
    return times


def commands(site: serving.Served, env: dict[str, str]) -> Iterator[dict[str, Any]]:
    """How fast each goes, and how long people waited meanwhile."""
    keys = os.environ.get("SECURITY_KEYS", "dev:ZGV2ZWxvcG1lbnQgb25seSwgMzIgYnl0ZXMgbG9uZyE=")
    yield beside(site, "verify_events", lambda said: ACCOUNTS * EVENTS, env)
    purging = env | {"DJANGO_SETTINGS_MODULE": "tests.load.purging"}
    yield beside(site, "purge_expired", lambda said: said["total"], purging)
    rotating = env | {"SECURITY_KEYS": f"{NEW_KEY},{keys}"}
    yield beside(site, "rotate_keys", lambda said: said["renewed"], rotating)


def beside(site: serving.Served, command: str, rows: Any, env: dict[str, str]) -> dict[str, Any]:
    """Run it while people sign in and replace their devices."""
    over, waits = threading.Event(), list[float]()

    def live() -> None:
        number = 0
        with at(DATABASE):
            while not over.is_set():
                waits.extend(journey(site, f"{command}{number}@example.com").values())
                number += 1
                over.wait(0.5)

    living = threading.Thread(target=live)
    living.start()
    ran = run(command, "--json", env=env)
    over.set()
    living.join()
    number = rows(ran.said)
    return {
        "command": command,
        "rows": number,
        "seconds": ran.seconds,
        "a second": number / ran.seconds,
        "longest": max(waits),
        "median": statistics.median(waits),
    }


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
