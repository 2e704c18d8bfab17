"""Passkeys in a real Chromium with a virtual authenticator (WebAuthn Level 3, 11), under the strict policy."""

import re
from contextlib import contextmanager
from pathlib import Path

import django_otp_webauthn
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import expect

from security.models import Event, Kind, Passkey, Session
from security.templatetags import passkeys as tag
from tests import people
from tests.browser.conftest import lend_cookies
from tests.browser.test_story import press, sign_in, type_code
from tests.keys import give
from tests.people import PASSWORD


class Authenticator:
    """A virtual authenticator of this page. It answers by itself, unless it is told to wait."""

    def __init__(self, page, *, verifies=True, resident=True):
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": resident,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def answers(self, does: bool) -> None:
        self.cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.id, "enabled": does})

    @contextmanager
    def away(self):
        """Until the page has done whatever it does by itself."""
        self.answers(False)
        yield
        self.answers(True)


def newest_session(someone):
    return Session.objects.filter(person=someone.user).latest("started_at")


def link(page):
    return page.get_by_role("link", name="Use a passkey", exact=True)


def watched(page, site):
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(site.url) else troubles.append(sent.url))
    return troubles


def at_home(window, site, someone, **sizes):
    """Signed in with a code, at a browser of the test."""
    someone.client.cookies.clear()
    someone.sign_in()
    return lend_cookies(someone, window(**sizes), site)


def add(page, site, someone):
    """From the page of security to a passkey, with a proof on the way."""
    page.goto(f"{site.url}/security/")
    page.get_by_role("link", name="See passkeys").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(someone.phone.code(1))
    press(page, "Continue")
    press(page, "Add a passkey")
    expect(page).to_have_url(re.compile(r"/security/passkeys/[a-z]+/\?added=1"))


@pytest.fixture
def robin(transactional_db):
    return people.make("robin@example.com", name="Robin Owner")


