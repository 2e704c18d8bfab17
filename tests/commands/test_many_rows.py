"""New keys and purging where there are many rows: some at a time, and whoever is signing in notices nothing."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.management import pretend
from accounts.models import User
from security import chain, events, tidying
from security.actor import Actor
from security.conf import conf
from security.flows import keys, oldest, purging
from security.models import (
    Authenticator,
    Event,
    FormerPassword,
    Kind,
    OutboxMessage,
    SecurityProfile,
    Session,
    Throttle,
    portions,
)
from tests import people, plausible
from tests.conftest import ROOT
from tests.servers import wait_until
from tests.walls import everything

NEXT = {"k2": b"n" * 32}


def pretend_accounts(number, **each):
    each = {"events": 4, "sessions": 1, "without_device": 0} | each
    assert pretend.make(pretend.Wanted(tuple(range(1, number + 1)), "", **each)) == number


def aged(days, number, **each):
    """Accounts that were made so many days ago."""
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=True):
        pretend_accounts(number, **each)


def broken():
    return {person_id: place for person_id, place in chain.first_breaks(Q()).items() if place is not None}


class Elsewhere:
    """Something done by another connection, at the same time."""

    def __init__(self, do):
        self.thread = threading.Thread(target=self._do, args=[do])
        self.thread.start()

    def _do(self, do):
        try:
            self.done = do()
        finally:
            connection.close()

    def result(self):
        self.thread.join(60)
        return self.done


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


# rotate_keys.


def test_a_device_that_is_in_use_is_waited_for_alone_and_renewed_after(transactional_db, settings):
    pretend_accounts(20)
    settings.SECURITY_KEYS = NEXT | settings.SECURITY_KEYS
    renewed = Authenticator.objects.filter(sealed_secret__startswith="k2.")
    with transaction.atomic():
        in_use = Authenticator.objects.select_for_update().get(user__email="person-7@example.com")
        rotation = Elsewhere(lambda: keys.rotate(actor=Actor()))
        wait_until(somebody_waits_for_a_lock, "the rotation", 20)
        assert renewed.count() == 19
        in_use.last_step += 1
        in_use.save(update_fields=["last_step"])
    assert rotation.result().renewed == 20
    assert renewed.count() == 20
    assert Authenticator.objects.get(pk=in_use.pk).last_step == in_use.last_step


def test_a_secret_that_was_replaced_while_it_was_waited_for_stays(transactional_db, settings):
    pretend_accounts(3)
    settings.SECURITY_KEYS = NEXT | settings.SECURITY_KEYS
    with transaction.atomic():
        in_use = Authenticator.objects.select_for_update().get(user__email="person-2@example.com")
        rotation = Elsewhere(lambda: keys.rotate(actor=Actor()))
        wait_until(somebody_waits_for_a_lock, "the rotation", 20)
        in_use.sealed_secret = "something newer"
        in_use.save()
    assert rotation.result().renewed == 2
    assert Authenticator.objects.get(pk=in_use.pk).sealed_secret == "something newer"


@pytest.mark.parametrize("at_once", [1, 3, 7, 8])
def test_however_many_are_renewed_at_once_each_is_renewed_once(db, settings, monkeypatch, at_once):
    pretend_accounts(7)
    settings.SECURITY_KEYS = NEXT | settings.SECURITY_KEYS
    monkeypatch.setattr(portions, "AT_ONCE", at_once)
    looked_at = []

    def renewing(some):
        for done in keys.renew_here(some):
            looked_at.append(done.looked_at)
            yield done

    assert keys.rotate(actor=Actor(), renewing=renewing).renewed == sum(looked_at) == 7
    assert max(looked_at) == min(at_once, 7)
    assert keys.how_many_wait() == 0


def test_several_processes_killed_half_way_and_run_again_end_right(processes, settings):
    for first in range(1, 6001, 1000):
        pretend.make(pretend.Wanted(tuple(range(first, first + 1000)), "", events=0, sessions=0, without_device=0))
    ring = ",".join(
        f"{key}:{base64.b64encode(secret).decode()}" for key, secret in (NEXT | settings.SECURITY_KEYS).items()
    )
    env = {**processes.env, "SECURITY_KEYS": ring}
    command = [sys.executable, "manage.py", "rotate_keys", "--json", "--processes", "2"]
    first = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    renewed = Authenticator.objects.filter(sealed_secret__startswith="k2.")
    wait_until(renewed.exists, "the first secret", 60)
    os.kill(first.pid, signal.SIGKILL)
    again = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True)  # beside what goes on yet
    first.communicate()
    assert 0 < json.loads(again.stdout)["renewed"] < 6000
    assert renewed.count() == 6000
    settings.SECURITY_KEYS = NEXT
    assert all(device.shows("x") is False for device in Authenticator.objects.all()[:5])
    assert keys.how_many_wait() == 0


# purge_expired.


@pytest.fixture
def over(transactional_db):
    """Twelve accounts of long ago: all sessions are over, and all events but the youngest."""
    aged(200, 12, events=6)
    return set(User.objects.values_list("pk", flat=True))


def old_events():
    return Event.objects.filter(at__lt=timezone.now() - timedelta(seconds=conf.EVENTS_KEPT))


def test_a_dry_run_waits_for_nobody_holds_nobody_up_and_says_the_same(over):
    Throttle.objects.create(subject="1", factor="password", failed_at=[1.0])
    before = everything()
    with transaction.atomic():
        list(SecurityProfile.objects.select_for_update())
        list(Session.objects.select_for_update())
        dry = Elsewhere(lambda: purging.purge(actor=Actor(), dry_run=True)).result()
    assert everything() == before
    assert dry["sessions"] == 12
    assert dry["counters"] == 1
    assert dry["events"] == old_events().count() > 12
    assert purging.purge(actor=Actor()) == dry


def test_whoever_is_busy_is_left_to_the_next_time(over):
    all_of_them = old_events().count()
    busy = SecurityProfile.objects.filter(person_id=old_events().first().person_id)
    with transaction.atomic():
        busy.select_for_update().get()
        removed = Elsewhere(lambda: purging.purge(actor=Actor())).result()["events"]
    theirs = old_events().count()
    assert theirs == old_events().filter(person_id=busy.get().person_id).count() > 0
    assert removed == all_of_them - theirs
    assert purging.purge(actor=Actor())["events"] == theirs
    assert broken() == {}


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 100])
def test_however_many_go_at_once_the_same_is_left_and_every_chain_is_whole(over, monkeypatch, at_once):
    monkeypatch.setattr(oldest, "AT_ONCE", at_once)
    monkeypatch.setattr(portions, "AT_ONCE", at_once)
    [first, second] = old_events().order_by("person_id", "position")[:2]
    assert first.person_id == second.person_id
    kept = OutboxMessage.objects.create(event=second, what="x", address="a@example.com")
    needed = old_events().filter(person_id=second.person_id).count() - 1
    steps = []

    def counted(numbers, total, what):
        for number in numbers:
            steps.append(number)
            yield number

    dry = purging.purge(actor=Actor(), dry_run=True)
    assert purging.purge(actor=Actor(), counted=counted) == dry
    assert max(steps) <= at_once
    assert set(old_events().values_list("person_id", flat=True)) == {kept.event.person_id}
    assert old_events().count() == needed
    assert not Session.objects.exists()
    assert broken() == {}


def test_an_account_that_is_frozen_keeps_what_it_contests_and_no_other(over):
    frozen, thawed = SecurityProfile.objects.filter(person_id__in=old_events().values("person_id")).order_by("pk")[:2]
    for profile, days in ((frozen, 1), (thawed, -1)):
        until = timezone.now() + timedelta(days=days)
        contested = Event.objects.get(person_id=profile.person_id, position=1)
        profile.change(contested_event=contested, frozen_at=until - timedelta(days=3), frozen_until=until)
    dry = purging.purge(actor=Actor(), dry_run=True)
    assert purging.purge(actor=Actor())["events"] == dry["events"]
    assert set(old_events().values_list("person_id", flat=True)) == {frozen.person_id}
    thawed.refresh_from_db()
    assert thawed.contested_event is None
    assert broken() == {}


def test_what_a_factor_counts_at_this_moment_is_not_forgotten(transactional_db):
    for subject in ("1", "2"):
        Throttle.objects.create(subject=subject, factor="password", failed_at=[1.0])
    with transaction.atomic():
        row = Throttle.objects.select_for_update().get(subject="1")
        removed = Elsewhere(lambda: purging.purge(actor=Actor())).result()["counters"]
        row.failed_at = [timezone.now().timestamp()]
        row.save()
    assert removed == 1
    assert Throttle.objects.get().subject == "1"


def test_tidying_leaves_out_whom_somebody_holds(transactional_db):
    someone = people.make("owner@example.com", has_device=False)
    long_ago = timezone.now() - timedelta(days=30)
    rows = [FormerPassword.objects.create(person=someone.user, hashed="x", replaced_at=long_ago) for _ in range(3)]
    with transaction.atomic():
        FormerPassword.objects.select_for_update().get(pk=rows[1].pk)
        assert Elsewhere(tidying.erase_what_is_over).result()["former passwords"] == 2
    assert FormerPassword.objects.get() == rows[1]
    assert tidying.erase_what_is_over()["former passwords"] == 1


def test_purging_killed_half_way_and_run_again_ends_right(processes):
    aged(300, 1500, events=6)
    events_of_then = Event.objects.count()
    command = [sys.executable, "manage.py", "purge_expired", "--json"]
    first = subprocess.Popen(command, cwd=ROOT, env=processes.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wait_until(lambda: Event.objects.count() < events_of_then, "the first events to go", 60)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert broken() == {}
    left = old_events().count()
    again = subprocess.run(command, cwd=ROOT, env=processes.env, capture_output=True, check=True)
    assert json.loads(again.stdout)["removed"]["events"] == left > 0
    assert not old_events().exists()
    assert broken() == {}
    someone = User.objects.get(email="person-1@example.com")
    with transaction.atomic():
        events.record(Kind.STEP_UP_PASSED, someone, Actor(), **plausible.DETAIL[Kind.STEP_UP_PASSED])
    assert broken() == {}
