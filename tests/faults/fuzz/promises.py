"""What is held of every answer, whatever was asked."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from security.middleware import QUIET
from tests.faults.fuzz.marks import ELSEWHERE, EXECUTED, HEADER, TOKEN, UNESCAPED
from tests.faults.fuzz.wire import Answer

FIT_TO_PRINT = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
INNER_LIFE = re.compile(
    r"Traceback \(most recent|site-packages|TemplateSyntaxError|TemplateDoesNotExist|SECRET_KEY|DATABASE_URL|"
    r"DJANGO_SETTINGS_MODULE|INSTALLED_APPS|psycopg|Request Method:"
)
OUTSIDERS = "django.security"  # what Django refuses it tells there, with a trace
SCRIPT_IN_A_LINK = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*(?:javascript|data):""", re.I)


def hold(answer: Answer, entries: list[dict[str, Any]]) -> None:
    """All of them."""
    failures = [entry for entry in entries if entry["level"] in ("error", "critical") and "trace" in entry]
    traces = [entry["trace"] for entry in failures if not entry["logger"].startswith(OUTSIDERS)]
    assert answer.status < 500, "\n".join([f"{answer.status}: {answer.ask}", *traces])
    assert traces == [], traces
    stays_here(answer)
    has_its_own_headers(answer)
    says_nothing_of_itself(answer)
    shows_text_as_text(answer)


def leaves_one_line(answer: Answer, entries: list[dict[str, Any]]) -> None:
    """Every request has one line of its own, but for those that are made all the time."""
    own = [entry for entry in entries if entry["logger"] == "security.requests"]
    assert len(own) == (not answer.ask.path.startswith(QUIET)), entries


def stays_here(answer: Answer) -> None:
    """No redirect leads anywhere but to a path of this site."""
    where = answer.location
    if where:
        parts = urlsplit(where)
        assert (parts.scheme, parts.netloc) == ("", ""), where
        assert where.startswith("/"), where
        assert not re.match(r"[/\\\s]*[/\\]{2}|/[\s\x00-\x1f]", where), where


def has_its_own_headers(answer: Answer) -> None:
    """Nothing that was sent ends a header, or begins another one."""
    for name, value in answer.headers:
        assert re.fullmatch(r"[A-Za-z0-9-]+", name), name
        assert FIT_TO_PRINT.fullmatch(value), (name, value)
        assert not name.startswith(HEADER), (name, value)
        assert f"//{ELSEWHERE}" not in value, (name, value)
    assert answer.header("X-Content-Type-Options") == "nosniff", answer.headers


def says_nothing_of_itself(answer: Answer) -> None:
    """No trace, no setting and nothing that a template made of what was sent."""
    found = INNER_LIFE.search(answer.text) or EXECUTED.search(answer.text)
    assert not found, (found, answer.ask)
    for secret in (settings.SECRET_KEY, TOKEN):
        assert secret not in answer.text, answer.ask


def shows_text_as_text(answer: Answer) -> None:
    """On a page no sign of what was sent is one of HTML's; what is no page says so."""
    if answer.kind in ("text/html", "") or answer.kind.endswith("xml"):
        for pattern in (UNESCAPED, SCRIPT_IN_A_LINK):
            if found := pattern.search(answer.text):
                around = answer.text[max(0, found.start() - 200) : found.end() + 200]
                raise AssertionError(f"not escaped: {found[0]!r} in {around!r}\nasked: {answer.ask}")
    else:
        assert answer.kind in KINDS, answer.kind


def is_a_letter(message: Any) -> None:
    """A mail has one line as its subject, and in its HTML no sign of what was typed is one of HTML's."""
    assert message.subject.isprintable(), message.subject
    for page in message.alternatives:
        found = UNESCAPED.search(page.content)
        assert not found, page.content


KINDS = {
    "text/plain",
    "text/csv",
    "text/css",
    "text/javascript",
    "application/json",
    "application/jsonl",
}
