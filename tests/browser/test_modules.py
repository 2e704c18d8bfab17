"""The small scripts, each optional: pasting a code, closing an announcement, the browser's clock, the menus."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from security import outbox
from tests.browser.conftest import lend_cookies
from tests.browser.tour import SIGHTS

SIGHT = {sight.name: sight for sight in SIGHTS}


def open_at(window, site, name, **options):
    sight = SIGHT[name]
    visitor = sight.visitor()
    page = lend_cookies(visitor, window(**options), site)
    page.goto(site.url + sight.path)
    return page, visitor


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("1234 5678", "12345678"),
        ("Your code is 1234-5678.\n", "12345678"),
        ("\u00a012\u200b34 56\u00a078 ", "12345678"),
        ("Your verification code is 1234 5678", "12345678"),
        ("Verification code\n\n1234 5678\n\nIt is good for 10 minutes.", "12345678"),
        ("Ihr Bestätigungscode lautet 1234-5678", "12345678"),
        ("abcd 2345 efgh 6723", "abcd2345efgh6723"),
        ("My codes: ABCD 2345 EFGH 6723", "ABCD2345EFGH6723"),
        ("123 456", "123456"),
        ("123456", "123456"),
        ("ABCD 2345 EFGH 6723", "ABCD2345EFGH6723"),
        ("nothing of use", "nothing of use"),
    ],
)
def test_whatever_is_pasted_only_the_code_stays(window, site, pasted, kept):
    page, _ = open_at(window, site, "code", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
    field = page.locator("input.code")
    field.focus()
    page.keyboard.press("Control+V")
    expect(field).to_have_value(kept)


def test_an_announcement_goes_at_one_press_and_does_not_come_back(window, site):
    page, visitor = open_at(window, site, "portal")
    expect(page.locator("[data-told]")).to_have_count(2)
    with page.expect_response("**/close/"):
        page.get_by_role("button", name="Close (Something new.)").click()
    expect(page.locator("[data-told]")).to_have_count(1)
    expect(page.locator("main")).to_be_focused()
    page.goto(f"{site.url}/security/")
    expect(page.get_by_text("Something new.")).to_have_count(0)
    visitor.user.refresh_from_db()
    assert len(visitor.user.closed_announcements) == 1


def test_the_browsers_clock_is_offered_and_used_when_it_is_confirmed(window, site):
    page, visitor = open_at(window, site, "account", timezone_id="America/New_York")
    expect(page.get_by_text("America/New York")).to_be_visible()
    page.get_by_role("button", name="Use that clock").click()
    expect(page.get_by_role("button", name="Use that clock")).to_have_count(0)
    visitor.user.refresh_from_db()
    assert visitor.user.time_zone == "America/New_York"


def test_where_the_clock_is_the_same_nothing_is_offered(window, site):
    page, _ = open_at(window, site, "account", timezone_id="UTC")
    expect(page.get_by_role("button", name="Use that clock")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_language_is_changed_by_keyboard_alone(window, site, javascript):
    page, visitor = open_at(window, site, "security", java_script_enabled=javascript)
    page.get_by_text("Language: English").press("Enter")
    page.get_by_role("button", name="Deutsch").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmeldung & Sicherheit")
    assert page.url == f"{site.url}/security/"
    visitor.user.refresh_from_db()
    assert visitor.user.language == "de"


def test_a_menu_that_is_left_behind_closes_and_escape_leads_back_to_it(window, site):
    page, _ = open_at(window, site, "security")
    menu, opener = page.locator("details.pop").first, page.locator("summary").first
    opener.press("Enter")
    page.get_by_role("button", name="Nederlands").focus()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    assert menu.get_attribute("open") is None
    opener.press("Enter")
    page.get_by_role("button", name="Nederlands").focus()
    page.keyboard.press("Tab")
    assert menu.get_attribute("open") is None


def test_a_menu_closes_by_escape_and_by_a_press_elsewhere(window, site):
    page, _ = open_at(window, site, "security")
    menu = page.get_by_role("link", name="My Cases").or_(page.get_by_role("button", name="Sign out"))
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.locator("h1").click()):
        page.locator("summary", has_text="Your menu").click()
        expect(menu.first).to_be_visible()
        close()
        expect(menu.first).to_be_hidden()


def test_on_a_phone_the_menu_has_what_the_navigation_had(window, site):
    page, _ = open_at(window, site, "portal", width=320)
    expect(page.get_by_role("navigation", name="Your account")).to_be_hidden()
    page.locator("summary", has_text="Your menu").click()
    for name in ("My Account", "Personal info", "Sign in & security", "My Cases"):
        expect(page.get_by_role("navigation", name="Your menu").get_by_role("link", name=name)).to_be_visible()


def test_only_a_browser_that_lacks_what_we_need_is_told_so(window, site):
    page, _ = open_at(window, site, "sign-in")
    notice = page.locator(".old-browser")
    expect(notice).to_be_hidden()
    lack = """() => {
      const [sheet] = document.styleSheets;
      const at = [...sheet.cssRules].findIndex(rule => rule instanceof CSSSupportsRule);
      sheet.deleteRule(at);  // as a browser reads it for which the test fails
    }"""
    page.evaluate(lack)
    expect(notice).to_be_visible()


def test_nothing_moves_when_the_status_of_the_mail_changes(window, site):
    page, _ = open_at(window, site, "code")
    watch = """() => {
      window.moved = 0;
      new PerformanceObserver(list => list.getEntries().forEach(entry => window.moved += entry.value))
        .observe({ type: "layout-shift" });
    }"""
    page.evaluate(watch)
    before = page.locator("[data-headline]").inner_text()
    outbox.sweep()
    expect(page.locator("[data-headline]")).not_to_have_text(before, timeout=8000)
    assert page.evaluate("window.moved") == 0


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_nor_does_it_in_any_language_on_a_phone(window, site, language):
    page, visitor = open_at(window, site, "code", width=320)
    User.objects.filter(pk=visitor.user.pk).update(language=language)
    page.reload()
    box = page.locator("form").nth(-1).bounding_box()
    outbox.sweep()
    expect(page.locator("[data-headline]")).to_contain_text(":", timeout=8000)  # sent, and when
    assert page.locator("form").nth(-1).bounding_box() == box
