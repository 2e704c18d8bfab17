"""Log lines: one an entry, whatever somebody managed to get into it."""

import io
import json
import logging
import sys

import pytest

from config.logs import JsonFormatter, TextFormatter
from security import links
from security.models import Event, Kind

TOKEN = "0123456789abcdef01234567.k1.c2lnbmF0dXJl"


@pytest.fixture
def log():
    """A logger as production has it, and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("rekey.test")
    logger.addHandler(handler)
    logger.lines = lambda: stream.getvalue().split("\n")[:-1]
    return logger


def test_an_entry_is_a_line_of_json(log, clock):
    log.warning("mail %s waits after attempt %d", "abc", 2)
    [line] = log.lines()
    assert json.loads(line) == {
        "at": "2036-11-24T12:00:05.000+00:00",
        "level": "warning",
        "logger": "rekey.test",
        "message": "mail abc waits after attempt 2",
    }


@pytest.mark.parametrize(
    "separator", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\x1b[2K"]
)
def test_no_line_is_forged(log, separator):
    forged = f'owner{separator}{{"level": "info", "message": "signed in"}}'
    log.info("refused %s", forged)
    log.info(forged)
    lines = log.lines()
    assert len(lines) == 2
    assert all(len(line.splitlines()) == 1 and line.isascii() and line.isprintable() for line in lines)
    assert json.loads(lines[0])["message"] == f"refused {forged}"
    assert json.loads(lines[1])["level"] == "info"


def test_an_error_is_one_line_with_its_trace(log):
    try:
        raise ValueError("over\ntwo lines")
    except ValueError:
        log.exception("it failed")
    [line] = log.lines()
    entry = json.loads(line)
    assert entry["level"] == "error"
    assert entry["trace"].startswith("Traceback (most recent call last):\n")
    assert entry["trace"].endswith("ValueError: over\ntwo lines")


def test_a_message_with_quotes_and_umlauts_is_what_it_was(log):
    log.info('Ünïcode "quoted" \\ 社 😀')
    assert json.loads(log.lines()[0])["message"] == 'Ünïcode "quoted" \\ 社 😀'


def test_what_is_no_text_is_written_all_the_same(log):
    log.info({"a": [1, sys]})
    assert json.loads(log.lines()[0])["message"].startswith("{'a': [1, <module 'sys'")


@pytest.mark.parametrize("formatter", [JsonFormatter, TextFormatter])
@pytest.mark.parametrize("where", ["invitation", "forgot-password", "link", "undo"])
@pytest.mark.parametrize("words", ["Not Found: %s", "Forbidden (CSRF token missing.): %s", 'GET "%s?a=b" 404', "%s"])
def test_the_key_of_a_mailed_link_is_not_written(log, formatter, where, words):
    log.handlers[0].setFormatter(formatter())
    log.warning(words, f"/{where}/{TOKEN}/")
    log.warning(words, f"https://account.example.com/{where}/{TOKEN}")
    assert all(f"/{where}/..." in line and TOKEN not in line for line in log.lines())
    assert len(log.lines()) == 2


@pytest.mark.parametrize("formatter", [JsonFormatter, TextFormatter])
@pytest.mark.parametrize(
    "before", ["/undo/ ", "/undo//", "/undo/'", '/link/"', "/undo/\n", "/undo/?", "/", "/sign-in/?next=/"]
)
def test_nor_is_it_where_a_hand_or_a_mail_program_has_spoilt_the_address(log, formatter, before):
    log.handlers[0].setFormatter(formatter())
    token = links.refusal(Event(person_id=7, kind=Kind.SESSION_STARTED))
    log.warning("Not Found: %s", f"{before}{token}/")
    [line] = log.lines()
    assert token.rpartition(".")[2] not in line


@pytest.mark.parametrize("formatter", [JsonFormatter, TextFormatter])
def test_nor_is_it_in_a_trace(log, formatter):
    log.handlers[0].setFormatter(formatter())
    try:
        raise ValueError(f"/invitation/{TOKEN}/")
    except ValueError:
        log.exception("it failed")
    assert "/invitation/.../" in "".join(log.lines())
    assert TOKEN not in "".join(log.lines())


@pytest.mark.parametrize("formatter", [JsonFormatter, TextFormatter])
def test_any_other_address_is_written_as_it_is(log, formatter):
    log.handlers[0].setFormatter(formatter())
    log.warning("Not Found: /security/reset/email/?device=abc")
    assert "Not Found: /security/reset/email/?device=abc" in log.lines()[0]


def test_what_an_entry_says_besides_is_in_the_line_of_json(log):
    log.warning("csrf.failed", extra={"said": {"person": 7, "path": f"/undo/{TOKEN}/", "browser": "a\nb"}})
    [line] = log.lines()
    assert json.loads(line)["message"] == "csrf.failed"
    assert json.loads(line)["said"] == {"person": 7, "path": "/undo/.../", "browser": "a\nb"}


def test_for_a_terminal_it_stands_behind_the_message(log):
    log.handlers[0].setFormatter(TextFormatter())
    log.warning("csrf.failed", extra={"said": {"person": 7, "path": f"/undo/{TOKEN}/"}})
    assert log.lines() == ["csrf.failed person=7 path=/undo/.../"]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\x0b", "\x85", "\u2028", "\0", "\x1b[2K", "\u202e"])
def test_no_line_is_forged_on_a_terminal_either(log, separator):
    log.handlers[0].setFormatter(TextFormatter())
    log.warning("refused %s", f"owner{separator}root", extra={"said": {"browser": f"x{separator}y"}})
    [line] = log.lines()
    assert line.isprintable()
    assert line.startswith("refused owner\\")
