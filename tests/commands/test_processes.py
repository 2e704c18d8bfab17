"""Work that several processes share: done once, by whoever is free, and nobody stays behind."""

import multiprocessing
import os

import pytest
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import User
from security.management import processes
from tests import people


def whoever(number):
    return number, os.getpid()


def how_many(address):
    return User.objects.filter(email=address).count(), connection.settings_dict["NAME"]


def fail(number):
    if number == 3:
        os._exit(1)  # as one that is killed
    return number


def nobody_is_left():
    return not multiprocessing.active_children()


def test_every_job_is_done_once_by_other_processes():
    done = list(processes.share(whoever, range(40), processes=2))
    assert sorted(number for number, _ in done) == list(range(40))
    assert os.getpid() not in {pid for _, pid in done}
    assert len({pid for _, pid in done}) == 2
    assert nobody_is_left()


@pytest.mark.parametrize(("jobs", "number"), [(1, 2), (5, 1), (0, 2)])
def test_a_single_job_and_those_of_one_process_are_done_here(jobs, number):
    done = list(processes.share(whoever, range(jobs), processes=number))
    assert done == [(job, os.getpid()) for job in range(jobs)]


def test_more_processes_than_jobs():
    assert sorted(number for number, _ in processes.share(whoever, range(2), processes=4)) == [0, 1]


def test_they_see_the_same_database(transactional_db):
    people.make("owner@example.com")
    name = connection.settings_dict["NAME"]
    found = processes.share(how_many, ["owner@example.com", "nobody@example.com"], processes=2)
    assert sorted(found) == [(0, name), (1, name)]


def test_one_that_is_killed_is_noticed():
    done = []
    with pytest.raises(CommandError, match="Run it again"):
        done.extend(processes.share(fail, range(1000), processes=2))
    assert nobody_is_left()


def test_whoever_has_enough_leaves_nobody_behind():
    shared = processes.share(whoever, range(10_000), processes=2)
    next(shared)
    shared.close()
    assert nobody_is_left()
