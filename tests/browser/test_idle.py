"""Before somebody is signed out for doing nothing: a warning, one press to go on, and nothing typed is lost."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from security.models import Session
from tests import people
from tests.browser.conftest import lend_cookies

PASSWORD_FIELD, TYPED = "Password", "half a password"


@pytest.fixture
def owner(db):
    return people.make("owner@example.com").sign_in()


def open_page(owner, window, site, width=1280) -> Page:
    """A page with a field, by a clock that the test moves."""
    page = lend_cookies(owner, window(width), site)
    page.clock.install()
    page.goto(f"{site.url}/security/step-up/?for=remove_device")
    page.get_by_label(PASSWORD_FIELD).fill(TYPED)
    return page


def warning(page: Page):
    return page.get_by_role("alertdialog", name="Are you still here?")


def forget_for(minutes: int) -> None:
    """Let the server believe that nobody was there for so long."""
    Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=minutes))


def test_a_warning_two_minutes_before_and_one_press_goes_on(owner, window, site):
    page = open_page(owner, window, site)
    for _ in range(2):  # as often as one likes
        page.clock.fast_forward("27:30")
        expect(warning(page)).to_be_hidden()
        page.clock.fast_forward("00:45")
        expect(warning(page)).to_be_visible()
        expect(warning(page)).to_contain_text("1:")
        expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
        forget_for(28)
        with page.expect_response("**/security/sessions/extend/") as answer:
            page.keyboard.press("Enter")
        assert answer.value.json() == {"seconds_left": 1800, "is_final": False}
        expect(warning(page)).to_be_hidden()
        expect(page.get_by_label(PASSWORD_FIELD)).to_be_focused()
        expect(page.get_by_label(PASSWORD_FIELD)).to_have_value(TYPED)
    assert Session.objects.get(person=owner.user).last_seen_at > timezone.now() - timedelta(minutes=1)


def test_nothing_is_asked_for_without_a_press(owner, window, site):
    page = open_page(owner, window, site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(35):
        page.clock.fast_forward("01:00")
    expect(page.get_by_role("alertdialog", name="You were signed out")).to_be_visible()
    assert asked == []


def test_when_it_is_over_it_says_so_and_leads_to_the_way_in(owner, window, site):
    page = open_page(owner, window, site)
    page.clock.fast_forward("28:30")
    expect(warning(page)).to_be_visible()
    page.keyboard.press("Escape")  # read, and left alone
    expect(warning(page)).to_be_hidden()
    page.clock.fast_forward("02:00")
    over = page.get_by_role("alertdialog", name="You were signed out")
    expect(over).to_be_visible()
    expect(over.get_by_role("link", name="Sign in")).to_be_focused()
    forget_for(31)
    over.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/sign-in/?next=%2Fsecurity%2Fstep-up%2F%3Ffor%3Dremove_device")


def test_a_press_that_comes_too_late_says_so(owner, window, site):
    page = open_page(owner, window, site)
    page.clock.fast_forward("28:30")
    forget_for(31)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("alertdialog", name="You were signed out")).to_be_visible()
    expect(page.get_by_label(PASSWORD_FIELD)).to_have_value(TYPED)


def test_a_press_in_one_tab_counts_in_all(owner, window, site):
    page = open_page(owner, window, site)
    other = page.context.new_page()  # by the same clock
    other.goto(f"{site.url}/account/")
    page.clock.fast_forward("28:30")
    for tab in (page, other):
        expect(warning(tab)).to_be_visible()
    other.get_by_role("button", name="Stay signed in").click()
    for tab in (page, other):
        expect(warning(tab)).to_be_hidden()


def test_near_the_longest_it_says_that_no_press_helps(owner, window, site):
    Session.objects.update(started_at=timezone.now() - timedelta(hours=11, minutes=50))
    page = open_page(owner, window, site)
    page.clock.fast_forward("08:30")
    final = page.get_by_role("alertdialog", name="Your time here ends soon")
    expect(final).to_be_visible()
    final.get_by_role("button", name="Close").click()
    expect(final).to_be_hidden()
    page.clock.fast_forward("02:00")
    expect(page.get_by_role("alertdialog", name="You were signed out")).to_be_visible()


@pytest.mark.parametrize("minutes", [28.5, 31])
def test_it_is_whole_and_accessible_on_a_small_screen(owner, window, site, minutes):
    page = open_page(owner, window, site, width=320)
    page.clock.fast_forward(int(minutes * 60_000))
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    box = dialog.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert Axe().run(page).violations_count == 0
