"""`seed_accounts`: pretend accounts that are like real ones, however many, and whoever killed it before."""

import base64
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.management import pretend
from accounts.models import User
from security import chain, crypto, events
from security.actor import Actor
from security.models import Authenticator, Event, Kind, OutboxMessage, SecurityProfile, Session
from tests import people
from tests.conftest import ROOT
from tests.servers import wait_until


def person(number):
    """As their owner has them: with the phone whose secret the device was sealed with."""
    user = User.objects.get(email=f"person-{number}@example.com")
    device = Authenticator.objects.filter(user=user).first()
    if device is None:
        return people.Someone(user)
    secret = crypto.unseal(device.sealed_secret, bound_to=f"authenticator {device.public_id}")
    return people.Someone(user, people.Phone(base64.b32encode(secret).decode()))


def numbers():
    return sorted(int(email[7:-12]) for email in User.objects.values_list("email", flat=True))


def broken():
    return [person_id for person_id, place in chain.first_breaks(Q()).items() if place is not None]


def wanted(*numbers, events=3, sessions=1):
    return pretend.Wanted(numbers, "", events=events, sessions=sessions, without_device=0)


def test_each_has_a_device_a_past_and_a_session_and_nobody_is_told(operate, db):
    assert operate("seed_accounts", "25", "--json").data == {"made": 25}
    assert numbers() == list(range(1, 26))
    assert User.objects.first().check_password(people.PASSWORD)
    for rows in (SecurityProfile.objects, Authenticator.objects, Session.objects):
        assert rows.count() == 25
    assert Event.objects.count() == 250
    assert not OutboxMessage.objects.exists()
    assert broken() == []


def test_one_of_them_signs_in_and_goes_on_with_the_chain(operate, db):
    operate("seed_accounts", "2")
    somebody = person(2).sign_in()
    assert "Phone" in somebody.get("/security/").content.decode()
    assert somebody.get("/security/activity/").status_code == 200
    assert somebody.get("/security/sessions/").status_code == 200
    assert chain.first_break(somebody.user.pk) is None
    assert Event.objects.filter(person=somebody.user).latest("position").position == 11


def test_what_they_did_is_what_people_do(operate, db):
    operate("seed_accounts", "30")
    kinds = set()
    for user in User.objects.all():
        theirs = Event.objects.filter(person=user).order_by("position")
        first, last = theirs.first(), theirs.last()
        assert (first.kind, first.at, last.kind) == (Kind.ACCOUNT_CREATED, user.joined_at, Kind.SESSION_STARTED)
        times = [event.at for event in theirs]
        assert times == sorted(times)
        assert times[0] > timezone.now() - timedelta(days=396)
        assert all(set(event.detail) <= events.DETAIL[Kind(event.kind)] for event in theirs)
        kinds |= {event.kind for event in theirs}
        device, session = user.authenticators.get(), user.security_sessions.get()
        assert device.bound_at == theirs.get(kind=Kind.AUTHENTICATOR_BOUND).at
        assert device.last_used_at == session.started_at == last.at
        assert session.is_live
    assert len(kinds) >= 6
    assert len(set(Session.objects.values_list("key_digest"))) == 30
    ids = list(Event.objects.values_list("public_id", flat=True))
    assert len(set(ids)) == 300
    assert all(crypto.is_public_id(public_id) for public_id in ids)


def test_a_second_run_goes_on_and_so_does_everybody_else(operate, db):
    operate("seed_accounts", "3")
    assert operate("seed_accounts", "2", "--json").data == {"made": 2}
    assert numbers() == [1, 2, 3, 4, 5]
    later = people.make("later@example.com").sign_in()
    assert later.user.pk > person(5).user.pk
    events.record(Kind.SESSION_ENDED, person(1).user, Actor(), why="signed out")
    assert broken() == []


def test_numbers_that_were_left_out_come_first(operate, db):
    for taken in ("person-2@example.com", "PERSON-3@example.com", "person-x@example.com", "person-4@example.org"):
        User.objects.create_user(taken)
    operate("seed_accounts", "3")
    assert set(User.objects.filter(name__startswith="Person ").values_list("email", flat=True)) == {
        "person-1@example.com",
        "person-4@example.com",
        "person-5@example.com",
    }


def test_some_have_no_device(operate, db):
    operate("seed_accounts", "40", "--without-device", "0.5")
    assert 5 < Authenticator.objects.count() < 35
    without = Session.objects.filter(second_factor="")
    assert without.count() == 40 - Authenticator.objects.count()
    person(int(without.first().person.name.split()[1])).sign_in()
    assert broken() == []


