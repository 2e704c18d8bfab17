"""`after_restore`: a backup that is restored revives no session, device, passkey, code or password that was revoked."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.flows import after_restore, password
from accounts.models import User
from config.logs import JsonFormatter, TextFormatter
from security import events, outbox
from security.actor import Actor
from security.flows import freezes, recovery_codes
from security.models import Authenticator, Event, Kind, OutboxMessage, RecoveryCode, SecurityProfile, Session
from security.sessions import SessionStore
from tests import people
from tests.commands.running import run
from tests.conftest import ROOT
from tests.plugin import RUNNING

WHY = "disk of db1"
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


@pytest.fixture(params=[JsonFormatter, TextFormatter])
def log(request, tmp_path):
    """The log of the site since the backup, as it was shipped."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logger = logging.getLogger("security.chain")
    logger.addHandler(handler)
    path = tmp_path / "site.log"

    def shipped():
        path.write_text(f'not a line of ours\n{stream.getvalue()}{{"at": "2036-11-24T12:0')
        return str(path)

    yield shipped
    logger.removeHandler(handler)


class Backup:
    """The database of this moment, put back by PostgreSQL's own tools."""

    def __init__(self, folder):
        self.path = folder / "backup.sql"
        self._tool("pg_dump", "--data-only", "--file", self.path)

    def restore(self):
        tables = connection.introspection.table_names()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in tables))
        connection.close()
        self._tool(
            "psql",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
            self.path,
            PGOPTIONS="-c session_replication_role=replica",
        )

    def _tool(self, name, *flags, **env):
        options = connection.settings_dict
        where = ["-h", options["HOST"] or options["OPTIONS"]["host"], "-U", options["USER"], "-d", options["NAME"]]
        tool = RUNNING["postgres"].bin / name
        subprocess.run([tool, *where, *flags], check=True, capture_output=True, env={**os.environ, **env})


@pytest.fixture
def backup(transactional_db, tmp_path):
    yield lambda: Backup(tmp_path)
    connections.close_all()


@pytest.fixture
def after(monkeypatch, capsys, log):
    return lambda *flags: run(
        monkeypatch, capsys, "after_restore", "--reason", WHY, "--json", *(flags or ("--log", log()))
    )


def test_a_phone_that_was_replaced_and_a_session_that_was_ended_stay_dead(backup, owner, stranger, after, clock):
    elsewhere = owner.elsewhere().sign_in(ahead=-1)
    bystander = stranger.sign_in(ahead=-1)
    old = backup()
    clock.forward(60)
    lost_phone, thief = owner.phone, owner.elsewhere()
    owner.sign_in().walk_to("done", way="old code")
    assert elsewhere.get("/account/").status_code == 302

    old.restore()
    assert elsewhere.get("/account/").status_code == 200, "the backup is older than all that"
    ended = after()
    assert (ended.code, ended.data["people"]) == (0, 1)
    assert ended.data["sessions"] > 1
    assert elsewhere.get("/account/").status_code == 302
    assert bystander.get("/account/").status_code == 302, "nobody knows what else was ended"

    thief.give_password()
    answer = thief.post("/sign-in/code/", code=lost_phone.code(ahead=1))
    assert answer.status_code == 200
    assert Authenticator.objects.of(owner.user).paired().exists(), "and no password alone gets in"
    assert Event.objects.filter(person=owner.user, kind=Kind.SESSIONS_ENDED, detail__reason=WHY).count() == 1
    clock.forward(60)
    bystander.sign_in()


def test_whoever_lost_nothing_keeps_their_device(backup, owner, stranger, after, clock):
    old = backup()
    owner.sign_in().walk_to("done", way="old code")
    old.restore()
    after()
    clock.forward(60)
    stranger.sign_in()
    assert not Event.objects.filter(person=stranger.user, kind=Kind.SESSIONS_ENDED).exists()


def test_a_swap_by_mail_had_suspended_everything(backup, owner, after, clock, settings):
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    people.add_device(owner.user, "Tablet")
    people.add_codes(owner.user)
    old = backup()
    owner.begin_locked_out().walk_to("done")
    old.restore()
    after()
    assert not Authenticator.objects.of(owner.user).filter(confirmed=True).exists()
    assert not recovery_codes.has_any(owner.user)


