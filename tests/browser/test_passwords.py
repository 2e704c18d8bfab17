"""Password fields in a real browser: pasted into, shown and hidden, and the pages whose address is a key."""

import io

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from security import links
from security.models import Event, OutboxMessage
from tests import people

NEW = "seven wild geese over the lake"


def forgotten(newcomer):
    newcomer.post("/forgot-password/", email=newcomer.user.email)
    return f"/forgot-password/{links.token(OutboxMessage.objects.get(what='password_link'))}/"


def invitation(newcomer):
    call_command("create_account", "guest@example.com", "--invite", stdout=io.StringIO())
    return f"/invitation/{links.token(OutboxMessage.objects.get(what='invitation'))}/"


def objection(newcomer):
    owner = people.make("owner@example.com").sign_in()
    owner.post("/security/step-up/?for=password", code=owner.phone.code(ahead=1))
    owner.post("/security/password/", password=people.PASSWORD, new_password="nineteen grey bears")
    return f"/security/undo/{links.refusal(Event.objects.get(kind='password.changed'))}/"


@pytest.mark.parametrize("way", [forgotten, invitation, objection])
def test_the_form_behind_a_mailed_link_can_be_sent(window, site, way):
    """Some referrer policies make browsers hide where a form comes from, and the form is refused for it."""
    path = way(people.make("new@example.com", has_device=False))
    page = window().new_page()
    page.goto(site.url + path)
    page.get_by_label("New password", exact=True).fill(NEW)
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.locator("main form button[type=submit]").click()
    assert sent.value.status in (200, 302)
    assert sent.value.request.headers.get("referer", "") in ("", f"{site.url}/")


def test_what_is_typed_can_be_shown_and_hidden_and_the_state_is_announced(window, site):
    page = window(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site.url}/sign-in/")
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_role("button", name="Next").click()
    field = page.get_by_label("Password", exact=True)
    page.evaluate("navigator.clipboard.writeText('from a manager')")
    field.press("Control+v")
    expect(field).to_have_value("from a manager")
    switch = page.get_by_role("button", name="Show password")
    for kind, is_shown in (("text", "true"), ("password", "false"), ("text", "true")):
        switch.press("Enter")
        expect(field).to_have_attribute("type", kind)
        expect(switch).to_have_attribute("aria-pressed", is_shown)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "password")


def test_without_a_script_there_is_no_switch(window, site):
    page = window(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/sign-in/")
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Show password")).to_have_count(0)
