"""The journey as a screen reader is given it: docs/read-aloud.md is written from the accessibility tree, and kept true.

`make screenshots` writes it anew; read it before you commit it.
"""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import lend_cookies
from tests.browser.tour import SIGHTS
from tests.people import SCREENS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "read-aloud.md"
HEAD = """# The journey, read aloud

What assistive technology is given on each of the nine screens and on the page with the receipt, written from Chromium's
accessibility tree by `tests/browser/test_read_aloud.py`, which also holds that it is still true. Codes, keys, addresses
of links and times of day are left out.

"""
VARIES = [
    (re.compile(r"\n *- /url: .*"), ""),
    (re.compile(r"\b(?:[A-Z2-7]{4} ?){8}"), "<setup key>"),
    (re.compile(r"\b\d{1,2}:\d{2}\b"), "<time>"),
    (re.compile(r"\b\d{1,2} \w+ 20\d\d\b"), "<date>"),
    (re.compile(r"\b\d+ s\b"), "<n> s"),
    (re.compile(r"\b\d+ minutes? left"), "<n> minutes left"),
    (re.compile(r"127\.0\.0\.1"), "<address>"),
]
NAMES = [*SCREENS, "security-receipt"]


def heard(window, site, name: str) -> str:
    sight = next(sight for sight in SIGHTS if sight.name == name)
    page = lend_cookies(sight.visitor(), window(), site)
    page.goto(site.url + sight.path)
    said = page.locator("main").aria_snapshot()
    for pattern, instead in VARIES:
        said = pattern.sub(instead, said)
    return said


def written() -> dict[str, str]:
    """What the document says, screen by screen."""
    text = PAGE.read_text() if PAGE.exists() else ""
    return dict(re.findall(r"^## (\S+)\n\n```yaml\n(.*?)\n```$", text, re.M | re.S))


def write(name: str, said: str) -> None:
    """Put it into the document, in the order of the journey."""
    parts = written() | {name: said}
    shown = [f"## {name}\n\n```yaml\n{parts[name]}\n```\n" for name in NAMES if name in parts]
    PAGE.write_text(HEAD + "\n".join(shown))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_aloud_is_what_is_written(window, site, name):
    assert heard(window, site, name) == written()[name]


def test_all_of_the_journey_is_written():
    assert list(written()) == NAMES
