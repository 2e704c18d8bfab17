"""Somebody's record as they read it, for tests."""

import re
from html import unescape

from security import events
from security.actor import Actor
from security.models import Kind
from tests import plausible

HERE = Actor(address="127.0.0.1", browser="Firefox (Linux)")
ELSEWHERE = Actor(address="203.0.113.9", browser="Chrome (Windows)")
PATH = "/security/activity/"


def record(someone, kind=Kind.SESSION_ENDED, actor=ELSEWHERE, **detail):
    return events.record(kind, someone.user, actor, **(detail or plausible.DETAIL[kind]))


def record_many(someone, count):
    for _ in range(count):
        record(someone, Kind.PASSWORD_REFUSED)


def read(someone, query=""):
    answer = someone.get(PATH + query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def text(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def lines(html):
    """The titles, from the top."""
    return re.findall(r'<h2 class="line"[^>]*>([^<]*)</h2>', html)


def link_to(html, words):
    """Where the link with these words leads."""
    [path] = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{words}</a>', html)
    return path
