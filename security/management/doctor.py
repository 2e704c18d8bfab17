"""What can be wrong with a site, looked for one by one. A finding is one line, and never has a credential in it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.mail import mailers
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from security import checks, crypto, totp
from security.flows import keys
from security.models import Authenticator, OutboxMessage

CLOCK_AT_MOST = 2  # seconds between our clock and the database's
MAIL_AT_MOST = timedelta(minutes=5)  # how long a promised mail may wait


class Trouble(Exception):
    """What is wrong, in words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what was seen."""

    what: str
    is_well: bool
    seen: str


def examine() -> list[Finding]:
    """Look at everything; one part that is away does not hide the next, and nobody waits for the database twice."""
    found: list[Finding] = []
    for what, look in PARTS.items():
        is_hidden = what in IN_THE_DATABASE and not found[0].is_well
        found.append(Finding(what, False, "not looked at without the database") if is_hidden else look_at(what, look))
    return found


def look_at(what: str, look: Callable[[], str]) -> Finding:
    """What `look` says of it, or the trouble that it raises."""
    try:
        return Finding(what, True, look())
    except Trouble as trouble:
        return Finding(what, False, str(trouble))
    except Exception as error:  # whatever a driver raises; its text may hold an address with a password in it
        return Finding(what, False, f"does not answer ({type(error).__name__})")


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.vendor


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        raise Trouble(f"{len(missing)} missing, the first is {missing[0]}: run manage.py migrate")
    return "all there"


def _cache() -> str:
    key = crypto.public_id()  # of its own: several may look at once
    cache.set(key, "doctor", 10)
    if cache.get(key) != "doctor":
        raise Trouble("forgets what it is told")
    return "remembers"


def _broker() -> str:
    if not settings.REDIS_URL:
        return "none: tasks run in the process"
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=0, timeout=3)
    return "answers"


def _worker() -> str:
    if not settings.REDIS_URL:
        return "none: tasks run in the process"
    answers = current_app.control.ping(timeout=2)
    if not answers:
        raise Trouble("none answers: start celery -A config worker")
    return f"{len(answers)} answer"


def _mail_server() -> str:
    server = mailers.default
    try:
        server.open()
    finally:
        server.close()
    return "takes our mail"


def _outbox() -> str:
    oldest = OutboxMessage.objects.waiting().order_by("wanted_at").first()
    if oldest is not None and timezone.now() - oldest.wanted_at > MAIL_AT_MOST:
        raise Trouble(f"a mail waits since {oldest.wanted_at:%Y-%m-%d %H:%M} UTC")
    return "nothing waits for long"


def _keyring() -> str:
    current = crypto.current_key_id()
    secret = crypto.seal(b"doctor", bound_to="doctor")
    if crypto.unseal(secret, bound_to="doctor") != b"doctor":
        raise Trouble("does not open what it sealed")
    used = Authenticator.objects.exclude(sealed_secret="").values_list("sealed_secret", flat=True)
    for key in {sealed.partition(".")[0] for sealed in used.order_by("-pk")[:500]}:
        if not crypto.has_key(key):
            raise Trouble(f"the key {key} is missing, and devices are sealed with it")
    device = Authenticator.objects.exclude(sealed_secret="").order_by("-pk").first()
    if device is not None:
        crypto.unseal(device.sealed_secret, bound_to=f"authenticator {device.public_id}")
    waiting = keys.how_many_wait()
    return f"{current} is current" + (f", {waiting} secrets wait for rotate_keys" if waiting else "")


def _clock() -> str:
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            return "is the only one"
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    apart = abs(theirs - datetime.now(UTC).timestamp())
    if apart > CLOCK_AT_MOST:
        raise Trouble(f"is {apart:.0f} s away from the database's: codes of the app will be refused")
    return f"agrees with the database's, time step {int(time.time()) // totp.STEP}"


def _proxies() -> str:
    for error in checks.no_proxy_is_trusted_from_everywhere():
        raise Trouble(str(error.msg))
    return ", ".join(settings.TRUSTED_PROXIES) or "none is trusted"


PARTS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "broker": _broker,
    "worker": _worker,
    "mail server": _mail_server,
    "outbox": _outbox,
    "keyring": _keyring,
    "clock": _clock,
    "proxy header": _proxies,
}
IN_THE_DATABASE = ("migrations", "outbox", "keyring", "clock")
