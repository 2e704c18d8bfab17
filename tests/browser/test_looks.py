"""How every page looks and weighs: nothing cut off, nothing that axe finds, nothing heavy, nothing from elsewhere."""

import io
import re

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import lend_cookies
from tests.browser.tour import SIGHTS, Sight, address

OVERFLOW = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && getComputedStyle(e).position !== 'absolute' && !e.closest('.hidden-text, svg, .skip')
    && (box.right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === 'hidden');
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (320, True)], ids=["1280 light", "320 dark"])
@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_every_page_is_whole_and_accessible(window, site, sight: Sight, width: int, dark: bool):
    visitor = sight.visitor()
    path, page = address(sight, visitor), lend_cookies(visitor, window(width, dark), site)
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(site.url) else troubles.append(sent.url))
    answer = page.goto(site.url + path)
    assert answer.url == site.url + path
    assert [trouble for trouble in troubles if "404" not in trouble or answer.status != 404] == []
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    assert page.locator("main .button-primary").count() <= 1
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_every_page_is_light_and_stays_nowhere(client, db, sight: Sight):
    visitor = sight.visitor()
    answer = visitor.get(address(sight, visitor))
    page = answer.content.decode()
    assert len(answer.content) <= 20_000
    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    data = r'id="[\w-]+" type="application/json"'
    assert len(re.findall(rf'<link rel="stylesheet"|<script (?!type="module"|{data})', page)) == 1
    signed_in = "sessionid" in answer.wsgi_request.COOKIES and answer.wsgi_request.user.is_authenticated
    assert ("Sign out" in page) == signed_in


def test_styles_and_scripts_are_light(settings):
    static = settings.BASE_DIR / "static"
    assert (static / "site.css").stat().st_size <= 16_000
    scripts = [path for path in (static / "js").glob("*.js") if path.name != "demo.js"]
    assert sum(path.stat().st_size for path in scripts) <= 8_000


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_qr_is_read_off_a_small_screen(window, site, dark):
    sight = next(sight for sight in SIGHTS if sight.name == "scan")
    visitor = sight.visitor()
    page = lend_cookies(visitor, window(320, dark), site)
    page.goto(site.url + sight.path)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot(full_page=True))))
    assert [barcode.text for barcode in found] == [page.locator('a[href^="otpauth://"]').get_attribute("href")]
    assert "%2Bshopping" in found[0].text


def test_the_setup_key_is_copied(window, site):
    sight = next(sight for sight in SIGHTS if sight.name == "scan")
    context = window(permissions=["clipboard-read", "clipboard-write"])
    page = lend_cookies(sight.visitor(), context, site)
    page.goto(site.url + sight.path)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    assert re.fullmatch(r"[A-Z2-7]{32}", page.evaluate("navigator.clipboard.readText()"))


def test_an_error_has_the_focus_and_leads_to_its_field(window, site):
    sight = next(sight for sight in SIGHTS if sight.name == "confirm")
    page = lend_cookies(sight.visitor(), window(), site)
    page.goto(site.url + sight.path)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_focused()
    field = page.get_by_label("Code from your new device")
    assert field.get_attribute("aria-invalid") == "true"
    described = field.get_attribute("aria-describedby")
    assert "Type the six digits" in page.locator(f"#{described}").inner_text()
    page.get_by_role("alert").get_by_role("link").click()
    expect(field).to_be_focused()
    assert Axe().run(page).violations_count == 0
