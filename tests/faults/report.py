"""docs/reliability.md, from what `make faults` counted: `python -m tests.faults.report RESULTS`."""

import json
import os
import platform
import sys
from datetime import date
from pathlib import Path
from typing import Any

REPORT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"

HEAD = """# Reliability

Written by `make faults` on {day}, on {cores} cores, Python {python}. Do not edit by hand: run it again.

Every part of the site is stopped, killed or confused, in real processes, while {journeys} people replace their
device, eight at a time: each lost their phone, has a code mailed, and pairs a new one. The fault happens when
the first of them are about to ask for their code, and again five seconds after it is over, until all have their
device. People load the page again where it does not come, as people do. PostgreSQL keeps every commit
(`synchronous_commit`), two web processes and two workers run.

How to read it. **Promised** are mails that a transaction promised: codes, and the notices of each swap.
**Arrived** is what the mail server wrote down. **Withdrawn** are mails that must not leave any more because
their code was used or replaced; **refused** those to which the mail server said *never* (the person asks for a
new code). **Lost** is what neither arrived nor has a reason. **Twice** are mails that came once more, because
somebody was killed between the mail server's yes and our note of it, or because a clock that jumped ended the
time in which one worker has a mail to itself. **Recovery** is the longest that a mail took with every part back.

Held for every line, or `make faults` fails: nothing is lost; no code leaves that is dead; no more copies than
kills; each swap has its event and its notices, and each event its swap; at every look (twenty a second)
everybody has exactly one device; no answer is an error but 503 with *Try again*; recovery within 20 seconds;
everybody gets to the end.

## Faults

| fault | times | finished | answers | 503 | cut | promised | arrived | withdrawn | refused | lost | twice | back in |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""

ROW = (
    "| {fault} | {strikes} | {finished}/{journeys} | {answers} | {try_again} | {dropped} | {promised} | {arrived} "
    "| {withdrawn} | {refused} | {lost} | {twice} | {recovery:.1f} s |\n"
)

FUZZ = """
## Bad input

{requests} made-up requests, to every address of the site: every field of every form and every header that is
read, filled with what nobody should type ({answers}). No error of ours (5xx), no trace, nothing reflected
unescaped, no line of the log forged, no secret in it. {behind:.0%} of the forms got past the gates to the code
behind them."""


def page(lines: list[dict[str, Any]]) -> str:
    """The report as Markdown."""
    faults = [line for line in lines if "fault" in line]
    head = HEAD.format(
        day=date.today().isoformat(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        journeys=faults[0]["journeys"],
    )
    rows = [ROW.format(**{**line, "lost": len(line["lost"])}) for line in faults]
    fuzz = [FUZZ.format(**{**line, "answers": told(line["answers"])}) for line in lines if "requests" in line]
    return head + "".join(rows) + "".join(fuzz)


def told(answers: dict[str, int]) -> str:
    """How many answers there were of each kind: the most first."""
    return ", ".join(f"{kind}: {number}" for kind, number in sorted(answers.items(), key=lambda one: -one[1]))


if __name__ == "__main__":
    read = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    REPORT.write_text(page(read))
    sys.stdout.write(REPORT.read_text())
