"""What leaves the house: the mails as a real SMTP server gets them."""

import re
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format

from config import env
from security import events, outbox
from security.actor import Actor
from security.models import Authenticator, Enrollment, Kind, OutboxMessage
from tests.mail import CODE, text_of

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
EVIL = "evil@example.com"


@pytest.fixture
def post(settings, inbox):
    """Sends what is due to the real server and returns everything that has arrived there."""
    settings.MAILERS = env.mailers("EMAIL_URL")

    def send():
        outbox.sweep()
        return inbox.mails

    return send


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def replaced(owner, name):
    """A notice that names the new device."""
    detail = {"device": "x", "name": name, "old_device": "y", "old_name": name, "row": "1", "proof": "authenticator"}
    events.record(Kind.AUTHENTICATOR_REPLACED, owner.user, HERE, sessions_ended=0, old_was_stolen=False, **detail)


def test_a_mail_has_a_text_and_an_html_part(owner, clock, post):
    owner.sign_in().walk_to("code")
    [mail] = post()
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert (mail["To"], mail["Subject"]) == ("owner@example.com", "Your verification code for a new device")


def test_a_mail_says_that_a_machine_wrote_it(owner, clock, post):
    owner.sign_in().walk_to("code")
    [mail] = post()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"


def test_the_site_writes_under_its_own_name_and_address(owner, clock, post, settings, inbox):
    settings.SITE_NAME, settings.DEFAULT_FROM_EMAIL = "Acme Account", "account@site.example"
    owner.sign_in().walk_to("code")
    [mail] = post()
    assert mail["From"] == "Acme Account <account@site.example>"
    assert mail["Message-ID"].endswith("account@site.example>")
    assert inbox.recipients == [["owner@example.com"]]


def test_a_mail_that_goes_twice_is_one_mail_to_the_mailbox(owner, clock, post):
    owner.sign_in().walk_to("code")
    post()
    OutboxMessage.objects.update(delivered_at=None, due_at=timezone.now())  # a worker that died before it could say so
    first, second = post()
    assert first["Message-ID"] == second["Message-ID"]
    assert text_of(first) == text_of(second)


def test_two_promises_are_two_mails(owner, clock, post):
    replaced(owner, "one")
    replaced(owner, "one")
    first, second = post()
    assert first["Message-ID"] != second["Message-ID"]


def test_the_code_stands_alone_on_its_line_and_there_is_no_other_run_of_eight_digits(owner, clock, post):
    owner.sign_in().walk_to("code")
    text = text_of(post()[0])
    lines = [line for line in text.splitlines() if re.fullmatch(r"\d{4} \d{4}", line)]
    assert len(lines) == 1
    assert re.findall(r"\d{4}[\s-]?\d{4}", text) == lines
    assert re.findall(r"\d{8}", text) == []


def test_both_parts_carry_the_same_code(owner, clock, post):
    owner.sign_in().walk_to("code")
    [mail] = post()
    [code] = CODE.findall(text_of(mail))
    assert re.findall(r"\d{4} \d{4}", html_of(mail)) == [code]
    assert owner.answer("code", code=code).url == "/security/reset/verified/"


def test_no_header_knows_the_code(owner, clock, post):
    owner.sign_in().walk_to("code")
    [mail] = post()
    [code] = CODE.findall(text_of(mail))
    for name, value in mail.items():
        assert code not in value, name
        assert code.replace(" ", "") not in value, name
    assert not re.search(r"\d", mail["Subject"])


def test_the_code_says_how_long_it_is_good(owner, clock, post, settings):
    settings.SECURITY_CODE_LIFETIME = 300
    owner.sign_in().walk_to("code")
    [mail] = post()
    assert "good for 5 minutes and for one use" in text_of(mail)
    assert "good for 5 minutes and for one use" in html_of(mail)


@pytest.mark.parametrize("name", [f"Acme\r\nBcc: {EVIL}", f"Acme\nBcc: {EVIL}", f"Acme\r\n\r\n{EVIL}", "Acme\0\x0b"])
def test_no_header_comes_in_by_the_name_of_the_site(owner, clock, post, settings, inbox, name):
    settings.SITE_NAME = name
    replaced(owner, "Phone")
    post()
    assert all(people == ["owner@example.com"] for people in inbox.recipients)
    assert all(mail["Bcc"] is None and EVIL not in str(mail.items()) for mail in inbox.mails)


