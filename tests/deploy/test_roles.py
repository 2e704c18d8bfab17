"""The role that the site runs as in PostgreSQL: all it needs, and nothing more."""

import os
import subprocess
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from security import figures, outbox, tidying
from security.models import Event
from tests import people
from tests.plugin import RUNNING

ROOT = Path(__file__).resolve().parents[2]
OWNER, SITE = f"owner_{os.getpid()}", f"site_{os.getpid()}"

FORBIDDEN = [
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE security_throttle",
    "ALTER TABLE accounts_user ADD mine int",
    "ALTER TABLE security_event DISABLE TRIGGER ALL",
    "CREATE INDEX mine ON security_event (id)",
    "TRUNCATE security_event CASCADE",
    "UPDATE security_event SET kind = 'session.ended'",
    "DELETE FROM security_event",
    "DELETE FROM django_migrations",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('security', 'mine', now())",
    "SET ROLE rekey",
]


def give_roles():
    """As an operator does."""
    options = connection.settings_dict
    psql = [RUNNING["postgres"].bin / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-h", RUNNING["postgres"].folder]
    names = ["-v", f"owner={OWNER}", "-v", f"site={SITE}", "-f", ROOT / "deploy" / "roles.sql"]
    command = [*psql, "-U", options["USER"], "-d", options["NAME"], *names]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def roles(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        first, second = give_roles(), give_roles()
        yield first, second
        with connection.cursor() as cursor:
            for role in (OWNER, SITE):
                cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {OWNER}, {SITE}")


@pytest.fixture
def as_the_site(roles, db):
    """What this test asks the database from now on, it asks as the site."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION AUTHORIZATION {SITE}")
        yield
        cursor.execute("RESET SESSION AUTHORIZATION")


def test_the_file_may_be_run_again(roles):
    for run in roles:
        assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_site_cannot(as_the_site, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_whole_journey_and_what_workers_do(as_the_site, clock):
    somebody = people.make("another@example.com").sign_in().walk_to("done")
    assert outbox.sweep() > 0
    clock.forward(2 * 3600)
    assert figures.roll_up() > 0
    tidying.erase_what_is_over()
    assert Event.objects.filter(person=somebody.user).exists()


def test_nobody_waits_for_ever(roles, db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolconfig FROM pg_roles WHERE rolname IN (%s, %s)", [OWNER, SITE])
        said = dict(cursor.fetchall())
    assert sorted(said[SITE]) == [
        "idle_in_transaction_session_timeout=60s",
        "lock_timeout=10s",
        "statement_timeout=30s",
    ]
    assert said[OWNER] == ["lock_timeout=5s"]
