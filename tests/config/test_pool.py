"""The pool of connections asks again soon, however long PostgreSQL was away."""

import shutil
import signal
import time

import psycopg
import pytest
from psycopg_pool import ConnectionPool, PoolTimeout

from config import env
from tests.servers import Postgres, temporary_folder

AWAY, SOON = 9, 4.5  # seconds; with pauses that double it would be asked again after 15


@pytest.fixture
def postgres():
    folder = temporary_folder()
    server = Postgres(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def pool(postgres, monkeypatch):
    """As Django makes it of our settings."""
    monkeypatch.setenv("SOME_DATABASE", postgres.url)
    where = psycopg.conninfo.make_conninfo(host=str(postgres.folder), user="rekey", dbname="rekey")
    with ConnectionPool(where, open=True, **env.database("SOME_DATABASE")["OPTIONS"]["pool"]) as pool:
        yield pool


def is_there(pool, timeout):
    try:
        with pool.connection(timeout) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except (PoolTimeout, psycopg.OperationalError):
        return False


def test_it_asks_again_soon_after_a_long_time(postgres, pool):
    assert is_there(pool, 1)
    postgres.stop(signal.SIGQUIT)
    ends = time.monotonic() + AWAY
    while time.monotonic() < ends:
        assert not is_there(pool, 0.5)
    postgres.start()
    back = time.monotonic()
    while not is_there(pool, 0.5):
        assert time.monotonic() < back + SOON


def test_the_first_request_after_a_restart_finds_all_that_are_dead(postgres, pool):
    for taken in [pool.getconn() for _ in range(pool.max_size)]:
        pool.putconn(taken)
    assert pool.get_stats()["pool_available"] == pool.max_size
    postgres.stop(signal.SIGQUIT)
    postgres.start()
    assert is_there(pool, pool.timeout)  # each alone would have been found after a longer pause
