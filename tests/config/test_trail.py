"""Lines of the log that belong together carry the same ids: of the request, the attempt, the mail."""

import io
import json
import logging

import pytest

from config.logs import JsonFormatter, TextFormatter
from security import outbox, trail
from security.models import OutboxMessage


@pytest.fixture
def lines():
    """What production's log has so far."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def of(request_id, lines):
    return [line for line in lines() if line.get("request") == request_id]


def test_the_lines_of_a_request_carry_its_id_and_that_of_the_attempt(transactional_db, owner, clock, lines):
    owner.sign_in().walk_to("proof")
    answer = owner.answer("proof", code="000000")
    found = of(answer["X-Request-ID"], lines)
    assert {line["logger"] for line in found} == {"security.chain", "security.requests"}
    assert {line["enrollment"] for line in found} == {owner.enrollment.public_id}
    line = found[-1]
    assert line["message"] == "POST /security/reset/proof/"
    assert line["said"]["status"] == 200
    assert 0 <= line["said"]["ms"] < 10_000


def test_every_request_has_another_id_and_takes_no_attempt_with_it(owner, clock, lines):
    owner.sign_in().walk_to("proof")
    ids = {owner.get("/account/")["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert all("enrollment" not in line for request_id in ids for line in of(request_id, lines))
    assert trail.marks() == {}


@pytest.mark.parametrize(
    ("path", "written"),
    [("/sign-in/?next=/secret/", "GET /sign-in/"), ("/security/undo/0123456789abcdef/", "GET /security/undo/.../")],
)
def test_a_line_says_no_query_and_no_key(client, db, lines, path, written):
    found = of(client.get(path)["X-Request-ID"], lines)
    assert found[-1]["message"] == written
    assert "secret" not in json.dumps(found)
    assert "0123456789abcdef" not in json.dumps(found)


@pytest.mark.parametrize("path", ["/health/live", "/static/site.css", "/metrics"])
def test_what_is_asked_for_all_the_time_leaves_no_line(client, db, lines, path):
    client.get(path)
    assert [line for line in lines() if line["logger"] == "security.requests"] == []


def test_the_id_of_a_trusted_proxy_is_taken_over(client, db, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    assert client.get("/sign-in/", headers={"X-Request-ID": "proxy-0123456789"})["X-Request-ID"] == "proxy-0123456789"


@pytest.mark.parametrize("forged", ["short", "x" * 65, "has a space in it", 'quote"quote"', "line\nbreak-line"])
def test_an_id_that_cannot_stand_in_a_line_is_not(client, db, settings, forged):
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    assert client.get("/sign-in/", headers={"X-Request-ID": forged})["X-Request-ID"] != forged


def test_nobody_else_names_a_request(client, db):
    assert (
        client.get("/sign-in/", headers={"X-Request-ID": "stranger-0123456789"})["X-Request-ID"]
        != "stranger-0123456789"
    )


def test_the_lines_of_a_mail_carry_its_id(owner, clock, lines, settings):
    owner.begin_locked_out()
    owner.post("/security/reset/notice/")
    message = OutboxMessage.objects.exclude(code=None).get()
    settings.MAILERS = {"default": {"BACKEND": "tests.nowhere"}}
    outbox.deliver(message.pk)
    [line] = [line for line in lines() if line["logger"] == "security.outbox"]
    assert (line["mail"], line["enrollment"]) == (message.public_id, owner.enrollment.public_id)


def test_on_a_terminal_they_stand_behind_the_message():
    record = logging.LogRecord("rekey", logging.INFO, "", 1, "it went well", (), None)
    with trail.of(request="abcdefgh"):
        trail.mark(enrollment="0123")
        assert TextFormatter().format(record) == "it went well request=abcdefgh enrollment=0123"
    assert TextFormatter().format(record) == "it went well"


def test_outside_of_a_piece_of_work_nothing_is_marked():
    trail.mark(enrollment="0123")
    assert trail.marks() == {}
