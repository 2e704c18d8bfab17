"""Sites in processes of their own, and the processor time they take: theirs, and that of their part of PostgreSQL."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.servers import answers, die_with_parent, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Served:
    """A site under gunicorn, on a database of its own."""

    def __init__(self, settings: str, database: str, postgres: int, *, workers: int = 1, threads: int = 1, **env: str):
        self.port, self.database, self.postgres = free_port(), database, postgres
        self.process = start(
            [
                *("gunicorn", wsgi_of(settings), "-b", f"127.0.0.1:{self.port}", "-w", str(workers)),
                *("--threads", str(threads), "-k", "gthread", "--keep-alive", "60", "--no-control-socket"),
            ],
            DJANGO_SETTINGS_MODULE=settings,
            **env,
        )
        wait_until(lambda: answers(self.port), settings, 60)

    def pids(self) -> list[int]:
        """The web processes, without the one that only watches them."""
        return children(self.process.pid)

    def backends(self) -> list[int]:
        """The processes of PostgreSQL that serve this site's database to the site."""
        mine = f"postgres: rekey {self.database} ".encode()
        return [pid for pid in children(self.postgres) if command_of(pid).startswith(mine) and pid not in self.ignored]

    ignored: frozenset[int] = frozenset()  # the benchmark's own connections

    def cpu(self) -> float:
        """Milliseconds of processor time since the start, of what is running now."""
        return sum(nanoseconds(pid) for pid in [*self.pids(), *self.backends()]) / 1e6

    def web_cpu(self) -> float:
        return sum(nanoseconds(pid) for pid in self.pids()) / 1e6

    def stop(self) -> None:
        stop(self.process)


def start(command: list[str], **env: str) -> subprocess.Popen[bytes]:
    """A Python module with its arguments, which dies with this process."""
    log = open(os.environ.get("BENCH_LOG", os.devnull), "ab")  # noqa: SIM115
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def wsgi_of(settings: str) -> str:
    return "django.core.wsgi:get_wsgi_application()" if settings.startswith("tests.load.floor") else "config.wsgi"


def children(pid: int) -> list[int]:
    """The child processes of a process, those of its threads too."""
    found: list[int] = []
    for task in _tasks(pid):
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _tasks(pid: int) -> Iterator[Path]:
    try:
        yield from Path(f"/proc/{pid}/task").iterdir()
    except OSError:
        return


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def nanoseconds(pid: int) -> int:
    """What the threads of a process have had of the processor."""
    total = 0
    for task in _tasks(pid):
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total


def pss(pid: int) -> float:
    """Megabytes (10^6) of memory of a process, what it shares counted in parts."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(pid)
