"""Sentry is told what failed and where, and nothing of the person: asked of a server that takes its reports."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from config.tracker import masked
from tests.config import production

SECRET = {
    "address": "robin.owner@example.org",
    "password": "correct horse battery staple",
    "code": "1234 5678",
    "cookie": "a-session-key-that-nobody-may-see",
    "token": "0123456789abcdef01234567.k1.c2lnbmF0dXJlc2lnbmF0dXJl",
}
FAIL = """
import json, sys
import django; django.setup()
from django.test import Client
from security import browser
secret = json.loads(sys.argv[1])
def fail(request, address, *rest):
    password = request.POST["password"]
    raise ValueError(f"{address} typed {secret['code']} at /security/undo/{secret['token']}/")
browser.identify = fail
client = Client(raise_request_exception=False, SERVER_NAME="account.example.com")
client.cookies["__Host-browser"] = secret["cookie"]
form = {"email": secret["address"], "password": secret["password"]}
path = "/sign-in/?next=/undo/" + secret["token"]
answer = client.post(path, form, secure=True, headers={"User-Agent": "Robin's browser"})
print(answer.status_code, answer["X-Request-ID"])
import logging
logging.getLogger("security.outbox").error("mail %s given up: %s", "abcdef", "SMTPDataError")
logging.getLogger("security.outbox").warning("nothing to report")
import sentry_sdk; sentry_sdk.flush(10)
"""


class Tracker(BaseHTTPRequestHandler):
    received: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.received.append((gzip.decompress(body) if is_packed else body).decode())  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def tracker() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Tracker)
    server.received = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_report_names_the_place_and_nothing_of_the_person(tracker):
    dsn = f"http://key@127.0.0.1:{tracker.server_port}/1"
    done = production.run(FAIL, json.dumps(SECRET), SENTRY_DSN=dsn, PYTHONWARNINGS="ignore")
    assert done.returncode == 0, done.stderr
    status, request_id = done.stdout.split()
    assert status == "500"

    sent = "".join(tracker.received)
    events = [json.loads(line) for line in sent.splitlines() if '"event_id"' in line and '"level"' in line]
    failed, given_up = sorted(events, key=lambda event: event["logger"])
    assert failed["exception"]["values"][0]["type"] == "ValueError"
    assert failed["exception"]["values"][0]["value"] == "... typed ... at ..."
    assert failed["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert failed["logentry"]["message"] == "Internal Server Error: /sign-in/"
    assert failed["tags"] == {"request": request_id}
    assert given_up["logentry"]["message"] == "mail abcdef given up: SMTPDataError"
    for what, secret in {**SECRET, "browser": "Robin's browser", "digits": "12345678"}.items():
        assert secret not in sent, what


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Key (upper(email))=(ROBIN@EXAMPLE.ORG) already exists.", "Key (upper(email))=(...) already exists."),
        ("wrong code 123456", "wrong code ..."),
        ("mail 42 waits", "mail 42 waits"),
        ("/invitation/abc/", "/invitation/.../"),
    ],
)
def test_what_looks_like_an_address_a_code_or_a_key_is_masked(said, told):
    assert masked(said) == told


def test_without_an_address_the_library_is_not_even_read():
    done = production.run("import django, sys; django.setup(); print('sentry_sdk' in sys.modules)")
    assert done.stdout == "False\n", done.stderr


def test_nonsense_stops_the_start_with_one_clear_line():
    done = production.run("import django; django.setup()", SENTRY_DSN="sentry")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: SENTRY_DSN: ")
