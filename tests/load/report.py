"""The page that `make bench` writes."""

import os
import platform
from datetime import date
from typing import Any

from tests.load.sameness import ASKED

HEAD = """# Performance

Written by `make bench` on {day}, on {cores} cores, Python {python}. Do not edit by hand: run it again.

How to read it: processor times depend on the machine and on who else uses it, so look at the ratios and at the counts.
Counts (queries, bytes) are the same everywhere, and `tests/test_budgets.py` holds them.

## A whole journey

From the sign-in page to the receipt, by the mailed code, every screen looked at and answered; the password is typed
twice, the swap included. The web runs in one process against a real PostgreSQL; its processor time does not include
the database's.

| what | figure |
| --- | ---: |
| journeys a second, one process, one at a time | {rate:.1f} |
| processor time of the web, a journey | {web:.0f} ms |
| of that: the password hasher, two hashes (Argon2id, 46 MiB) | {hasher:.0f} ms |
| of that: everything else | {rest:.0f} ms |
| the hasher's share | {share:.0%} |

## Queries and weight of every screen

Statements that only frame a transaction are not counted. Budget: 6 on a screen that is looked at, 12 on `/security/`,
16 on an answer but the swap; 20 kB of HTML.

| screen | GET, by mail | POST, by mail | GET, by old code | POST, by old code | HTML |
| --- | ---: | ---: | ---: | ---: | ---: |
"""

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


def page(found: dict[str, Any]) -> str:
    """The report as Markdown."""
    journeys, qr = found["journeys"], found["qr"]
    rest = journeys["web"] - journeys["hasher"]
    head = HEAD.format(
        day=date.today().isoformat(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        rate=journeys["a second"],
        web=journeys["web"],
        hasher=journeys["hasher"],
        rest=rest,
        share=journeys["hasher"] / journeys["web"],
    )
    by_old_code = {screen.name: screen for screen in found["screens"]["old code"]}
    rows = [row(screen, by_old_code.get(screen.name)) for screen in found["screens"]["mail"]]
    same = [
        f"| {what} | {known:.1f} ms | {unknown:.1f} ms | {known / unknown:.2f} |\n"
        for what, (known, unknown) in found["sameness"].items()
    ]
    times = {"ours": qr["ours"], "library": qr["library"], "ratio": qr["library"] / qr["ours"]}
    tail = TAIL.format(**times, asked=ASKED, sameness="".join(same))
    sizes = [f"| {what} | {kilobytes:.1f} kB |\n" for what, kilobytes in found["weights"].items()]
    return head + "".join(rows) + tail + "".join(sizes)


def row(mail: Any, old: Any) -> str:
    counts = [mail.get, mail.post, old.get if old else "", old.post if old else ""]
    cells = " | ".join(str(count) if count else "–" for count in counts)
    return f"| `{mail.name}` | {cells} | {mail.kilobytes:.1f} kB |\n"
