"""What tests share: people, a clock, and the real processes around the site."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from accounts import portal
from security import postbox, pulse, rules, tasks, windows
from tests import people
from tests.mail import Inbox, MailServer
from tests.servers import answers, die_with_parent, free_port, wait_until

ROOT = Path(__file__).resolve().parents[1]


class Clock:
    """Stands still until it is moved; the same for Python, Django and every TOTP.

    It stands years ahead, so that whatever a test made before it stood still lies in its past.
    """

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def forward(self, seconds: float = 0, **span: float) -> None:
        self._traveller.shift(timedelta(seconds=seconds, **span))


@pytest.fixture
def clock() -> Iterator[Clock]:
    start = datetime(2036, 11, 24, 12, 0, 5, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def owner(db: None) -> people.Someone:
    return people.make("owner@example.com", name="Robin Owner")


@pytest.fixture
def newcomer(db: None) -> people.Someone:
    return people.make("new@example.com", has_device=False)


@pytest.fixture
def staff(db: None) -> people.Someone:
    return people.make("staff@example.com", is_staff=True)


@pytest.fixture
def stranger(db: None) -> people.Someone:
    return people.make("stranger@example.com")


@pytest.fixture(autouse=True)
def english() -> None:
    """No test speaks the language that another one has left behind."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def closed_circuit() -> None:
    """Every test begins with a Redis and a mail server that nobody has found dead, and a Redis without a memory."""
    for circuit in (tasks.circuit, windows.circuit, portal.circuit, pulse.circuit, postbox.circuit):
        circuit.close()
    windows.limiter_at(settings.REDIS_URL).storage.reset()


@pytest.fixture(autouse=True)
def no_policies() -> None:
    """No test is held to the policies of another one, which are read now and then."""
    rules.forget()


@pytest.fixture
def policies_are_kept(settings: Any) -> None:
    """As in production, where a process reads them, and what stands around the pages, once in a few seconds."""
    del settings.SECURITY_POLICIES_KEPT, settings.SECURITY_PORTAL_KEPT


@pytest.fixture(autouse=True)
def empty_portal(closed_circuit: None) -> None:
    """No test reads from the cache what another one put around the pages, or pays for reading it first."""
    cache.set(portal.KEY, portal._seal({"links": [], "announcements": []}), None)
    portal._kept_until = 0.0


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    server = MailServer(urlsplit(os.environ["EMAIL_URL"]).port or 0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def inbox(mail_server: MailServer) -> Inbox:
    mail_server.inbox.mails.clear()
    mail_server.inbox.recipients.clear()
    mail_server.inbox.peers.clear()
    mail_server.inbox.answer, mail_server.inbox.delay, mail_server.inbox.silence = "250 OK", 0.0, 0.0
    mail_server.inbox.began.clear()
    return mail_server.inbox


class Processes:
    """The site's own processes, on the database of the tests."""

    def __init__(self) -> None:
        options = connection.settings_dict
        host = options["HOST"] or options["OPTIONS"].get("host", "")
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": f"postgres://{options['USER']}@/{options['NAME']}?host={host}",
            "REDIS_URL": settings.REDIS_URL,
        }
        self.log = open(os.environ.get("TEST_LOG", os.devnull), "ab")  # noqa: SIM115
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **env: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**self.env, **env},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        self.running.append(process)
        return process

    def worker(self, *, beat: bool = True, **env: str) -> subprocess.Popen[bytes]:
        flags = ["-B"] if beat else []
        command = [
            "celery",
            "-A",
            "config",
            "worker",
            "-c",
            "1",
            "-l",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
        ]
        return self.start(*command, *flags, **env)

    def site(self, *, workers: int = 2, **env: str) -> "Site":
        port = free_port()
        bind = f"127.0.0.1:{port}"
        flags = ["-w", str(workers), "--threads", "4", "--graceful-timeout", "2", "--log-level", "warning"]
        process = self.start("gunicorn", "config.wsgi", "-b", bind, *flags, **env)
        wait_until(lambda: answers(port), "the site", 30)
        return Site(f"http://127.0.0.1:{port}", process)

    def site_with_a_name(self) -> "Site":
        """The same as http://localhost:…: passkeys are bound to a name, and a number is none."""
        port = free_port()
        url = f"http://localhost:{port}"
        self.start("gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "-w", "1", "--threads", "4", SITE_URL=url)
        wait_until(lambda: answers(port), "the site", 30)
        return Site(url, self.running[-1])

    def stop(self, process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
        if process.poll() is None:
            os.killpg(process.pid, how)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        self.running.remove(process)

    def stop_all(self) -> None:
        for process in list(self.running):
            self.stop(process)
        self.log.close()


class Site:
    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process


@pytest.fixture(scope="session")
def shared_processes(django_db_setup: None, django_db_blocker: Any) -> Iterator[Processes]:
    with django_db_blocker.unblock():
        processes = Processes()
    yield processes
    processes.stop_all()


@pytest.fixture(scope="session")
def _site(shared_processes: Processes) -> Site:
    return shared_processes.site()


@pytest.fixture(scope="session")
def _named_site(shared_processes: Processes) -> Site:
    return shared_processes.site_with_a_name()


@pytest.fixture
def named_site(_named_site: Site, transactional_db: None) -> Site:
    """The site under the name localhost, for passkeys."""
    return _named_site


@pytest.fixture
def worker(shared_processes: Processes, inbox: Inbox, transactional_db: None) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with beat, for this test only: another one's mail is none of its business."""
    process = shared_processes.worker()
    yield process
    shared_processes.stop(process)


@pytest.fixture
def site(_site: Site, transactional_db: None) -> Site:
    """The site in processes of its own, as in production: gunicorn on the tests' database."""
    return _site


@pytest.fixture
def processes(transactional_db: None) -> Iterator[Processes]:
    """Processes of one test, which may stop and kill them."""
    own = Processes()
    yield own
    own.stop_all()
