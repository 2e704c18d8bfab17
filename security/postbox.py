"""The way to the mail server: a connection a thread, kept open between mails.

To greet a server, agree on a key and say who we are takes longer than the mail itself. A connection that rested for
some seconds is not used any more, and one that is used again is asked first whether it is still there.
"""

import smtplib
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage

from security.circuit import Circuit

KEPT_FOR = 5.0  # seconds between two mails; servers wait for minutes (RFC 5321, 4.5.3.2.7)
TRUSTED_FOR = 0.5  # seconds within which it is not asked whether it is there
ASKED_FOR = 1.0  # seconds that a kept connection has to say that it is there, or to say good-bye
GONE = (smtplib.SMTPServerDisconnected, ConnectionError)


class _Kept(threading.local):
    way: Any = None  # a mail backend of Django, open
    mailers: Any = None  # the settings it was made of
    used_at = 0.0


_kept = _Kept()
circuit = Circuit()


def send(message: EmailMessage) -> None:
    """Hand this mail to the mail server. Raises what the server or the network says; then the next mail starts anew."""
    try:
        if _kept.way is not None and _is_good():
            try:
                return _hand_over(message)
            except GONE:  # it was not there any more
                pass
        forget()
        _kept.way, _kept.mailers = mail.mailers["default"], settings.MAILERS
        _hand_over(message)
    except BaseException as error:
        forget()
        if is_away(error):
            circuit.trip()
        raise


def _hand_over(message: EmailMessage) -> None:
    _kept.way.open()
    _kept.way.send_messages([message])
    _kept.used_at = time.monotonic()


def is_away(error: BaseException) -> bool:
    """Whether this says that there is no server to talk to, and nothing about the mail."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError)
    return isinstance(error, OSError)


def forget() -> None:
    """Hang up, without waiting for long."""
    way, _kept.way = _kept.way, None
    if way is not None:
        with suppress(Exception):
            _wait_for(ASKED_FOR, way)
            way.close()


def _is_good() -> bool:
    rested = time.monotonic() - _kept.used_at
    if _kept.mailers is not settings.MAILERS or rested > KEPT_FOR:
        return False
    if rested < TRUSTED_FOR:
        return True
    connection = getattr(_kept.way, "connection", None)
    if connection is None:
        return True  # a backend without connections
    try:
        _wait_for(ASKED_FOR, _kept.way)
        is_there = bool(connection.noop()[0] == 250)
        _wait_for(connection.timeout, _kept.way)
    except (OSError, smtplib.SMTPException):
        return False
    return is_there


def _wait_for(seconds: float, way: Any) -> None:
    """From now on, for each answer of the server."""
    sock = getattr(getattr(way, "connection", None), "sock", None)
    if sock is not None:
        sock.settimeout(seconds)
