"""`manage.py doctor` finds each thing that can be wrong, one at a time, and prints no credential."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from security import events
from security.actor import Actor
from security.models import Authenticator, Kind, OutboxMessage
from tests import plausible
from tests.conftest import ROOT
from tests.servers import free_port, wait_until

ALL = [
    "database",
    "migrations",
    "cache",
    "broker",
    "worker",
    "mail server",
    "outbox",
    "keyring",
    "clock",
    "proxy header",
]


@pytest.fixture
def examine(processes, inbox):
    """Runs the command on the tests' servers, but for what is given; its exit code, and what is in trouble."""

    def run(**env):
        command = [sys.executable, "manage.py", "doctor", "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env={**processes.env, **env}, check=False, timeout=120
        )
        assert "hunter2" not in done.stdout + done.stderr
        findings = json.loads(done.stdout)
        assert [one["what"] for one in findings] == ALL
        return done.returncode, {one["what"]: one["seen"] for one in findings if not one["is_well"]}

    return run


def test_all_is_well(examine, worker, owner):
    wait_until(lambda: examine() == (0, {}), "a worker", 60)


def test_without_a_worker(examine):
    code, trouble = examine()
    assert code == 1
    assert list(trouble) == ["worker"]
    assert "celery -A config worker" in trouble["worker"]


@pytest.mark.parametrize(
    ("variable", "value", "parts"),
    [
        (
            "DATABASE_URL",
            "postgres://rekey:hunter2@127.0.0.1:{port}/x",
            ["database", "migrations", "outbox", "keyring", "clock"],
        ),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:{port}/0", ["cache", "broker"]),
        ("EMAIL_URL", "smtp://rekey:hunter2@127.0.0.1:{port}", ["mail server"]),
        ("TRUSTED_PROXIES", "10.0.0.1/32,0.0.0.0/0", ["proxy header"]),
        ("TRUSTED_PROXIES", "::/0", ["proxy header"]),
    ],
)
def test_a_part_that_is_away_or_wrong(examine, variable, value, parts):
    code, trouble = examine(**{variable: value.format(port=free_port())})
    assert code == 1
    assert [what for what in trouble if what != "worker"] == parts
    not_looked_at = [what for what, words in trouble.items() if words == "not looked at without the database"]
    assert not_looked_at == (parts[1:] if parts[0] == "database" else [])


def test_a_key_is_missing_or_another(examine, owner):
    one, other = ("b25lIGtleSBvZiB0aGlydHktdHdvIGJ5dGVzLCBvaCE=", "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE=")
    assert "is missing" in examine(SECURITY_KEYS=f"new:{one}")[1]["keyring"]
    assert "Unsealable" in examine(SECURITY_KEYS=f"dev:{other}")[1]["keyring"]


def seen(operate, what):
    [found] = [one for one in operate("doctor", "--json").data if one["what"] == what]
    return found["is_well"], found["seen"]


def test_a_migration_is_missing(operate, db):
    assert seen(operate, "migrations") == (True, "all there")
    MigrationRecorder(connection).migration_qs.filter(app="security").latest("name").delete()
    is_well, words = seen(operate, "migrations")
    assert not is_well
    assert "manage.py migrate" in words


@pytest.mark.parametrize("minutes", [-2, 2])
def test_a_clock_is_off(operate, db, minutes):
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True):
        is_well, words = seen(operate, "clock")
    assert not is_well
    assert "120 s away" in words or "119 s away" in words


def test_a_mail_waits_for_long(operate, owner):
    events.record(Kind.RECOVERY_CODES_MADE, owner.user, Actor(), **plausible.DETAIL[Kind.RECOVERY_CODES_MADE])
    assert seen(operate, "outbox")[0]
    OutboxMessage.objects.update(wanted_at=timezone.now() - timedelta(minutes=6))
    assert not seen(operate, "outbox")[0]


def test_in_words_and_with_the_secrets_that_wait_for_a_new_key(operate, owner, settings):
    settings.SECURITY_KEYS = {"k2": b"n" * 32} | settings.SECURITY_KEYS
    ended = operate("doctor")
    assert ended.code == 1  # there is no worker
    assert "ok       keyring       k2 is current, 1 secrets wait for rotate_keys" in ended.out
    assert Authenticator.objects.get().sealed_secret not in ended.out
