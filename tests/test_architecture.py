"""The rules of the house, held by reading its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APPS = ("accounts", "security", "config")
SOURCES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SELF_EVIDENT = {"apps.py", "urls.py", "__init__.py"}
FLOWS = [path for path in SOURCES if path.parent.name == "flows" or path.name == "flow.py"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def test_there_is_a_house():
    assert len(SOURCES) > 60
    assert len(FLOWS) >= 7


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name)
def test_no_file_is_longer_than_300_lines(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_function_is_longer_than_40_lines(path):
    assert [node.name for node in functions(path) if length(node) > 40] == []


@pytest.mark.parametrize("path", [path for path in SOURCES if "views" in name(path)], ids=name)
def test_no_view_is_longer_than_25_lines(path):
    assert [node.name for node in functions(path) if length(node) > 25] == []


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name)
def test_every_room_has_a_name(path):
    assert path.stem not in {"utils", "util", "helpers", "helper", "services", "mixins", "common", "misc"}


@pytest.mark.parametrize("path", FLOWS, ids=name)
def test_flows_never_see_a_request_and_are_typed_and_promise_something(path):
    assert not {module for module in imports(path) if module.startswith(("django.http", "django.shortcuts"))}
    for node in functions(path):
        arguments = [*node.args.args, *node.args.kwonlyargs]
        assert "request" not in [argument.arg for argument in arguments], node.name
        assert node.returns is not None, node.name
        assert all(argument.annotation for argument in arguments if argument.arg != "self"), node.name
        if not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name not in SELF_EVIDENT], ids=name)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(tree(path))


def rooms_with(pattern: str) -> list[str]:
    """The modules in which something stands."""
    return [name(path) for path in SOURCES if re.search(pattern, path.read_text(), re.M)]


def test_the_environment_is_read_in_one_room():
    assert rooms_with(r"os\.environ\[|os\.environ\.get|os\.getenv") == ["config/env.py"]


def test_keys_and_comparisons_are_in_one_room():
    secretive = r"^\s*(from|import) (cryptography|hmac|secrets)\b|compare_digest|constant_time_compare"
    assert rooms_with(secretive) == ["security/crypto.py"]


def test_only_one_room_signs_people_in_or_knows_the_keys_of_their_sessions():
    assert rooms_with(r"auth\.(login|logout)\(|import (login|logout)\b") == ["security/browser.py"]
    assert rooms_with(r"request\.session\[|session\.(get|pop)\(") == ["security/browser.py"]


def test_nothing_is_recorded_or_promised_past_the_choke_point():
    assert rooms_with(r"\bEvent(\.objects\.create)?\($|\bEvent\(person|event\.save\(\)") == ["security/events.py"]
    assert rooms_with(r"outbox\.promise\(") == ["security/notices.py"]
    assert rooms_with(r"send_mail|EmailMultiAlternatives\(") == ["security/outbox.py"]


def test_forms_never_save():
    forms = [path for path in SOURCES if path.name == "forms.py"]
    assert len(forms) == 6
    assert not [name(path) for path in forms if re.search(r"\.save\(|objects\.create|\.update\(", path.read_text())]


def test_every_kind_of_event_declares_its_details():
    from security.events import DETAIL
    from security.models import Kind

    assert set(DETAIL) == set(Kind)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]*(ed|bound|chosen|frozen|held|made|begun)", kind) for kind in Kind)


def test_every_notice_has_a_letter_or_three_templates():
    from security import letters
    from security.notices import NOTICES

    templates = {path.name for path in (ROOT / "templates" / "mail").iterdir()}
    for notice in (notice for notices in NOTICES.values() for notice in notices):
        three = {f"{notice.what}.subject.txt", f"{notice.what}.txt", f"{notice.what}.html"}
        assert (notice.what in letters.names()) != (three <= templates), notice.what


def test_nothing_inline_in_any_template():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+=\"|\sstyle=\"|javascript:")
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "mail" not in path.parts]
    assert len(pages) > 25
    assert not [name(path) for path in pages if inline.search(path.read_text())]
