"""A real SMTP server for tests, which can be slow, rude or gone."""

import re
import threading
import time
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

CODE = re.compile(r"^\s*(\d{4} \d{4})\s*$", re.M)


class Inbox:
    """What arrived, in order. `answer` is what the server says to a mail; `delay` how long it thinks about it,
    `silence` how long about whether it is there."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.recipients: list[list[str]] = []
        self.peers: list[tuple[str, int]] = []  # who brought each of them
        self.answer, self.delay, self.silence = "250 OK", 0.0, 0.0
        self.began = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        import asyncio

        self.began.set()
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.recipients.append(envelope.rcpt_tos)
            self.peers.append(session.peer)
        return self.answer

    async def handle_NOOP(self, server: Any, session: Any, envelope: Any, arg: str) -> str:  # noqa: N802
        import asyncio

        await asyncio.sleep(self.silence)
        return "250 OK"

    def to(self, address: str) -> list[Message]:
        return [mail for mail, people in zip(self.mails, self.recipients, strict=True) if address in people]

    def codes(self, address: str) -> list[str]:
        return [code for mail in self.to(address) for code in CODE.findall(text_of(mail))]

    def wait_for_code(self, address: str, *, count: int = 1, seconds: float = 20) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if len(codes := self.codes(address)) >= count:
                return codes[-1]
            time.sleep(0.05)
        raise AssertionError(f"{len(self.codes(address))} codes reached {address} in {seconds} s")


def text_of(mail: Message) -> str:
    return mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]


class MailServer(Controller):
    """Listens on 127.0.0.1 in a thread of its own."""

    def __init__(self, port: int, inbox: Inbox | None = None) -> None:
        self.inbox = inbox or Inbox()
        super().__init__(self.inbox, hostname="127.0.0.1", port=port, ready_timeout=20)
