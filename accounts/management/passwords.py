"""A password for a command: from a prompt or standard input, never from an argument, which everybody on the machine
sees.
"""

import getpass
import sys
import unicodedata

from django.core.management.base import CommandError


def read(*, from_stdin: bool) -> str:
    """The password, in the form in which it would be typed into a field."""
    return unicodedata.normalize("NFC", _read(from_stdin))


def _read(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password. Use --password-stdin.", returncode=2)
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandError("The two are not the same.")
    return password
