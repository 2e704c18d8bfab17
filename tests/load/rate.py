"""How many times a second a signed-in page is answered, by us and by the floor, and what that costs in memory."""

import os
import subprocess
import sys
from itertools import takewhile
from typing import Any

from tests.load import serving, walk
from tests.people import FIREFOX

CONNECTIONS, SECONDS, ROUNDS = 16, 4.0, 3
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "50000"))


def signed_in(site: serving.Served, who: walk.Traveller) -> str:
    """The cookies of somebody who just signed in."""
    visitor = walk.Visitor(site.port)
    for request in takewhile(lambda request: request.name != "GET /security/", walk.requests(who)):
        visitor.ask(request.path, request.form(visitor) if request.form else None)
    visitor.ask("/security/")
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


def hammer(site: serving.Served, cookies: str, seconds: float = SECONDS) -> float:
    """Answers a second at `/security/`."""
    command = [sys.executable, "-m", "tests.load.hammer", str(site.port), "/security/", str(CONNECTIONS), str(seconds)]
    headers = f"User-Agent: {FIREFOX}\nCookie: {cookies}"
    done = subprocess.run(command, input=headers, capture_output=True, text=True, cwd=serving.ROOT, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def compare(pair: Any, ours: walk.Traveller, floor: walk.Traveller) -> dict[str, float]:
    """Answers a second, the best of some rounds that take turns; megabytes of the web process that has the most."""
    mine, theirs = signed_in(pair.ours, ours), signed_in(pair.floor, floor)
    best = {"ours": 0.0, "floor": 0.0}
    for _ in range(ROUNDS):
        best["ours"] = max(best["ours"], hammer(pair.ours, mine))
        best["floor"] = max(best["floor"], hammer(pair.floor, theirs))
    return best


def growth(site: serving.Served, who: walk.Traveller) -> dict[str, float]:
    """Megabytes at rest and after 50,000 requests, of the web process that has the most."""
    cookies = signed_in(site, who)
    rate = hammer(site, cookies, 10)
    before = max(serving.pss(pid) for pid in site.pids())
    hammer(site, cookies, REQUESTS / rate)
    return {"before": before, "after": max(serving.pss(pid) for pid in site.pids()), "requests": REQUESTS}
