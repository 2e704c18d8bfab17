"""An impatient finger on the last button, a tab that still asks for the mail: the person stays signed in every time."""

import pytest
from playwright.sync_api import expect

from security.models import Authenticator, Event, Kind
from tests import people
from tests.browser.conftest import lend_cookies

ROUNDS = 30


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_a_double_click_on_confirm_leaves_the_person_signed_in(window, site, script):
    """30 with our script, which sends a form once, and 30 without, where the browser sends it twice."""
    for number in range(ROUNDS):
        owner = people.make(f"owner{number}@example.com")
        owner.reads_mail = False
        owner.sign_in().walk_to("confirm")
        context = window(java_script_enabled=script)
        page = lend_cookies(owner, context, site)
        page.goto(f"{site.url}/security/reset/confirm/")
        page.get_by_label("Code from your new device").fill(owner.new_phone.code())
        page.get_by_role("button", name="Continue").dblclick(delay=number % 6 * 5)
        expect(page).to_have_url(f"{site.url}/security/")
        expect(page.get_by_role("heading", name="Your new device works")).to_be_visible()
        page.reload()
        expect(page).to_have_url(f"{site.url}/security/")
        assert Authenticator.objects.filter(user=owner.user, confirmed=True).count() == 1
        context.close()
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_REPLACED).count() == ROUNDS


def test_a_tab_that_keeps_asking_for_the_mail_signs_nobody_out(window, site):
    for number in range(10):
        owner = people.make(f"owner{number}@example.com")
        owner.reads_mail = False
        owner.sign_in().walk_to("confirm")
        context = window()
        page = lend_cookies(owner, context, site)
        page.goto(f"{site.url}/security/reset/confirm/")
        page.evaluate("""() => { setInterval(() => fetch('/security/reset/code/status/'), 3); }""")
        page.get_by_label("Code from your new device").fill(owner.new_phone.code())
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_url(f"{site.url}/security/")
        page.reload()
        expect(page.get_by_role("heading", name="Your new device works")).to_be_visible()
        context.close()
