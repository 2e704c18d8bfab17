"""How connections to the database are kept, and statements prepared: said in the query of DATABASE_URL."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture
def variable(monkeypatch):
    return lambda value: monkeypatch.setenv("THING", value)


@pytest.mark.parametrize(
    ("query", "pool"),
    [
        ("", {"max_size": 8, "timeout": 5, "min_size": 1, "num_workers": 1}),
        ("?pool_max_size=4&pool_timeout=2", {"max_size": 4, "timeout": 2, "min_size": 1, "num_workers": 1}),
        ("?sslmode=require", {"max_size": 8, "timeout": 5, "min_size": 1, "num_workers": 1}),
        ("?pool=off", None),
        ("?pool=off&pool_max_size=4", None),
        ("?conn_max_age=60", None),
    ],
)
def test_connections_come_from_a_pool_unless_they_are_to_be_kept(variable, query, pool):
    variable(f"postgres://rekey@db/rekey{query}")
    options = env.database("THING")["OPTIONS"]
    assert options.get("pool") == pool
    known = {"pool", "sslmode", "server_side_binding", "prepare_threshold"}
    assert not options.keys() - known, "PostgreSQL is told nothing of ours"


def test_a_file_has_no_pool(variable):
    variable("sqlite:///rekey.sqlite3")
    assert "pool" not in env.database("THING")["OPTIONS"]


@pytest.mark.parametrize(
    "query", ["pool=maybe", "prepare=perhaps", "pool_max_size=many", "pool_max_size=0", "pool_timeout=-1"]
)
def test_a_pool_that_is_none(variable, query):
    variable(f"postgres://rekey@db/rekey?{query}")
    with pytest.raises(ImproperlyConfigured, match=r"^THING: pool=off, prepare=off, or pool_max_size and pool_t"):
        env.database("THING")


@pytest.mark.parametrize(("query", "is_prepared"), [("", True), ("?pool=off", True), ("?prepare=off", False)])
def test_statements_are_prepared_unless_a_pooler_stands_between(variable, query, is_prepared):
    variable(f"postgres://rekey@db/rekey{query}")
    options = env.database("THING")["OPTIONS"]
    assert options.get("server_side_binding", False) is is_prepared
    assert ("prepare_threshold" in options) is is_prepared