def test_a_recovery_code_that_was_used_is_used(backup, owner, after, clock):
    codes = people.add_codes(owner.user)
    old = backup()
    owner.give_password()
    assert owner.post("/sign-in/recovery-code/", code=codes[2]).status_code == 302
    old.restore()
    after()
    assert list(RecoveryCode.objects.filter(used_at__isnull=False).values_list("position", flat=True)) == [3]


def test_a_sheet_of_codes_that_was_replaced_is_void(backup, owner, after, clock):
    people.add_codes(owner.user)
    old = backup()
    recovery_codes.make(owner.user, session=SessionStore(), actor=HERE)
    old.restore()
    after()
    assert not recovery_codes.has_any(owner.user)


def test_a_password_that_was_changed_opens_nothing_until_there_is_another(backup, newcomer, after, clock):
    old = backup()
    password.assign(newcomer.user, "another long password of mine", reason="asked for it", actor=HERE)
    old.restore()
    after()
    assert SecurityProfile.objects.of(newcomer.user).password_exposed_at == timezone.now()
    assert "/account/" not in str(newcomer.give_password().headers)


def test_what_only_people_can_put_right_is_named(backup, owner, after, clock):
    old = backup()
    freezes.begin(owner.user, reason="case 1f0c", actor=HERE)
    old.restore()
    assert after().data["look_at"] == {"owner@example.com": ["account.frozen"]}


def test_mails_that_were_sent_since_are_not_sent_again(backup, owner, after, clock):
    with_code = owner.begin_locked_out()
    with_code.post("/security/reset/notice/")
    old = backup()
    outbox.sweep()
    old.restore()
    assert OutboxMessage.objects.due().exists()
    after()
    assert OutboxMessage.objects.filter(trouble=after_restore.WITHDRAWN).count() >= 1
    assert not OutboxMessage.objects.due().exclude(what="sessions_ended").exists()


def test_a_dry_run_says_and_does_nothing(backup, owner, after, log, clock):
    elsewhere = owner.elsewhere().sign_in(ahead=-1)
    old = backup()
    clock.forward(60)
    owner.sign_in().walk_to("done", way="old code")
    old.restore()
    before = Event.objects.count()
    said = after("--log", log(), "--dry-run").data
    assert (said["people"], said["dry_run"]) == (1, True)
    assert elsewhere.get("/account/").status_code == 200
    assert Event.objects.count() == before


def test_without_a_log_everybody_pairs_anew(backup, owner, stranger, after, clock):
    old = backup()
    old.restore()
    assert after("--without-log").code == 0
    profiles = SecurityProfile.objects.all()
    assert {profile.replace_before for profile in profiles} == {timezone.now()}
    assert {user.security_epoch for user in User.objects.all()} == {1}


@pytest.mark.parametrize(("flags", "code"), [((), 2), (("--log", "x", "--without-log"), 2), (("--log", "/nowhere"), 1)])
def test_wrong_usage(transactional_db, monkeypatch, capsys, flags, code):
    assert run(monkeypatch, capsys, "after_restore", "--reason", WHY, *flags).code == code
    assert not Session.objects.exists()
    assert not Event.objects.exists()


def test_as_an_operator_runs_it_with_a_log_from_a_pipe(processes, owner, clock):
    command = [sys.executable, "manage.py", "after_restore", "--log", "-", "--reason", WHY, "--json"]
    lines = f"event 9 of person {owner.user.pk}: dev.abc kind=password.changed\n"
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, cwd=ROOT, env=processes.env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"people": 1' in done.stdout


def test_the_log_says_what_an_event_ended_and_no_more(transactional_db, owner, log, clock):
    owner.sign_in().walk_to("done", way="old code")
    text = Path(log()).read_text()
    assert "authenticator.replaced" in text
    assert owner.user.email not in text
    assert "Old phone" not in text
    assert events.DETAIL.keys() == set(Kind)
