"""The whole site in processes, on a PostgreSQL that loses no commit, with every part of it to be stopped and killed."""

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, connections

from tests.conftest import Processes
from tests.faults.clock import Clock
from tests.faults.sink import Accepted, accepted
from tests.plugin import RUNNING
from tests.servers import Redis, answers, free_port, wait_until

DURABLE = "options=-c%20synchronous_commit%3Don"


class House:
    """Web, workers, beat, Redis, PostgreSQL and a mail server."""

    def __init__(self, processes: Processes, redis: Redis, folder: Path, clock: Clock) -> None:
        self.processes, self.redis, self.folder, self.clock = processes, redis, folder, clock
        self.mail_port = free_port()
        url = processes.env["DATABASE_URL"]
        processes.env |= {
            "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}{DURABLE}",
            "REDIS_URL": redis.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            **clock.env,
        }
        self.behave("")
        self.start_mail_server()
        self.workers = [self.start_worker(), self.start_worker()]
        self.beats = [self.start_beat()]
        self.site = processes.site(workers=2)

        self.taken = 0

    def empty(self) -> "House":
        """For the next test: whatever the mail server took so far was another one's."""
        self.behave("")
        for beat in self.beats[1:]:
            self.processes.stop(beat)
        del self.beats[1:]
        self.taken = len(accepted(self.folder))
        return self

    def accepted(self) -> list[Accepted]:
        """The mails that were taken since."""
        return accepted(self.folder)[self.taken :]

    # Its parts.

    def start_worker(self) -> object:
        return self.processes.start("celery", "-A", "config", "worker", "-c", "1", "-l", "WARNING", "--without-gossip")

    def start_beat(self) -> object:
        return self.processes.start("celery", "-A", "config", "beat", "-l", "WARNING")

    def start_mail_server(self) -> None:
        env = dict.fromkeys(self.clock.env, "")  # its clock is left alone
        self.mail_server = self.processes.start("tests.faults.sink", str(self.mail_port), str(self.folder), **env)
        wait_until(lambda: answers(self.mail_port), "the mail server")

    def behave(self, how: str) -> None:
        """What the mail server says to the next mails, see sink.py."""
        beside = self.folder / "behaviour.new"
        beside.write_text(how)
        beside.rename(self.folder / "behaviour")

    # What happens to them. Each leaves everything running.

    def kill_a_worker(self) -> None:
        self.processes.stop(self.workers.pop(0), signal.SIGKILL)
        self.workers.append(self.start_worker())

    def kill_a_web_process(self) -> None:
        """One of those that answer; gunicorn starts another."""
        children = Path(f"/proc/{self.site.process.pid}/task/{self.site.process.pid}/children").read_text().split()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(random.choice(children)), signal.SIGKILL)

    def kill_redis(self) -> None:
        self.redis.stop(signal.SIGKILL)
        time.sleep(2)
        self.redis.start()

    def flush_redis(self) -> None:
        import redis

        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def kill_the_mail_server(self) -> None:
        self.processes.stop(self.mail_server, signal.SIGKILL)
        time.sleep(2)
        self.start_mail_server()

    def restart_postgres(self) -> None:
        postgres = RUNNING["postgres"]
        postgres.stop(signal.SIGQUIT)
        time.sleep(1)
        postgres.start()

    def let_the_mail_server(self, how: str, seconds: float = 3) -> None:
        self.behave(how)
        time.sleep(seconds)
        self.behave("")

    def start_a_second_beat(self) -> None:
        if len(self.beats) < 2:
            self.beats.append(self.start_beat())
        self.processes.stop(self.beats.pop(0), signal.SIGKILL)
        self.beats.append(self.start_beat())
        self.beats.append(self.start_beat())


@contextlib.contextmanager
def own_connection() -> Iterator[None]:
    """For a thread that asks the database by itself."""
    try:
        yield
    finally:
        connections.close_all()


def live_devices_by_person() -> dict[int, int]:
    """How many devices each person has that sign them in, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.id, count(d.id) FROM accounts_user u LEFT JOIN security_authenticator d"
            " ON d.user_id = u.id AND d.confirmed GROUP BY u.id"
        )
        return dict(cursor.fetchall())
