"""A real Chromium: Debian's, the one named by CHROMIUM, or with BROWSER=no none (and none of these tests)."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import Site
from tests.people import FIREFOX, Someone

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

if os.environ.get("BROWSER") == "no":
    collect_ignore_glob = ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: apt-get install chromium, or set CHROMIUM, or BROWSER=no"
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium(), "args": [*FLAGS, *sandbox]}


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser of its own: size, theme, with or without JavaScript."""
    opened: list[BrowserContext] = []

    def open_window(width: int = 1280, dark: bool = False, **options: Any) -> BrowserContext:
        theme = "dark" if dark else "light"
        size = {"width": width, "height": 900}
        options.setdefault("user_agent", FIREFOX)  # a session is asked again in a browser of another family
        opened.append(browser.new_context(viewport=size, color_scheme=theme, locale="en-GB", **options))
        return opened[-1]

    yield open_window
    for context in opened:
        context.close()


def lend_cookies(someone: Someone, context: BrowserContext, site: Site) -> Page:
    """A page in which this person is where their test client has brought them."""
    jar = someone.client.cookies.items()
    cookies = [{"name": name, "value": morsel.value, "url": site.url} for name, morsel in jar]
    if cookies:
        context.add_cookies(cookies)  # type: ignore[arg-type]
    return context.new_page()
