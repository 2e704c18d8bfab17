"""The page that `make bench` writes."""

import os
import platform
from datetime import date
from statistics import median
from typing import Any

from tests.load.million import p95
from tests.load.sameness import ASKED

HEAD = """# Performance

Written by `make bench` on {day}, on {cores} cores, Python {python}. Do not edit by hand: run it again.

How to read it: times depend on the machine and on who else uses it, so look at the ratios, of two things that were
measured in one run, taking turns, and at the counts. Counts (queries, bytes) are the same everywhere, and
`tests/test_budgets.py` holds them. Processor time is what the kernel says each process had of it.

## A whole journey, and the floor

The floor is what somebody would write by hand in an afternoon (`tests/load/floor`): bare Django with sessions and one
small template, the same requests, a re-enrollment without mail, events, throttles, holds or languages. Both run under
gunicorn, one process and one thread, on databases of one PostgreSQL, and take turns. The journey goes from the
sign-in page to the receipt, by the mailed code, every screen looked at and answered; the password is typed twice, the
swap included. Processor time of the web process and of PostgreSQL, without the hasher.

Budget: {journey_budget} times the floor for the whole, {get_budget} for a look, {post_budget} for an answer.
Over it, each beside its own counterpart: {over}.

| request | ours | floor | ratio |
| --- | ---: | ---: | ---: |
{requests}| **the whole journey** | {ours:.0f} ms | {floor:.0f} ms | **{ratio:.2f}** |

The hasher comes on top: two hashes of Argon2id with 46 MiB, {hasher:.0f} ms of processor time, {share:.0%} of the
whole.

## A page, sixteen at a time

`/security/` signed in, two processes with four threads each, sixteen connections. Budget: 30 % of the floor's page,
aim 50 %.

| | answers a second |
| --- | ---: |
| ours | {rate_ours:.0f} |
| floor | {rate_floor:.0f} |
| ratio | {rate_ratio:.0%} |

## Memory

Proportional set size (what is shared is counted in parts). Budget: 100 MB each at rest; a password that is checked
takes 46 MiB for a moment.

| process | |
| --- | ---: |
| web, at rest | {growth_before:.0f} MB |
| web, after {growth_requests:,.0f} more requests | {growth_after:.0f} MB |
| worker, after 600 mails | {memory_worker:.0f} MB |

## Mail

From the commit of the promise to the mail server's yes, one worker process; the floor is bare Celery with Redis,
which is handed everything and renders the same templates. Budget: the median at most 4 times the floor's, at least
half of its mails a second.

| | ours | floor | ratio |
| --- | ---: | ---: | ---: |
| median, one at a time | {mail_ours:.0f} ms | {mail_floor:.0f} ms | {mail_ratio:.2f} |
| mails a second, 500 at once | {burst_ours:.0f} | {burst_floor:.0f} | {burst_ratio:.2f} |

## Queries and weight of every screen

Statements that only frame a transaction are not counted. Budget: 6 on a screen that is looked at, 12 on `/security/`,
16 on an answer but the swap; 20 kB of HTML.

| screen | GET, by mail | POST, by mail | GET, by old code | POST, by old code | HTML |
| --- | ---: | ---: | ---: | ---: | ---: |
"""

MILLION = """
## {accounts:,.0f} accounts

Each with a device, {each} events and a session, made by `seed_accounts` in {minutes:.1f} minutes
({speed:,.0f} accounts a second; budget: a million in 10 minutes). Budgets: the median of every screen at most {screen}
times that of the empty database, which takes turns with it; what staff look at within {staff} ms.

| request | empty | full | ratio | p95, empty | p95, full |
| --- | ---: | ---: | ---: | ---: | ---: |
{screens}
| what staff look at | median | p95 |
| --- | ---: | ---: |
{looked_at}
Commands, each while somebody signs in and replaces a device over and over: how fast they are, and what that person
waited at the most. Budgets: `rotate_keys` 20,000 rows a second, `verify_events` 50,000.

| command | rows | a second | median of an answer beside it | longest |
| --- | ---: | ---: | ---: | ---: |
{commands}"""

TAIL = """
## The QR code

Budget: 5 ms. The mask is fixed and the path is written by our own fifteen lines; searching the best mask, which the
library does by default, and its own SVG writer take {ratio:.1f} times as long.

| what | processor time |
| --- | ---: |
| ours | {ours:.1f} ms |
| the library's default | {library:.1f} ms |

## Known and unknown addresses

What the site says, and how long it takes, must not tell whether an address has an account. Medians of {asked} answers
each, taking turns; queries and hasher calls are equal by test.

| asked | with an account | without | ratio |
| --- | ---: | ---: | ---: |
{sameness}
## Styles and scripts

Budget: 16 kB of CSS, 8 kB of our own JavaScript, uncompressed; one request that blocks rendering.

| what | size |
| --- | ---: |
"""


