"""Sends the mail that was promised, without Celery: once, or for as long as it runs."""

import json
import signal
import threading
from typing import Any

from django.core.management.base import CommandParser
from django.db import connections

from security import outbox
from security.management.examples import CommandWithExamples
from security.models import OutboxMessage

EXAMPLES = """
examples:
  manage.py deliver_outbox               send what is due and stop
  manage.py deliver_outbox --loop        do so every second; stop with Ctrl+C or SIGTERM

exit codes: 0 nothing waits any more, 1 something still waits for its next try
"""


class Command(CommandWithExamples):
    help = "Sends the mail that was promised: the same as the Celery worker does, without it and without the broker."
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on for ever, once a second")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:
        if loop:
            self._loop()
            return
        sent = outbox.sweep(limit=None)
        waiting = OutboxMessage.objects.filter(delivered_at=None, given_up_at=None).count()
        report = {"sent": sent, "waiting": waiting}
        self.stdout.write(json.dumps(report) if options["json"] else f"{sent} sent, {waiting} waiting.")
        if waiting:
            raise SystemExit(1)

    def _loop(self) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.wait(1):
            try:
                outbox.sweep()
            except Exception as error:
                self.stderr.write(f"the sweep failed and goes on: {type(error).__name__}")
            finally:
                connections.close_all()
