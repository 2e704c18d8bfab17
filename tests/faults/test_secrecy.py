"""Where the verification code must not be: the broker, the task, its result, the log, the database, a subject."""

import contextlib
import hashlib
import socket
import threading

from security.models import Authenticator
from tests import people
from tests.conftest import Processes
from tests.faults.test_broker import finish, locked_out, promise
from tests.mail import Inbox
from tests.servers import Redis
from tests.walls import text_of_the_database


def listen_to(port: int, heard: list[bytes]) -> socket.socket:
    """Write down every command that Redis is given, as its MONITOR tells them."""
    ear = socket.create_connection(("127.0.0.1", port))
    ear.sendall(b"MONITOR\r\n")
    assert ear.recv(5) == b"+OK\r\n"

    def listen() -> None:
        with contextlib.suppress(OSError):  # closed at the end of the test
            while chunk := ear.recv(65536):
                heard.append(chunk)

    threading.Thread(target=listen, daemon=True).start()
    return ear


def test_the_code_is_nowhere_but_in_the_mail(processes: Processes, redis: Redis, inbox: Inbox, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("TEST_LOG", str(log))
    processes.log = log.open("ab")
    owner = people.make("owner@example.com")
    heard: list[bytes] = []
    ear = listen_to(redis.port, heard)
    processes.worker(LOG_FORMAT="text")
    browser = locked_out(processes.site().url, owner)
    promise(browser)
    code = inbox.wait_for_code(owner.user.email)
    digits = code.replace(" ", "")
    browser.post("/security/reset/code/", code="00000000" if digits != "00000000" else "11111111")
    finish(browser, code)
    secret = people.Enrollment.objects.get().secret

    broker = b"".join(heard).decode(errors="replace")
    ear.close()
    assert "security.tasks.deliver" in broker, "the nudge went through this Redis"
    traces = {"broker": broker, "log": log.read_text(errors="replace"), "database": text_of_the_database()}
    traces["subject"] = inbox.to(owner.user.email)[0]["subject"]
    for place, text in traces.items():
        assert digits not in text, place
        assert code not in text, place
        assert hashlib.sha256(digits.encode()).hexdigest() not in text, place
        assert secret.hex() not in text, place
        assert owner.phone.secret not in text, place
    assert Authenticator.objects.get().sealed_secret in traces["database"], "the dump is complete"
