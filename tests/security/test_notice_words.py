"""What every notice says: the same in both parts, to the end, and nothing in it can hurt."""

import re
from email import message_from_bytes
from html import unescape

import pytest
from django.core import mail

from security import outbox
from security.actor import Actor
from security.models import Kind
from security.notices import NOTICES
from tests import plausible
from tests.mail import CODE
from tests.security.notified import OWNER, SUPPORT, happened, start_address_change, with_addresses
from tests.walls import everything

EVIL = "<img src=x onerror=alert(1)>\r\nBcc: mallory@example.org"
TOLD = pytest.mark.parametrize("kind", list(NOTICES))
WITHOUT_A_NO = {
    Kind.ACCOUNT_FROZEN: "it says how to open it",
    Kind.ACCOUNT_THAWED: "it says to look through everything",
    Kind.ENROLLMENT_CANCELLED: "nothing has changed",
    Kind.SUPPORT_ASKED: "nobody gets in by asking",
}


@pytest.fixture
def owner(clock, owner):
    return with_addresses(owner)


# What it says.


def lines_of(text):
    """The lines of a mail, without the words of its links."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return {re.sub(r"^.*?(https?://\S+)$", r"\1", line) for line in lines if line not in ("", "--")}


def text_of(html):
    """The same lines out of the HTML part."""
    body = html.split("<body>", 1)[1]
    body = re.sub(r'<a href="([^"]*)">.*?</a>', r"\n\1\n", " ".join(body.split()))
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<br>|</p>|</h1>|</div>", "\n", body)))


@TOLD
def test_text_and_html_say_the_same(owner, clock, kind):
    for message in happened(owner, kind, clock):
        [html] = message.alternatives
        assert html.mimetype == "text/html"
        said = lines_of(message.body)
        assert said == lines_of(text_of(html.content))
        assert len(said) >= 5


def test_the_code_to_the_present_address_says_the_same_in_both_parts_too(owner, clock):
    start_address_change(owner, OWNER)
    outbox.sweep()
    [message] = [message for message in mail.outbox if CODE.search(message.body)]
    assert message.to == [OWNER]
    assert lines_of(message.body) == lines_of(text_of(message.alternatives[0].content))
    assert not re.search(r"\d", message.subject)


@TOLD
def test_it_is_written_to_the_end(owner, clock, kind):
    for message in happened(owner, kind, clock):
        for part in (message.subject, message.body, message.alternatives[0].content):
            assert part.strip()
            assert not re.search(r"\{[{%]|[%}]\}|%\(|\bNone\b|\bTrue\b|0123456789abcdef01234567\b(?!\.)", part)
        assert message.body.strip().startswith(message.subject)


@TOLD
def test_no_subject_has_a_code_or_a_second_line(owner, clock, kind):
    for message in happened(owner, kind, clock):
        assert not re.search(r"\d{4}|[\r\n]", message.subject)
        assert 10 < len(message.subject) <= 78


@TOLD
def test_it_says_that_a_machine_sent_it_in_which_language_and_once(owner, clock, kind):
    mails = happened(owner, kind, clock)
    for message in mails:
        sent = message_from_bytes(message.message().as_bytes())
        assert sent["Auto-Submitted"] == "auto-generated"
        assert sent["Content-Language"] == "en"
        assert sent["To"] == message.to[0]
        assert sent.get_content_type() == "multipart/alternative"
    assert len({message.extra_headers["Message-ID"] for message in mails}) == len(mails)


@TOLD
def test_it_says_what_to_do_if_it_was_not_them(owner, clock, kind):
    for message in happened(owner, kind, clock):
        asks_support = message.to == [SUPPORT]
        assert asks_support or re.search("If (this was not you|you did not)|It was opened|left\\?", message.body)
        assert SUPPORT in message.body


# Its links.


def links_in(message):
    return sorted(set(re.findall(r"http://localhost(?::\d+)?(/[^\s\"]+)|https?://[^/\s]+(/[^\s\"]+)", message.body)))


def paths_in(message):
    return {path for pair in links_in(message) for path in pair if path}


@TOLD
def test_its_links_open_a_page_and_change_nothing(owner, clock, kind):
    followed = set()
    for message in list(happened(owner, kind, clock)):
        assert paths_in(message) == set(re.findall(r'href="https?://[^/]+(/[^"]+)"', message.alternatives[0].content))
        followed |= paths_in(message)
    before = everything()
    somebody = owner.elsewhere()
    for path in followed:
        for look in (somebody.client.get, somebody.client.head, somebody.client.get):
            answer = look(path)
            assert answer.status_code == 200 or path in ("/security/", "/security/sessions/", "/sign-in/"), path
    assert everything() == before


@pytest.mark.parametrize("kind", sorted(set(NOTICES) - set(WITHOUT_A_NO)))
def test_a_change_comes_with_a_link_that_says_no_or_a_word_to_support(owner, clock, kind):
    for message in happened(owner, kind, clock):
        says_no = [path for path in paths_in(message) if path.startswith("/security/undo/")]
        assert says_no or f"write to {SUPPORT}" in message.body or "do nothing" in message.body


# What people typed in.


@TOLD
def test_nothing_that_was_typed_becomes_markup_or_a_header(owner, clock, kind):
    detail = dict.fromkeys(set(plausible.DETAIL[kind]) & {"name", "old_name", "browser", "reason"}, EVIL)
    for message in happened(owner, kind, clock, Actor(address="192.0.2.1", browser=EVIL[:120]), **detail):
        assert "<img" not in message.alternatives[0].content
        assert "onerror=alert" not in re.sub(
            r"&lt;img src=x onerror=alert\(1\)&gt;", "", message.alternatives[0].content
        )
        sent = message_from_bytes(message.message().as_bytes())
        assert (sent["Bcc"], sent["Cc"]) == (None, None)
        assert message.recipients() == message.to
        assert len(message.to) == 1
        for part in (message.body, text_of(message.alternatives[0].content)):
            assert not re.search(r"^\s*Bcc:", part, re.MULTILINE)
