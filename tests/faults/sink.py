"""A mail server in a process of its own, which can be killed. It writes every mail to a file before it says yes to it.

`python -m tests.faults.sink PORT FOLDER`. What it does is said by the file `behaviour` in its folder: nothing for
taking mail, `answer 451 busy` for that answer, `hang` for none, `full` for a disk without space (/dev/full: a real
error).
"""

import asyncio
import json
import signal
import sys
import time
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from tests.mail import CODE, text_of

LOG = "accepted.jsonl"


class Handler:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        behaviour = (self.folder / "behaviour").read_text()
        if behaviour == "hang":
            await asyncio.sleep(60)
        if behaviour.startswith("answer "):
            return behaviour.removeprefix("answer ")
        mail = message_from_bytes(envelope.content, policy=default)
        said: Any = {
            "at": time.time(),
            "to": envelope.rcpt_tos,
            "id": str(mail["Message-ID"]).strip("<>").partition(".")[0],
            "codes": CODE.findall(text_of(mail)),
        }
        try:
            with open("/dev/full" if behaviour == "full" else self.folder / LOG, "a") as log:
                log.write(json.dumps(said) + "\n")
        except OSError:
            return "452 4.3.1 no space left"
        return "250 OK"


@dataclass(frozen=True)
class Accepted:
    """A mail that was taken: when, to whom, the promise it keeps, and the code in it."""

    at: float
    to: str
    promise: str
    code: str


def accepted(folder: Path) -> list[Accepted]:
    """Every mail that was taken, in order."""
    log = folder / LOG
    lines = log.read_text().splitlines() if log.exists() else []
    rows = [json.loads(line) for line in lines]
    return [Accepted(row["at"], row["to"][0], row["id"], (row["codes"] or [""])[0]) for row in rows]


def main(port: int, folder: Path) -> None:
    controller = Controller(Handler(folder), hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
