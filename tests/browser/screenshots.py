"""`make screenshots`: every page into var/screenshots; the pictures of README and help, and what is read aloud, anew.

A test session of its own, so that it has the same servers, people and Chromium as the tests; never part of `make test`.
"""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from accounts.models import User
from tests.browser import test_read_aloud as aloud
from tests.browser.conftest import lend_cookies
from tests.browser.test_staff import pages, scene
from tests.browser.tour import SIGHTS, Sight, address

ROOT = Path(__file__).resolve().parents[2]
ALBUM, IMAGES = ROOT / "var" / "screenshots", ROOT / "docs" / "images"
HELP = ROOT / "static" / "help"
OF_THE_HELP = {"security-receipt": "receipt", "security": "security", "proof": "proof", "code": "code", "scan": "scan"}
OF_THE_README = {"security-receipt": "receipt", "security": "security", "proof": "proof", "scan": "scan"}


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_take_pictures(window, site, sight: Sight):
    ALBUM.mkdir(parents=True, exist_ok=True)
    visitor = sight.visitor()
    for language in ("de", "fr", "en"):
        User.objects.filter(pk=visitor.user.pk).update(language=language)
        for width, theme in ((1280, "light"), (320, "light"), (1280, "dark"), (320, "dark")):
            if theme == "light" or language == "en":
                page = lend_cookies(visitor, window(width, theme == "dark"), site)
                cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site.url}
                page.context.add_cookies([cookie])
                page.goto(site.url + address(sight, visitor))
                assert page.screenshot(path=ALBUM / f"{language}-{sight.name}-{width}-{theme}.png", full_page=True)
                page.context.close()
    if name := OF_THE_README.get(sight.name):
        page = lend_cookies(visitor, window(1000), site)
        page.goto(site.url + address(sight, visitor))
        assert page.screenshot(path=IMAGES / f"{name}.png", full_page=True)
    if name := OF_THE_HELP.get(sight.name):
        page = lend_cookies(visitor, window(800), site)
        page.set_viewport_size({"width": 800, "height": 560})
        page.goto(site.url + address(sight, visitor))
        picture = Image.open(BytesIO(page.screenshot()))
        HELP.mkdir(exist_ok=True)
        picture.convert("RGB").quantize(64).save(HELP / f"{name}.png", optimize=True)  # drawn, not photographed
        assert picture.size == (800, 560)


@pytest.mark.parametrize("name", aloud.NAMES)
def test_write_what_is_read_aloud(window, site, name):
    aloud.write(name, aloud.heard(window, site, name))
    assert aloud.written()[name]


STAFF = {"account": "staff-account", "figures": "staff-figures"}


def test_take_pictures_of_the_pages_for_staff(window, site):
    owner, chief = scene()
    for name, picture in STAFF.items():
        page = lend_cookies(chief, window(1100), site)
        page.goto(site.url + pages(owner)[name])
        assert page.screenshot(path=IMAGES / f"{picture}.png")
