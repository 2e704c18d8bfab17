"""A site whose parts are stopped and killed: its own Redis, its own processes."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import Processes
from tests.servers import Redis, temporary_folder

if os.environ.get("FAKETIME") == "no":
    collect_ignore = ["test_clock.py"]


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis of this test's own, running."""
    server = Redis(temporary_folder())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def processes(processes: Processes, redis: Redis) -> Processes:
    """Processes whose broker is that Redis."""
    processes.env["REDIS_URL"] = redis.url
    return processes
