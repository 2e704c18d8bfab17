"""`operate`: a command, run."""

import pytest

from tests.commands.running import run


@pytest.fixture
def operate(monkeypatch, capsys):
    def operate(name, *arguments, typed=""):
        return run(monkeypatch, capsys, name, *arguments, typed=typed)

    return operate
