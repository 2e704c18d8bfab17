"""The pages for staff in a real browser: under the strict policy, by keyboard, in all languages, no worse for axe."""

import os
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import Announcement, AnnouncementText
from security import outbox
from security.models import AssistedReset, Campaign, Event, Figure, GroupPolicy, Kind
from tests import people
from tests.browser.conftest import lend_cookies
from tests.staff import colleague, enter

# Pages that are Django's own, and what axe finds on them is Django's to mend.
STOCK = ["/admin/", "/admin/accounts/announcement/", "/admin/accounts/announcement/add/"]


def owner_with_a_past():
    owner = people.make("robin.owner+shopping@example.com", name="Robin Owner")
    owner.reads_mail = False
    people.add_codes(owner.user)
    owner.sign_in().walk_to("done", way="code")
    owner.elsewhere().post("/help/ask-support/", email=owner.user.email, message="I lost my phone.\nPlease help.")
    outbox.sweep()
    return owner


def scene():
    """An owner with a past, a request that waits, and somebody who may do everything at the door."""
    owner = owner_with_a_past()
    announcement = Announcement.objects.create()
    AnnouncementText.objects.create(announcement=announcement, language="en", title="Sign-in is slow.")
    for number, name in enumerate(
        ("accounts", "enrolled", "done.mailed_code", "started", "stopped.scan", "mail.5s"), 1
    ):
        for back in range(30):
            day = timezone.now().date() - timedelta(days=back)
            Figure.objects.create(day=day, name=name, number=900 // number - 5 * back)
    GroupPolicy.objects.create(group=Group.objects.create(name="customers"), required_from=timezone.now())
    Campaign.objects.create(
        asks_for="replacement",
        before=timezone.now(),
        reason="breach of 3 May",
        actor="staff",
        actor_name="chief@staff.example.com",
        total=900,
        seen=312,
        asked=310,
    )
    one = enter(colleague("security"))
    said = {"reason": "lost the phone", "checked": "called back", "wants_second": "on"}
    one.post(f"/admin/accounts/user/{owner.user.pk}/act/reset/", **said)
    return owner, enter(colleague("superuser"))


def pages(owner):
    account = f"/admin/accounts/user/{owner.user.pk}"
    asked, case = AssistedReset.objects.get(), owner.user.cases.get()
    event = Event.objects.filter(kind=Kind.AUTHENTICATOR_REPLACED).get()
    return {
        "index": "/admin/",
        "figures": "/admin/figures/",
        "accounts": "/admin/accounts/user/",
        "account": f"{account}/change/",
        "reset": f"{account}/act/reset/",
        "roles": f"{account}/act/roles/",
        "case": f"/admin/security/supportcase/{case.pk}/change/",
        "cases": "/admin/security/supportcase/",
        "close": f"/admin/security/supportcase/{case.pk}/close/",
        "request": f"/admin/security/assistedreset/{asked.pk}/change/",
        "requests": "/admin/security/assistedreset/",
        "approve": f"/admin/security/assistedreset/{asked.pk}/approve/decide/",
        "events": "/admin/security/event/",
        "event": f"/admin/security/event/{event.pk}/change/",
        "mails": "/admin/security/outboxmessage/",
        "announcement": f"/admin/accounts/announcement/{Announcement.objects.get().pk}/change/",
        "links": "/admin/accounts/portallink/add/",
        "policy": f"/admin/security/grouppolicy/{GroupPolicy.objects.get().pk}/change/",
        "affected": f"/admin/security/grouppolicy/{GroupPolicy.objects.get().pk}/affected/",
        "tell": f"/admin/security/grouppolicy/{GroupPolicy.objects.get().pk}/tell/",
        "groups": f"{account}/act/groups/",
        "campaigns": "/admin/security/campaign/",
        "campaign": f"/admin/security/campaign/{Campaign.objects.get().pk}/change/",
        "stop": f"/admin/security/campaign/{Campaign.objects.get().pk}/stop/",
        "replace-all": "/admin/security/campaign/replace-all/",
    }


ENGLISH = """
    Sign out everywhere|Freeze the account|What happened|Recovery codes left|Pages for staff|Reason|What was checked|
    Search by|Export as|Approve|Close the case|Device replaced|Cases of support|Network address|who acted
"""


def album(page, name):
    if folder := os.environ.get("STAFF_ALBUM"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def findings(page):
    return {violation["id"] for violation in Axe().run(page).response["violations"]}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (320, True)], ids=["1280 light", "320 dark"])
def test_under_the_strict_policy_and_no_worse_for_axe(window, site, width, dark):
    owner, chief = scene()
    page = lend_cookies(chief, window(width, dark), site)
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith(site.url) else troubles.append(sent.url))
    stock: set[str] = set()
    for path in STOCK:
        page.goto(site.url + path)
        stock |= findings(page)
    for name, path in pages(owner).items():
        answer = page.goto(site.url + path)
        assert (answer.status, answer.url) == (200, site.url + path)
        assert "unsafe" not in answer.headers["content-security-policy"]
        album(page, f"{name}-{width}")
        assert findings(page) <= stock, name
    assert troubles == []


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_in_every_language(window, site, language):
    """What is ours is said in the reader's language; the rest is Django's own catalogue."""
    owner, chief = scene()
    chief.user.language = language
    chief.user.save(update_fields=["language"])
    page = lend_cookies(chief, window(1280), site)
    for name, path in pages(owner).items():
        page.goto(site.url + path)
        album(page, f"{name}-{language}")
        assert page.evaluate("document.documentElement.lang") == language
        shown = page.locator("body").inner_text()
        assert not [words for words in ENGLISH.split("|") if words.strip() in shown], name


def test_an_account_is_found_and_frozen_by_keyboard(window, site):
    owner, chief = scene()
    page = lend_cookies(chief, window(), site)
    page.goto(f"{site.url}/admin/accounts/user/")
    page.locator("#searchbar").focus()
    page.keyboard.type("shopping")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=owner.user.email).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Freeze the account").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason").focus()
    page.keyboard.type("case K7Q2: somebody else is in")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The account is frozen, and its owner was told.").wait_for()
    assert Event.objects.filter(kind=Kind.ACCOUNT_FROZEN, person=owner.user).exists()
