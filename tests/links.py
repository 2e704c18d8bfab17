"""The link for a forgotten password: asked for by somebody, and read from their mail."""

import re

from django.core import mail

from security import outbox
from tests.people import Someone

LINK = re.compile(r"http://127\.0\.0\.1:8000(/forgot-password/\S+)")


def ask(someone: Someone, address: str = "") -> None:
    answer = someone.post("/forgot-password/", email=address or someone.user.email)
    assert (answer.status_code, answer.url) == (302, "/forgot-password/?sent=1")


def mailed() -> list[str]:
    """The links that were mailed so far, the newest last."""
    outbox.sweep()
    found = [LINK.search(message.body) for message in mail.outbox if message.subject == "Choose a new password"]
    return [link[1] for link in found if link]


def link_for(someone: Someone) -> str:
    ask(someone)
    return mailed()[-1]
