"""The whole story in a real browser: mail by SMTP from a Celery worker through Redis, the QR read off the screen."""

import io
import re
import time

import pyotp
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from security.models import Authenticator
from tests import people
from tests.people import PASSWORD, Phone


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    press(page, "Next")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")


def type_code(page: Page, code: str, label: str = "Code") -> None:
    page.get_by_label(label, exact=True).fill(code)
    press(page, "Continue")


def read_qr(page: Page) -> str:
    """What a camera reads off the screen."""
    expect(page.locator("#setup-key")).to_be_visible()  # Chromium takes no picture while it goes from page to page
    shot = Image.open(io.BytesIO(page.screenshot()))
    found = zxingcpp.read_barcodes(shot)
    assert len(found) == 1, "no QR code, or more than one, in the picture"
    return found[0].text


def test_reset_for_a_new_device_from_sign_in_to_receipt(window, site, worker, inbox):
    owner = people.make("owner+shop@example.com", name="Robin Owner")
    page = window().new_page()

    sign_in(page, site.url, owner.user.email)
    type_code(page, owner.phone.code())
    expect(page.get_by_role("heading", name="Hello, Robin Owner")).to_be_visible()
    page.get_by_role("link", name="Sign in & security", exact=True).click()
    expect(page.get_by_text("Enabled", exact=True)).to_be_visible()
    page.get_by_role("link", name="Reset for a new device").click()

    expect(page.get_by_label("E-mail address")).to_have_value(owner.user.email)
    press(page, "Next")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    press(page, "Set up a new mobile device")
    page.get_by_label("My old device was stolen").check()
    press(page, "Continue")

    code = inbox.wait_for_code(owner.user.email)
    expect(page.locator("[data-headline]")).to_have_text(re.compile(r"Sent \d"), timeout=10_000)
    type_code(page, code, "Verification code")
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    press(page, "Continue")
    expect(page.get_by_role("heading", name="Install an authenticator app")).to_be_visible()
    press(page, "Continue")

    uri = read_qr(page)
    totp = pyotp.parse_uri(uri)
    assert totp.issuer == "My Account"
    assert totp.name == owner.user.email
    key = re.sub(r"\s", "", page.locator("#setup-key").inner_text())
    assert key == totp.secret
    page.get_by_label("Name of the device").fill("Pixel 12")
    press(page, "Continue")
    first = totp.now()  # kept, for half a minute later the phone shows another one
    type_code(page, first, "Code from your new device")

    expect(page).to_have_url(f"{site.url}/security/")
    expect(page.get_by_role("heading", name="Your new device works")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Pixel 12 shows your sign-in codes from now on")

    other = window().new_page()
    sign_in(other, site.url, owner.user.email)
    type_code(other, owner.phone.code(1))
    expect(other.get_by_role("alert")).to_contain_text("That code is not right")
    type_code(other, first)
    expect(other.get_by_role("alert")).to_contain_text("This code was used already")
    type_code(other, Phone(totp.secret).code(1))
    expect(other).to_have_url(f"{site.url}/account/")
    awaited = {
        "Your verification code for a new device",
        "Your device for sign-in codes was replaced",
        "Somebody with your password was stopped",
        "New sign-in to your account",
    }
    deadline = time.monotonic() + 15
    while (subjects := {mail["subject"] for mail in inbox.to(owner.user.email)}) != awaited:
        assert time.monotonic() < deadline, subjects
        time.sleep(0.1)


def test_the_way_back_for_somebody_locked_out_without_javascript(window, site, worker, inbox):
    owner = people.make("owner@example.com")
    page = window(320, java_script_enabled=False).new_page()
    sign_in(page, site.url, owner.user.email)
    press(page, "Set up a new mobile device")
    press(page, "Continue")
    type_code(page, inbox.wait_for_code(owner.user.email), "Verification code")
    press(page, "Continue")
    press(page, "Continue")
    totp = pyotp.parse_uri(page.locator('a[href^="otpauth://"]').get_attribute("href"))
    press(page, "Continue")
    type_code(page, totp.now(), "Code from your new device")
    expect(page).to_have_url(f"{site.url}/security/reset/held/")
    expect(page.get_by_role("heading", name="Almost done: your new device waits")).to_be_visible()
    assert Authenticator.objects.get(user=owner.user, confirmed=True).name == "Old phone"


def test_the_story_by_keyboard_alone(window, site, worker, inbox):
    newcomer = people.make("new@example.com", has_device=False)
    page = window().new_page()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            if page.evaluate("s => document.activeElement?.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")

    def fill_and_send(selector: str, text: str) -> None:
        tab_to(selector)
        page.keyboard.type(text)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def activate(selector: str) -> None:
        tab_to(selector)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    page.goto(f"{site.url}/sign-in/")
    fill_and_send("[name=email]", newcomer.user.email)
    fill_and_send("[name=password]", PASSWORD)
    activate(".nav a[href='/security/']")
    activate("main a.button-primary")
    activate("main .button-primary")
    fill_and_send("[name=password]", PASSWORD)
    activate("main .button-primary")
    fill_and_send("[name=code]", inbox.wait_for_code(newcomer.user.email))
    activate("main .button-primary")
    activate("main .button-primary")
    secret = re.sub(r"\s", "", page.locator("#setup-key").inner_text())
    activate("main .button-primary")
    fill_and_send("[name=code]", pyotp.TOTP(secret).now())
    expect(page.get_by_role("heading", name="Enhanced Security is on")).to_be_visible()
