"""pytest plugin (`-p tests.plugin`): starts PostgreSQL and Redis before Django reads its settings.

Of tests that run side by side (`-n 2`) each process has servers of its own, so that none sees what another one does.
"""

import os
import shutil
from collections.abc import Generator
from typing import Any

import pytest

from tests.servers import Postgres, Redis, free_port, temporary_folder

RUNNING: dict[str, Any] = {}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper, because a plain hook runs after pytest-django has imported the settings."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in this thread
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    only_hands_out = early_config.known_args_namespace.numprocesses and "PYTEST_XDIST_WORKER" not in os.environ
    if only_hands_out:
        return (yield)
    folder = temporary_folder()
    (folder / "redis").mkdir()
    (folder / "postgres").mkdir()
    postgres, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
    postgres.start()
    redis.start()
    RUNNING.update(folder=folder, postgres=postgres, redis=redis)
    os.environ.update(
        DATABASE_URL=f"{postgres.url}&pool=off",  # of this process, which counts statements and makes threads
        REDIS_URL=redis.url,
        EMAIL_URL=f"smtp://127.0.0.1:{free_port()}",
    )
    return (yield)


def pytest_unconfigure() -> None:
    if RUNNING:
        RUNNING["postgres"].stop()
        RUNNING["redis"].stop()
        shutil.rmtree(RUNNING.pop("folder"), ignore_errors=True)
        RUNNING.clear()


def pytest_report_header() -> list[str]:
    if not RUNNING:
        return []
    return [f"postgresql: {RUNNING['postgres'].bin}", f"redis: {RUNNING['redis'].url}"]
