"""The pool of connections asks again soon, however long PostgreSQL was away."""

import shutil
import signal
import time

import psycopg
import pytest
from psycopg_pool import ConnectionPool, PoolTimeout

from config import env
from config.pool import FRESH
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
    time.sleep(FRESH)
    assert is_there(pool, pool.timeout)  # each alone would have been found after a longer pause


def test_a_connection_that_worked_a_moment_ago_is_not_looked_at_again(pool, monkeypatch):
    looked_at = []
    monkeypatch.setattr(ConnectionPool, "check_connection", looked_at.append)
    for _ in range(10):
        assert is_there(pool, 1)
    at_first = list(looked_at)
    assert len(at_first) == len({id(connection) for connection in at_first}) > 0
    time.sleep(FRESH)
    assert is_there(pool, 1)
    assert looked_at[len(at_first) :] == [looked_at[-1]]
    assert looked_at[-1] in at_first


def test_each_that_died_a_moment_ago_costs_one_answer_at_most(postgres, pool):
    assert is_there(pool, 1)
    connections = pool.get_stats()["pool_size"]
    with psycopg.connect(host=str(postgres.folder), user="rekey", dbname="rekey", autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    answers = [is_there(pool, 1) for _ in range(connections + 3)]
    assert answers == sorted(answers)
    assert answers.count(False) <= connections