@pytest.mark.parametrize(
    "name", ["Acme, Inc.", 'The "Account"', "Acme <b>", f"<{EVIL}>,", "Ünïcode 社", "a@b", "x" * 90]
)
def test_any_name_of_the_site_is_a_name_and_no_address(owner, clock, post, settings, inbox, name):
    settings.SITE_NAME = name
    replaced(owner, "Phone")
    [mail] = post()
    [sender] = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, settings.DEFAULT_FROM_EMAIL)


@pytest.mark.parametrize("name", [f"Phone\r\nBcc: {EVIL}", f"Phone\nTo: {EVIL}\n\n", f"{EVIL},", f"\r\n.\r\n{EVIL}"])
def test_no_header_comes_in_by_the_name_of_a_device(owner, clock, post, inbox, name):
    owner.reads_mail = False
    owner.sign_in().walk_to("confirm")
    Enrollment.objects.update(name=name)  # past the form, which takes no such name
    owner.answer_right("confirm")
    assert len(post()) == 1
    assert Authenticator.objects.get(confirmed=True).name == name
    assert inbox.recipients == [["owner@example.com"]]
    assert (inbox.mails[0]["Bcc"], inbox.mails[0]["To"]) == (None, "owner@example.com")


@pytest.mark.parametrize("name", ["<b>Phone</b>", "<script>alert(1)</script>", "a & b", "\"><img src=x onerror='y'>"])
def test_the_name_of_a_device_is_text_in_both_parts(owner, clock, post, name):
    replaced(owner, name)
    [mail] = post()
    assert f"“{name}”" in text_of(mail)
    assert name not in html_of(mail)
    assert "&lt;" in html_of(mail) or "&amp;" in html_of(mail)
    assert "<script" not in html_of(mail)
    assert "<img" not in html_of(mail)


def test_the_browser_that_asked_is_text_as_well(owner, clock, post):
    actor = Actor(address="192.0.2.1", browser="<i>Firefox</i>")
    events.record(Kind.ENROLLMENT_CANCELLED, owner.user, actor, was_serious=True)
    [mail] = post()
    assert "<i>" not in html_of(mail)
    assert "<i>Firefox</i>" in text_of(mail)


def said_in(zone):
    """Now, as it is written in English for somebody who lives there."""
    with translation.override("en"):
        return date_format(timezone.localtime(timezone=ZoneInfo(zone)), "DATETIME_FORMAT")


@pytest.mark.parametrize(
    ("zone", "meant", "called"),
    [
        ("UTC", "UTC", "UTC"),
        ("Europe/Rome", "Europe/Rome", "CET"),
        ("America/New_York", "America/New_York", "EST"),
        ("Pacific/Auckland", "Pacific/Auckland", "NZDT"),
        ("Mars/Olympus_Mons", "UTC", "UTC"),
        ("", "UTC", "UTC"),
        ("../../etc/passwd", "UTC", "UTC"),
    ],
)
def test_times_are_in_the_zone_of_the_person(owner, clock, post, zone, meant, called):
    owner.user.time_zone = zone
    owner.user.save()
    replaced(owner, "Phone")
    [mail] = post()
    for part in (text_of(mail), html_of(mail)):
        assert f"When: {said_in(meant)} ({called})" in part


def test_the_zone_of_one_person_is_not_left_behind_for_the_next(owner, stranger, clock, post):
    owner.user.time_zone = "Europe/Rome"
    owner.user.save()
    replaced(owner, "Phone")
    replaced(stranger, "Phone")
    first, second = post()
    assert f"{said_in('Europe/Rome')} (CET)" in text_of(first)
    assert f"{said_in('UTC')} (UTC)" in text_of(second)


def test_a_language_the_site_does_not_speak_is_no_reason_not_to_write(owner, clock, post):
    owner.user.language = "tlh"
    owner.user.save()
    replaced(owner, "Phone")
    [mail] = post()
    assert mail["Subject"] == "Your device for sign-in codes was replaced"