JOURNEY, GET, POST = 2.0, 1.5, 2.0
SCREEN, STAFF = 1.2, 100


def page(found: dict[str, Any]) -> str:
    """The report as Markdown."""
    qr = found["qr"]
    head = HEAD.format(**_machine(), **_journey(found), **_sites(found), **_mail(found["mail"]))
    by_old_code = {screen.name: screen for screen in found["screens"]["old code"]}
    rows = [row(screen, by_old_code.get(screen.name)) for screen in found["screens"]["mail"]]
    same = [
        f"| {what} | {known:.1f} ms | {unknown:.1f} ms | {known / unknown:.2f} |\n"
        for what, (known, unknown) in found["sameness"].items()
    ]
    times = {"ours": qr["ours"], "library": qr["library"], "ratio": qr["library"] / qr["ours"]}
    tail = TAIL.format(**times, asked=ASKED, sameness="".join(same))
    sizes = [f"| {what} | {kilobytes:.1f} kB |\n" for what, kilobytes in found["weights"].items()]
    many = _million(found["million"]) if "million" in found else ""
    return head + "".join(rows) + many + tail + "".join(sizes)


def _machine() -> dict[str, Any]:
    return {
        "day": date.today().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "journey_budget": JOURNEY,
        "get_budget": GET,
        "post_budget": POST,
    }


def _journey(found: dict[str, Any]) -> dict[str, Any]:
    ours, floor = found["journeys"]["ours"], found["journeys"]["floor"]
    rows = [
        f"| {name} | {ours[name]:.1f} ms | {floor[name]:.1f} ms | {ours[name] / floor[name]:.2f} |\n" for name in ours
    ]
    over = [name for name in ours if ours[name] > floor[name] * (GET if name.startswith("GET") else POST)]
    whole, least = sum(ours.values()), sum(floor.values())
    hasher = 2 * found["hasher"]
    share = hasher / (whole + hasher)
    sums = {"ours": whole, "floor": least, "ratio": whole / least, "hasher": hasher, "share": share}
    return {"requests": "".join(rows), "over": ", ".join(over) or "none", **sums}


def _sites(found: dict[str, Any]) -> dict[str, Any]:
    rate, growth = found["rate"], found["growth"]
    return {
        "rate_ours": rate["ours"],
        "rate_floor": rate["floor"],
        "rate_ratio": rate["ours"] / rate["floor"],
        **{f"growth_{name}": value for name, value in growth.items()},
    }


def _mail(found: dict[str, Any]) -> dict[str, Any]:
    ours, floor = found["ours"], found["floor"]
    return {
        "mail_ours": ours["median"],
        "mail_floor": floor["median"],
        "mail_ratio": ours["median"] / floor["median"],
        "burst_ours": ours["a second"],
        "burst_floor": floor["a second"],
        "burst_ratio": ours["a second"] / floor["a second"],
        "memory_worker": ours["memory"],
    }


def _million(found: dict[str, Any]) -> str:
    few, many = found["screens"]["few"], found["screens"]["many"]
    screens = [
        f"| {name} | {median(few[name]):.1f} ms | {median(many[name]):.1f} ms "
        f"| {median(many[name]) / median(few[name]):.2f} | {p95(few[name]):.1f} ms | {p95(many[name]):.1f} ms |\n"
        for name in few
    ]
    looked_at = [
        f"| {what} | {median(times):.1f} ms | {p95(times):.1f} ms |\n" for what, times in found["staff"].items()
    ]
    commands = [COMMAND.format(**ran) for ran in found["commands"]]
    return MILLION.format(
        accounts=found["accounts"],
        each=found["events"] // found["accounts"],
        minutes=found["seed"] / 60,
        speed=found["accounts"] / found["seed"],
        screen=SCREEN,
        staff=STAFF,
        screens="".join(screens),
        looked_at="".join(looked_at),
        commands="".join(commands),
    )


COMMAND = "| `{command}` | {rows:,.0f} | {a second:,.0f} | {median:.1f} ms | {longest:.0f} ms |\n"


def row(mail: Any, old: Any) -> str:
    counts = [mail.get, mail.post, old.get if old else "", old.post if old else ""]
    cells = " | ".join(str(count) if count else "–" for count in counts)
    return f"| `{mail.name}` | {cells} | {mail.kilobytes:.1f} kB |\n"