@pytest.mark.parametrize(("number", "sessions"), [(0, 1), (1, 3), (2, 0), (4, 3), (20, 10)])
def test_as_many_events_and_sessions_as_are_wanted(operate, db, number, sessions):
    operate("seed_accounts", "3", "--events", str(number), "--sessions", str(sessions))
    assert (Event.objects.count(), Session.objects.count()) == (3 * number, 3 * sessions)
    assert set(SecurityProfile.objects.values_list("chain_length", flat=True)) == {number}
    assert all(session.is_live for session in Session.objects.select_related("person"))
    assert broken() == []


@pytest.mark.parametrize(
    "options",
    [
        ("0",),
        ("-1",),
        ("some",),
        ("5", "--events", "-1"),
        ("5", "--sessions", "11"),
        ("5", "--without-device", "1.5"),
        ("5", "--without-device", "few"),
        ("5", "--processes", "0"),
    ],
)
def test_nonsense_makes_nobody(operate, db, options):
    assert operate("seed_accounts", *options).code == 2
    assert not User.objects.exists()


def test_they_have_no_place_on_a_real_site(operate, db, settings):
    settings.MAY_BE_SEEDED = False
    assert operate("seed_accounts", "5").code == 1
    assert not User.objects.exists()


def test_help_has_examples_and_exit_codes(operate):
    said = operate("seed_accounts", "--help").out
    assert "manage.py seed_accounts 1000000" in said
    assert "exit codes: 0" in said


def test_whom_somebody_else_makes_at_this_moment_is_left_to_them(transactional_db):
    made = []
    with transaction.atomic():
        User.objects.create_user("person-2@example.com")
        other = threading.Thread(target=lambda: (made.append(pretend.make(wanted(1, 2, 3))), connection.close()))
        other.start()
        wait_until(_somebody_waits_for_a_lock, "the other one", 20)
    other.join(20)
    assert made == [2]
    assert numbers() == [1, 2, 3]
    assert SecurityProfile.objects.count() == 3
    assert Authenticator.objects.count() == 2
    assert broken() == []


def _somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def _clients():
    """Who has a connection to this database; what PostgreSQL cleans itself has none."""
    ours = "datname = current_database() AND backend_type = 'client backend'"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pid FROM pg_stat_activity WHERE {ours}")
        return {pid for (pid,) in cursor.fetchall()}


def test_killed_in_the_middle_and_run_again_it_goes_on(processes):
    command = [sys.executable, "manage.py", "seed_accounts", "6000", "--events", "4", "--processes", "2"]
    how = {"cwd": ROOT, "env": processes.env, "stderr": subprocess.PIPE, "stdout": subprocess.PIPE}
    before = _clients()
    first = subprocess.Popen(command, **how)
    wait_until(User.objects.exists, "the first account", 60)
    os.kill(first.pid, signal.SIGKILL)
    again = subprocess.run(command, check=False, **how)  # at once: what the first one began may not be over
    assert (again.returncode, again.stderr) == (0, b"")
    first.communicate()
    wait_until(lambda: _clients() <= before, "the end of whoever shared the work", 20)
    total = User.objects.count()
    assert 6500 <= total < 12000
    assert numbers() == list(range(1, total + 1))
    for rows in (SecurityProfile.objects, Authenticator.objects, Session.objects):
        assert rows.count() == total
    assert Event.objects.count() == 4 * total
    assert broken() == []


def test_on_sqlite(tmp_path):
    env = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "EMAIL_URL")}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "DATABASE_URL": f"sqlite:///{tmp_path}/some.sqlite3"}

    def run(*command):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    run("migrate", "-v0")
    assert run("seed_accounts", "30") == "30 accounts made.\n"
    assert run("seed_accounts", "600", "--events", "2", "--json") == '{"made": 600}\n'
    assert run("verify_events", "--json") == '{"checked": 630, "broken": {}}\n'
    env["SECURITY_KEYS"] = f"k2:{base64.b64encode(b'n' * 32).decode()},dev:ZGV2ZWxvcG1lbnQgb25seSwgMzIgYnl0ZXMgbG9uZyE="
    assert run("rotate_keys").startswith("630 sealed with k2.\n")
    assert run("purge_expired", "--json").endswith('"total": 0, "dry_run": false}\n')
