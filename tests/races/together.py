"""Calls that happen at the same moment, in real threads with connections of their own."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db import connection, connections
from django.test import Client

from tests.people import FIREFOX, Someone

FORM = "application/x-www-form-urlencoded"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all of them in threads that start together; their answers in order."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait()
            answers[index] = call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def twin(someone: Someone) -> Client:
    """Another request of the same browser: the cookies as they are now, its own answer to them."""
    client = Client(headers={"User-Agent": FIREFOX}, raise_request_exception=False)
    client.cookies.update(someone.client.cookies)
    return client


def post(someone: Someone, path: str, **data: str) -> Callable[[], Any]:
    """As a browser posts a form. Django's test client would send its parts one by one, which no form of ours does."""
    client = twin(someone)
    return lambda: client.post(path, urlencode(data), content_type=FORM)


def post_and_follow(someone: Someone, path: str, **data: str) -> Callable[[], Any]:
    """As `post`, and on to where the answer leads; the page it ends at."""
    client = twin(someone)

    def call() -> Any:
        answer = client.post(path, urlencode(data), content_type=FORM)
        return client.get(answer["Location"], follow=True) if "Location" in answer else answer

    return call


def somebody_waits() -> bool:
    """Whether a statement waits for a lock that another transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
