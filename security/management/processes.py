"""Work that is too much for one core, shared by several processes, each with a connection of its own.

Whoever is killed leaves nobody behind: each process ends when the one that gives out the work is gone, with what it had
in hand. So a job is one transaction, and small.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import django
from django.core.management.base import CommandError
from django.db import connection
from django.utils.module_loading import import_string


def share[Job, Done](work: Callable[[Job], Done], jobs: Iterable[Job], *, processes: int) -> Iterator[Done]:
    """What `work` returns for each job, in the order in which they are done. `work` is a function of a module.

    A single job is done here, and so is everything with one process, or on SQLite, which one writes at a time. Raises
    CommandError if a process ends before its work does; that one has said why.
    """
    first = list(islice(jobs := iter(jobs), 2))
    if processes == 1 or len(first) < 2 or connection.vendor == "sqlite":
        yield from map(work, chain(first, jobs))
    else:
        yield from _shared(work, chain(first, jobs), processes)


def _shared[Job, Done](work: Callable[[Job], Done], jobs: Iterator[Job], processes: int) -> Iterator[Done]:
    crew = [_begin(work) for _ in range(processes)]
    busy: list[Connection] = []
    try:
        for (_, line), job in zip(crew, jobs, strict=False):
            line.send(job)
            busy.append(line)
        while busy:
            for line in _ready(busy):
                yield line.recv()
                more = next(jobs, None)
                if more is None:
                    busy.remove(line)
                else:
                    line.send(more)
    except (EOFError, BrokenPipeError, ConnectionResetError) as error:
        raise CommandError("One of the processes that shared the work has ended. Run it again.") from error
    finally:
        for _, line in crew:
            line.close()
        for process, _ in crew:
            process.join()


def _ready(busy: list[Connection]) -> list[Connection]:
    ready = wait(busy)
    return [line for line in busy if line in ready]


def _begin[Job, Done](work: Callable[[Job], Done]) -> tuple[SpawnProcess, Connection]:
    """A process and the line to it. Spawned and not forked: it inherits no connection, no thread and no lock."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    name = f"{work.__module__}.{work.__qualname__}"
    process = spawn.Process(target=_serve, args=(there, name, connection.settings_dict["NAME"]), daemon=True)
    process.start()
    there.close()  # so that its end is ours to see
    return process, here


def _serve(line: Connection, work: str, database: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells everybody: the one that gives out the work ends it
    django.setup()
    connection.settings_dict["NAME"] = database  # the settings may name another one than tests run on
    do = import_string(work)
    with suppress(EOFError, BrokenPipeError):  # nobody gives out work any more
        while True:
            done = do(line.recv())
            line.send(done)
