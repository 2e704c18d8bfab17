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


def test_it_asks_again_soon_after_a_long_time(postgres, monkeypatch):
    monkeypatch.setenv("SOME_DATABASE", postgres.url)
    options = env.database("SOME_DATABASE")["OPTIONS"]["pool"] | {"timeout": 0.5}
    where = psycopg.conninfo.make_conninfo(host=str(postgres.folder), user="rekey", dbname="rekey")

    def is_there(pool):
        try:
            with pool.connection() as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except (PoolTimeout, psycopg.OperationalError):
            return False

    with ConnectionPool(where, open=True, check=ConnectionPool.check_connection, **options) as pool:
        assert is_there(pool)
        postgres.stop(signal.SIGQUIT)
        ends = time.monotonic() + AWAY
        while time.monotonic() < ends:
            assert not is_there(pool)
        postgres.start()
        back = time.monotonic()
        while not is_there(pool):
            assert time.monotonic() < back + SOON
