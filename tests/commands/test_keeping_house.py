"""Commands that keep the house: purging, new keys, figures, how an account stands."""

import base64
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from accounts.models import User
from security import chain, events, outbox
from security.actor import Actor
from security.flows import keys, purging
from security.models import (
    Authenticator,
    Enrollment,
    Event,
    Kind,
    OutboxMessage,
    RecoveryCode,
    SecurityProfile,
    Session,
    Throttle,
)
from tests import people, plausible
from tests.conftest import ROOT
from tests.servers import wait_until
from tests.walls import everything

DAY = 86400
NEXT = {"k2": b"n" * 32}


@pytest.fixture
def lived(owner, clock):
    """An account with a past: a swap, codes, a browser, mails."""
    people.add_codes(owner.user)
    owner.sign_in().walk_to("done")
    outbox.sweep()
    return owner


# purge_expired.


def test_what_still_counts_is_not_touched(operate, lived):
    Throttle.objects.all().delete()  # nobody answered wrongly
    before = everything()
    assert operate("purge_expired", "--json").data["total"] == 0
    assert everything() == before


def test_after_a_year_and_a_half_little_is_left_and_the_chain_is_whole(operate, lived, clock):
    clock.forward(500 * DAY)
    dry = operate("purge_expired", "--dry-run", "--json").data
    before = Event.objects.count()
    wet = operate("purge_expired", "--json").data
    assert dry["removed"] == wet["removed"]
    assert wet["removed"]["events"] == before
    for what in ("sessions", "mails", "attempts", "events", "secrets of devices", "counters"):
        assert wet["removed"][what] > 0, what
    assert not Session.objects.exists()
    assert [event.kind for event in Event.objects.all()] == [Kind.ROWS_PURGED]
    assert chain.first_break(lived.user.pk) is None
    lived.elsewhere().user.refresh_from_db()
    lived.phone = lived.new_phone
    lived.sign_in()
    assert chain.first_break(lived.user.pk) is None
    assert Event.objects.filter(person=lived.user).order_by("position").first().position == before + 1


def test_a_second_run_finds_nothing(operate, lived, clock):
    clock.forward(500 * DAY)
    operate("purge_expired")
    assert operate("purge_expired", "--json").data["total"] == 0


def test_only_the_oldest_events_go_and_what_follows_hangs_on_the_anchor(operate, owner, clock):
    for days in (0, 100, 300):
        clock.forward(days * DAY)
        events.record(
            Kind.RECOVERY_CODES_REHEARSED, owner.user, Actor(), **plausible.DETAIL[Kind.RECOVERY_CODES_REHEARSED]
        )
    operate("purge_expired")
    assert list(Event.objects.filter(person=owner.user).values_list("position", flat=True)) == [2, 3]
    assert chain.first_break(owner.user.pk) is None


@pytest.mark.parametrize("anchor", ["", "1.0.k1.00", "x"])
def test_an_anchor_that_is_not_ours_is_a_break(operate, owner, clock, anchor):
    for days in (0, 400):
        clock.forward(days * DAY)
        events.record(Kind.SESSION_ENDED, owner.user, Actor(), why="signed out")
    operate("purge_expired")
    SecurityProfile.objects.filter(person=owner.user).update(chain_anchor=anchor)
    assert chain.first_break(owner.user.pk) == 1


def test_a_broken_chain_is_not_tidied_away(operate, owner, clock):
    events.record(Kind.SESSION_ENDED, owner.user, Actor(), why="signed out")
    SecurityProfile.objects.filter(person=owner.user).update(chain_head="00")
    clock.forward(500 * DAY)
    assert operate("purge_expired", "--json").data["removed"]["events"] == 0
    assert Event.objects.filter(person=owner.user).count() == 1


def test_another_role_than_the_owner_cannot_purge(operate, owner, clock):
    events.record(Kind.SESSION_ENDED, owner.user, Actor(), why="signed out")
    clock.forward(500 * DAY)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE rekey_site; GRANT USAGE ON SCHEMA public TO rekey_site")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO rekey_site")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO rekey_site; SET LOCAL ROLE rekey_site")
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            purging.purge(actor=Actor())
        cursor.execute("RESET ROLE")
    assert Event.objects.filter(person=owner.user).exists()


# rotate_keys.


@pytest.fixture
def next_key(settings):
    """A new key in front of the ring."""
    settings.SECURITY_KEYS = NEXT | settings.SECURITY_KEYS


def test_every_secret_is_sealed_anew_and_nobody_notices(operate, lived, clock, settings, next_key):
    waiting = operate("rotate_keys", "--dry-run", "--json").data
    assert waiting["waiting"] > 10
    ended = operate("rotate_keys", "--json")
    assert (ended.code, ended.data["renewed"], ended.data["unreadable"]) == (0, waiting["waiting"], [])
    assert keys.how_many_wait() == 0
    assert operate("rotate_keys", "--json").data["renewed"] == 0
    assert all(device.sealed_secret.startswith("k2.") for device in Authenticator.objects.exclude(sealed_secret=""))
    assert all(code.sealed_tail.startswith("k2.") for code in RecoveryCode.objects.exclude(sealed_tail=""))
    event = Event.objects.get(kind=Kind.KEYS_ROTATED)
    assert (event.person, event.detail) == (None, {"under": "k2", "renewed": waiting["waiting"]})
    settings.SECURITY_KEYS = NEXT
    lived.phone = lived.new_phone
    lived.elsewhere().sign_in(ahead=1)


