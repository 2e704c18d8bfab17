"""Runs the demo: fresh data, the site, and a thread that sends what a nudge missed."""

import logging
import socket
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.servers.basehttp import WSGIServer, run
from django.core.wsgi import get_wsgi_application
from django.db import connections

from config.demo.seed import ACCOUNTS, PASSWORD, people, portal
from security import outbox
from security.flows import campaigns

log = logging.getLogger("config.demo")


class Command(BaseCommand):
    help = (
        "Runs the whole site on this machine with SQLite, a pretend inbox and two pretend phones.\n"
        "Examples: manage.py demo · manage.py demo --port 8080 --keep"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where it listens on 127.0.0.1 (8000)")
        parser.add_argument("--keep", action="store_true", help="keep the data of the last time")

    def handle(self, *args: Any, port: int, keep: bool, **options: Any) -> None:
        self._refuse_a_port_in_use(port)
        database = Path(settings.DATABASES["default"]["NAME"])
        database.parent.mkdir(parents=True, exist_ok=True)
        connections.close_all()
        if not keep:
            for leftover in database.parent.glob(f"{database.name}*"):
                leftover.unlink()
        call_command("migrate", verbosity=0)
        people()
        portal()
        threading.Thread(target=_sweep_for_ever, daemon=True).start()
        self._greet(port)
        try:
            run("127.0.0.1", port, get_wsgi_application(), threading=True, server_cls=WSGIServer)
        except KeyboardInterrupt:
            self.stdout.write("\nGoodbye.")

    def _refuse_a_port_in_use(self, port: int) -> None:
        """Before anything is deleted: another demo may be running, and its data is the same file."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as error:
                hint = f"Port {port} cannot be used: {error}. Choose another: make demo PORT=8080"
                raise CommandError(hint) from None

    def _greet(self, port: int) -> None:
        site = f"http://127.0.0.1:{port}"
        self.stdout.write(f"\n  The site            {site}/\n  Inbox and phones    {site}/demo/\n")
        self.stdout.write(f"  With passkeys       http://localhost:{port}/ (they are bound to a name)\n\n")
        for email, _, about in ACCOUNTS:
            self.stdout.write(f"  {email:<19} {about}")
        self.stdout.write(f"\n  The password of all: {PASSWORD}\n  Stop with Ctrl+C.\n")


def _sweep_for_ever() -> None:
    while True:
        time.sleep(1)
        try:
            outbox.sweep()
            campaigns.go_on(turn=1)
        except Exception:
            log.exception("the sweep failed and goes on")
        finally:
            connections.close_all()
