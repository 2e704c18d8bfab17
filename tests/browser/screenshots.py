"""`make screenshots`: pictures of every page into var/screenshots, and the README's into docs/images.

A test session of its own, so that it has the same servers, people and Chromium as the tests; never part of `make test`.
"""

from pathlib import Path

import pytest

from tests.browser.conftest import lend_cookies
from tests.browser.tour import SIGHTS, Sight, address

ROOT = Path(__file__).resolve().parents[2]
ALBUM, IMAGES = ROOT / "var" / "screenshots", ROOT / "docs" / "images"
OF_THE_README = {"security-receipt": "receipt", "security": "security", "proof": "proof", "scan": "scan"}


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_take_pictures(window, site, sight: Sight):
    ALBUM.mkdir(parents=True, exist_ok=True)
    visitor = sight.visitor()
    for width in (1280, 320):
        for dark in (False, True):
            page = lend_cookies(visitor, window(width, dark), site)
            page.goto(site.url + address(sight, visitor))
            theme = "dark" if dark else "light"
            assert page.screenshot(path=ALBUM / f"{sight.name}-{width}-{theme}.png", full_page=True)
    if name := OF_THE_README.get(sight.name):
        page = lend_cookies(visitor, window(1000), site)
        page.goto(site.url + address(sight, visitor))
        assert page.screenshot(path=IMAGES / f"{name}.png", full_page=True)