def test_it_says_what_an_older_key_is_still_needed_for(operate, lived, next_key):
    needed = operate("rotate_keys", "--json").data["needed"]
    assert list(needed.values()) == [["event"]]


def test_a_journey_under_way_goes_on_under_the_new_key(operate, owner, clock, settings, next_key):
    del settings.SECURITY_KEYS["k2"]
    owner.sign_in().walk_to("confirm")
    settings.SECURITY_KEYS = NEXT | settings.SECURITY_KEYS
    operate("rotate_keys")
    assert Enrollment.objects.get().sealed_secret.startswith("k2.")
    assert owner.answer_right("confirm").url == "/security/"


def test_what_cannot_be_opened_is_named_and_left(operate, owner, stranger, next_key):
    device = Authenticator.objects.get(user=owner.user)
    Authenticator.objects.filter(pk=device.pk).update(sealed_secret=device.sealed_secret[:-8] + "AAAAAAA=")
    ended = operate("rotate_keys", "--json")
    assert (ended.code, ended.data["renewed"]) == (1, 1)
    assert ended.data["unreadable"] == [f"authenticator {device.public_id}"]


def test_killed_half_way_and_run_again_it_ends_right(processes, settings):
    user = User.objects.create_user("owner@example.com", people.PASSWORD)
    for n in range(600):
        people.add_device(user, f"Phone {n}")
    ring = ",".join(
        f"{key}:{base64.b64encode(secret).decode()}" for key, secret in (NEXT | settings.SECURITY_KEYS).items()
    )
    env = {**processes.env, "SECURITY_KEYS": ring}
    command = [sys.executable, "manage.py", "rotate_keys", "--json"]
    first = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    renewed = Authenticator.objects.filter(sealed_secret__startswith="k2.")
    wait_until(renewed.exists, "the first secret", 60)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    before = renewed.count()
    again = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True)
    assert json.loads(again.stdout)["renewed"] == 600 - before
    assert renewed.count() == 600


# security_report.


def test_figures_of_the_site(operate, lived, newcomer, clock):
    newcomer.sign_in().walk_to("code")
    clock.forward(3600)
    figures = operate("security_report", "--since", "1", "--json").data
    assert figures["adoption"] == {"accounts": 2, "enrolled": 1}
    assert figures["resets"]["by_proof"] == {"mailed_code": 1}
    assert figures["resets"]["completed"] == 1
    assert figures["stopped_at"] == {"code": 1}
    assert figures["mail"]["delivered"] > 0
    assert "owner@example.com" not in json.dumps(figures)


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "0", "-1", ""])
def test_since_is_a_date_or_days(operate, db, since):
    assert operate("security_report", f"--since={since}").code == 2


def test_a_long_time_ago_is_no_trouble(operate, lived):
    assert operate("security_report", "--since", "2026-01-01").code == 0


# security_status.


def test_how_an_account_stands(operate, lived, clock):
    lived.elsewhere().give_password()
    status = operate("security_status", "owner@example.com", "--json").data
    assert set(status["states"]) == {"enrolled", "on probation"}
    assert [device["name"] for device in status["devices"]] == ["New phone"]
    assert (status["sessions"], status["recovery_codes_left"], status["open_cases"]) == (1, 0, [])
    assert {mail["state"] for mail in status["mails"]} == {"delivered"}
    words = operate("security_status", "owner@example.com").out
    assert "New phone" in words
    assert "on probation until" in words


def test_it_changes_nothing_and_shows_no_secret(operate, lived):
    before = everything()
    said = operate("security_status", "owner@example.com", "--json").out
    assert everything() == before
    device = Authenticator.objects.live().get()
    for secret in (device.sealed_secret, lived.new_phone.secret, lived.new_phone.code()):
        assert secret not in said
    assert not [row.key_digest for row in Session.objects.all() if row.key_digest in said]


def test_nobody_has_a_status(operate, db):
    assert operate("security_status", "nobody@example.com").code == 1


def test_mails_of_all_sorts(operate, owner, clock):
    events.record(Kind.RECOVERY_CODES_MADE, owner.user, Actor(), **plausible.DETAIL[Kind.RECOVERY_CODES_MADE])
    status = operate("security_status", "owner@example.com", "--json").data
    assert [mail["state"] for mail in status["mails"]] == ["waiting"]
    OutboxMessage.objects.update(given_up_at=timezone.now() + timedelta(seconds=1))
    status = operate("security_status", "owner@example.com", "--json").data
    assert [mail["state"] for mail in status["mails"]] == ["failed"]
