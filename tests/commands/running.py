"""Running a command as an operator does: what it printed, and the code it ended with."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError, get_commands, load_command_class


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


def run(monkeypatch, capsys, name: str, *arguments: str, typed: str = "") -> Ended:
    """As `manage.py NAME ARGUMENTS` would, with this on standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    capsys.readouterr()
    app = get_commands()[name]
    command = app if not isinstance(app, str) else load_command_class(app, name)
    command._called_from_command_line = True  # so that wrong usage ends it, with code 2
    parser = command.create_parser("manage.py", name)
    code, said = 0, ""
    try:
        options = vars(parser.parse_args(list(arguments)))
        command.execute(*options.pop("args", ()), **options)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except CommandError as error:
        code, said = error.returncode, str(error)
    printed = capsys.readouterr()
    return Ended(code, printed.out, printed.err + said)
