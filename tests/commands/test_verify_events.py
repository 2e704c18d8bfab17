"""`verify_events` finds what was changed, whoever killed it before."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
from django.db import connection, transaction
from django.db.models import Q

from security import chain, events
from security.actor import Actor
from security.management import operating
from security.management.commands import verify_events
from security.models import Event, Kind, SecurityProfile
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


@pytest.fixture
def seven(transactional_db):
    """People with an event each. The chains of the second and the fifth are broken."""
    some = [people.make(f"p{n}@example.com", has_device=False) for n in range(7)]
    for someone in some:
        with transaction.atomic():
            events.record(Kind.SESSION_ENDED, someone.user, Actor(), why="signed out")
    keys = [someone.user.pk for someone in some]
    SecurityProfile.objects.filter(person_id__in=(keys[1], keys[4])).update(chain_length=5)
    return keys


@pytest.mark.parametrize("at_once", [1, 2, 6, 7, 8])
def test_however_many_are_read_at_once_each_is_read_once(operate, seven, monkeypatch, at_once):
    monkeypatch.setattr(verify_events, "AT_ONCE", at_once)
    said = operate("verify_events", "--json").data
    assert said == {"checked": 7, "broken": {str(seven[1]): 2, str(seven[4]): 2}}


def test_several_processes_find_the_same(operate, seven, monkeypatch):
    monkeypatch.setattr(verify_events, "AT_ONCE", 2)
    monkeypatch.setattr(operating, "WORTH_SHARING", 0)
    said = operate("verify_events", "--processes", "3", "--json").data
    assert said == {"checked": 7, "broken": {str(seven[1]): 2, str(seven[4]): 2}}


def test_whose_profile_was_taken_away_is_found_in_the_middle_and_at_the_end(operate, seven, monkeypatch):
    monkeypatch.setattr(verify_events, "AT_ONCE", 2)
    SecurityProfile.objects.filter(person_id__in=(seven[2], seven[6])).delete()
    said = operate("verify_events", "--json").data
    assert said["checked"] == 7
    assert list(said["broken"]) == [str(seven[n]) for n in (1, 2, 4, 6)]


def test_a_chain_is_read_the_same_one_by_one_and_together(seven):
    together = chain.first_breaks(Q(person_id__in=seven))
    assert together == {person_id: chain.first_break(person_id) for person_id in seven}
    assert chain.first_breaks(Q(person_id=0)) == {}


def test_a_link_has_all_that_an_event_says():
    assert set(chain.COLUMNS) == {field.column for field in Event._meta.concrete_fields} - {"id"}


def test_the_macs_are_those_of_before(settings):
    """Whatever makes them faster: those in the table were made by the code of then."""
    settings.SECURITY_KEYS = {"one": b"k" * 32}
    said = {
        "person_id": 7,
        "kind": "session.started",
        "at": datetime(2036, 11, 24, 12, 0, 5, 123456, tzinfo=timezone(timedelta(hours=2))),
        "actor": "self",
        "actor_name": "Zoë",
        "address": "2001:0DB8::1",
        "browser": "Firefox (Linux)",
        "enrollment_id": "",
        "public_id": "g" * 24,
    }
    detail = {"until": 0.1 + 0.2, "name": "Ünïcode 社", "device": None, "list": [1, True]}
    for event in (Event(**said, detail=detail), chain.Link(**said, detail=chain.in_one_form(detail))):
        profile = SecurityProfile(person_id=7, chain_length=4, chain_head="a" * 64)
        chain.link(event, profile)
        chain.anchor(event.position, event.mac, profile)
        assert event.mac == "one.4e16ebc4f9f3c036b5e987c4cbd1da97a8b829d25bbe4b50c3626844f4b83254"
        assert profile.chain_head == "93c2a248d121ffaa5e98f1fb3ce18d72f361aae5d6e32051ea44608fb1779cb9"
        seal = "d42828bc6adedbd8404b86e937bf7ce8034392909106c198c6a0bbe2fa3a3a49"
        assert profile.chain_anchor == f"5.{profile.chain_head}.one.{seal}"


def _somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")  # as it is now, in a transaction too
        return cursor.fetchone()[0] > 0
