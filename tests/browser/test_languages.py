"""Every page in every language, on a phone and on a wide screen: nothing cut off, nothing to scroll sideways for."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from accounts.models import User
from tests.browser.conftest import lend_cookies
from tests.browser.test_looks import OVERFLOW
from tests.browser.tour import SIGHTS, Sight, address

MAIN = {
    "sign-in",
    "sign-in-code",
    "account",
    "personal-info",
    "security",
    "email",
    "proof",
    "code",
    "scan",
    "confirm",
    "activity",
    "enroll-a-new-device",
}
BROKEN = """() => {
  document.body.style.overflowWrap = 'normal';
  const wide = [...document.querySelectorAll('h1, h2, h3, .button, .mark, label, summary')].filter(e => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const words = [...range.getClientRects()], box = e.getBoundingClientRect();
    return box.width && !e.querySelector('.hidden-text') && words.some(word => word.right > box.right + 1);
  });
  document.body.style.overflowWrap = '';
  return wide.map(e => e.textContent.trim());
}"""
OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_nothing_is_cut_off(window, site, sight: Sight):
    visitor = sight.visitor()
    path = address(sight, visitor)
    page = lend_cookies(visitor, window(320), site)
    for language in OTHERS:
        User.objects.filter(pk=visitor.user.pk).update(language=language)
        page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site.url}])
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(site.url + path, wait_until="domcontentloaded")
        assert page.locator("html").get_attribute("lang") == language
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(OVERFLOW) == [], (language, width)
            assert page.evaluate(BROKEN) == [], (language, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, width)
        if language == "de" and sight.name in MAIN:
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


def test_the_main_pages_are_twelve_that_there_are():
    assert len(MAIN) == 12
    assert {sight.name for sight in SIGHTS} >= MAIN
