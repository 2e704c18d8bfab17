"""`verify_events` finds what was changed, whoever killed it before."""

import json
import os
import signal
import subprocess
import sys

from django.db import connection, transaction

from security import events
from security.actor import Actor
from security.models import Kind, SecurityProfile
from tests import people
from tests.conftest import ROOT
from tests.servers import wait_until
from tests.walls import everything


def test_whole_and_broken_chains(operate, owner, stranger):
    for someone in (owner, stranger):
        events.record(Kind.SESSION_ENDED, someone.user, Actor(), why="signed out")
    assert operate("verify_events", "--json").data == {"checked": 2, "broken": {}}
    SecurityProfile.objects.filter(person=owner.user).update(chain_length=5)
    ended = operate("verify_events")
    assert ended.code == 1
    assert f"person {owner.user.pk}: event 2 was changed, put in or taken away" in ended.out
    assert operate("verify_events", stranger.user.email).code == 0
    assert operate("verify_events", owner.user.email).code == 1
    assert operate("verify_events", "nobody@example.com").code == 1


def test_verifying_killed_half_way_changes_nothing_and_ends_right_when_run_again(processes):
    for n in range(3):
        someone = people.make(f"p{n}@example.com")
        with transaction.atomic():
            events.record(Kind.SESSION_ENDED, someone.user, Actor(), why="signed out")
    middle = SecurityProfile.objects.order_by("person_id")[1]
    SecurityProfile.objects.filter(pk=middle.pk).update(chain_length=5)
    command = [sys.executable, "manage.py", "verify_events", "--json"]
    before = everything()
    with transaction.atomic():
        SecurityProfile.objects.select_for_update().get(pk=middle.pk)  # the command looks twice, and waits here
        first = subprocess.Popen(command, cwd=ROOT, env=processes.env, stdout=subprocess.PIPE)
        wait_until(_somebody_waits_for_a_lock, "the second look", 60)
        os.kill(first.pid, signal.SIGKILL)
        assert first.communicate()[0] == b""
    again = subprocess.run(command, cwd=ROOT, env=processes.env, capture_output=True, check=False)
    assert again.returncode == 1
    assert json.loads(again.stdout) == {"checked": 3, "broken": {str(middle.person_id): 2}}
    assert everything() == before


def _somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")  # as it is now, in a transaction too
        return cursor.fetchone()[0] > 0