def test_added_named_and_signed_in_with_by_the_button(window, named_site, robin):
    site = named_site
    page = at_home(window, site, robin)
    troubles = watched(page, site)
    Authenticator(page)
    add(page, site, robin)
    page.get_by_label("Name").fill("My laptop")
    press(page, "Rename")
    expect(page.get_by_role("link", name="My laptop")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{site.url}/sign-in/")
    expect(page).to_have_url(f"{site.url}/account/", timeout=10_000)  # the browser's own offer answered by itself
    assert newest_session(robin).second_factor == "passkey"
    assert troubles == []


@pytest.mark.parametrize("wait", [0, 0, 0, 100, 500])
def test_the_button_and_the_browser_s_own_offer_do_not_get_in_each_other_s_way(window, named_site, robin, wait):
    """However soon it is pressed: what the button asks is not ended by what the page asked by itself before."""
    page = at_home(window, named_site, robin)
    authenticator = Authenticator(page)
    add(page, named_site, robin)
    page.context.clear_cookies()
    begun: list[str] = []
    page.on("response", lambda answer: begun.append(answer.url) if answer.url.endswith("/begin/") else None)
    authenticator.answers(False)
    page.goto(f"{named_site.url}/sign-in/")
    button = page.locator("#passkey-verification-button")
    expect(button).to_be_visible()
    page.wait_for_timeout(wait)
    button.click()
    while len(begun) < 2:
        page.wait_for_timeout(20)
    page.wait_for_timeout(500)
    expect(button).to_have_text("Waiting for your passkey …")
    expect(page.locator("#passkey-verification-status-message")).to_be_empty()


def test_the_field_says_so_to_the_browser(window, named_site, robin):
    page = window().new_page()
    page.goto(f"{named_site.url}/sign-in/")
    expect(page.get_by_label("E-mail address")).to_have_attribute("autocomplete", "username webauthn")


def test_without_user_verification_the_browser_itself_refuses_and_says_so(window, named_site, robin):
    """Chromium signs nothing unverified where no account was named. What others do is in tests/passkeys."""
    page = at_home(window, named_site, robin)
    Authenticator(page, verifies=False)
    add(page, named_site, robin)
    assert not Passkey.objects.get().verifies_user
    page.context.clear_cookies()
    page.goto(f"{named_site.url}/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("#passkey-verification-status-message")).to_contain_text("use another way", timeout=10_000)
    expect(page.get_by_label("E-mail address")).to_be_editable()


@pytest.mark.parametrize("verifies", [True, False])
@pytest.mark.parametrize("resident", [True, False])
def test_as_the_second_factor_after_the_password(window, named_site, robin, verifies, resident):
    page = at_home(window, named_site, robin)
    authenticator = Authenticator(page, verifies=verifies, resident=resident)
    add(page, named_site, robin)
    page.context.clear_cookies()
    with authenticator.away():
        sign_in(page, named_site.url, robin.user.email)
        expect(link(page)).to_be_visible()
    link(page).click()
    expect(page).to_have_url(f"{named_site.url}/account/", timeout=10_000)
    assert newest_session(robin).second_factor == "passkey"


def test_the_journey_by_row_two(window, named_site, robin):
    site = named_site
    page = at_home(window, site, robin)
    troubles = watched(page, site)
    Authenticator(page)
    add(page, site, robin)
    page.goto(f"{site.url}/security/")
    page.get_by_role("link", name="Reset for a new device").click()
    press(page, "Next")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    link(page).click()
    expect(page.get_by_role("heading", name="Your passkey is confirmed")).to_be_visible(timeout=10_000)
    press(page, "Continue")
    press(page, "Continue")
    key = re.sub(r"\s", "", page.locator("#setup-key").inner_text())
    press(page, "Continue")
    type_code(page, people.Phone(key).code(), "Code from your new device")
    expect(page.get_by_role("heading", name="Your new device works")).to_be_visible()
    assert Event.objects.get(kind=Kind.AUTHENTICATOR_REPLACED).detail["row"] == "2"
    assert troubles == []


def test_for_a_change_it_is_asked_once_and_is_enough(window, named_site, robin):
    page = at_home(window, named_site, robin)
    Authenticator(page)
    add(page, named_site, robin)
    page.goto(f"{named_site.url}/security/email/")
    link(page).click()
    expect(page).to_have_url(f"{named_site.url}/security/email/", timeout=10_000)
    expect(page.get_by_role("heading", name="E-mail address")).to_be_visible()


def test_the_same_authenticator_is_not_added_twice(window, named_site, robin):
    page = at_home(window, named_site, robin)
    Authenticator(page)
    add(page, named_site, robin)
    page.goto(f"{named_site.url}/security/passkeys/add/")
    link(page).click()
    expect(page).to_have_url(f"{named_site.url}/security/passkeys/add/")
    press(page, "Add a passkey")
    expect(page.get_by_text("is a passkey of this account already")).to_be_visible(timeout=10_000)
    assert Passkey.objects.count() == 1


def test_what_is_refused_is_said_on_the_page_and_not_in_a_box(window, named_site, robin):
    page = at_home(window, named_site, robin)
    authenticator = Authenticator(page)
    add(page, named_site, robin)
    Passkey.objects.update(confirmed=False, revoked_at=people.long_ago())
    page.context.clear_cookies()
    boxes: list[str] = []
    page.on("dialog", lambda dialog: boxes.append(dialog.message))
    page.goto(f"{named_site.url}/sign-in/")
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not accepted here", timeout=10_000)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("#passkey-verification-status-message")).to_contain_text("not accepted here", timeout=10_000)
    authenticator.answers(False)
    assert boxes == []


def test_a_count_that_went_back_is_refused(window, named_site, robin):
    page = at_home(window, named_site, robin)
    Authenticator(page)
    add(page, named_site, robin)
    Passkey.objects.update(sign_count=10_000)
    page.context.clear_cookies()
    page.goto(f"{named_site.url}/sign-in/")
    expect(page.get_by_role("alert")).to_contain_text("may have been copied", timeout=10_000)
    assert Event.objects.filter(kind=Kind.PASSKEY_COPIED).exists()


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/sign-in/code/", "/security/passkeys/add/", "/security/step-up/?for=email"]
)
def test_without_javascript_there_is_a_way_round_on_the_same_page(window, named_site, robin, path):
    give(robin)
    if path == "/sign-in/code/":
        robin.give_password()
    elif path != "/sign-in/":
        robin.sign_in()
    if "passkeys" in path:
        robin.post("/security/step-up/?for=passkeys", password=PASSWORD, code=robin.phone.code(1))
    page = lend_cookies(robin, window(java_script_enabled=False), named_site)
    page.goto(named_site.url + path)
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(link(page)).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (320, True)], ids=["1280 light", "320 dark"])
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_page_of_them_is_whole_and_accessible_in_every_language(window, named_site, robin, width, dark, language):
    give(robin, aaguid="fbfc3007-154e-4ecc-8c0b-6e020557d7bd", synced=True)
    give(robin, verifies=False)
    robin.user.language = language
    robin.user.save()
    pending = robin.elsewhere()
    pending.give_password()
    robin.sign_in()
    robin.post("/security/step-up/?for=passkeys", password=PASSWORD, code=robin.phone.code(1))
    one = Passkey.objects.first().public_id
    for someone, path in (
        (robin, "/security/passkeys/"),
        (robin, f"/security/passkeys/{one}/?added=1"),
        (robin, "/security/passkeys/add/"),
        (robin, f"/security/passkeys/{one}/remove/"),
        (robin, "/security/step-up/?for=email"),
        (pending, "/sign-in/code/"),
    ):
        page = lend_cookies(someone, window(width, dark), named_site)
        troubles = watched(page, named_site)
        page.goto(named_site.url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if language in ("en", "de"):  # what axe looks at is the same in the others
            assert [found["id"] for found in Axe().run(page).response["violations"]] == [], path
        assert troubles == [], path
        page.context.close()


def test_every_word_of_the_library_s_scripts_is_ours():
    scripts = Path(django_otp_webauthn.__file__).parent.glob("static/**/*.js")
    said = {words for script in scripts for words in re.findall(r'gettext\("((?:[^"\\]|\\.)*)"\)', script.read_text())}
    assert said
    assert said == set(tag.words())
