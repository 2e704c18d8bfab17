"""Which events are told by mail, to whom, and that every one of these mails can be written."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.template.loader import get_template

from security import events, letters, notices, outbox
from security.actor import Actor
from security.models import Kind, OutboxMessage, VerificationCode
from tests.people import long_ago, newest_code

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")
SPARE = "spare@example.com"
SOON = datetime(2036, 11, 25, 12, 0, tzinfo=UTC).timestamp()
ALL_NOTICES = [(kind, notice) for kind, told in notices.NOTICES.items() for notice in told]


@pytest.fixture
def owner_of_two(owner):
    """The owner, with a confirmed recovery address."""
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, long_ago()
    owner.user.save()
    return owner


def record(owner, kind):
    """An event of this kind with every detail it declares."""
    detail = dict.fromkeys(events.DETAIL[kind], "something")
    known = {"by_invitation": False, "epoch": 0, "proof": "mailed_code", "which": "primary", "left": 3, "limit": 10}
    known |= dict.fromkeys(("until", "ripens_at", "lapses_at", "mail_closed_until", "probation_until"), SOON)
    detail |= {name: value for name, value in known.items() if name in detail}
    code = None
    if kind == Kind.VERIFICATION_CODE_PROMISED:
        owner.sign_in().walk_to("code")
        code = VerificationCode.objects.get()
        OutboxMessage.objects.all().delete()
    return events.record(kind, owner.user, HERE, code=code, **detail)


def told() -> list[tuple[str, str]]:
    return sorted(OutboxMessage.objects.values_list("what", "address"))


@pytest.mark.parametrize(
    ("kind", "mails"),
    [
        (
            Kind.VERIFICATION_CODE_PROMISED,
            [("verification_code", "owner@example.com"), ("verification_code_sent_elsewhere", SPARE)],
        ),
        (Kind.ENROLLMENT_CANCELLED, [("enrollment_cancelled", "owner@example.com"), ("enrollment_cancelled", SPARE)]),
        (Kind.AUTHENTICATOR_BOUND, [("authenticator_bound", "owner@example.com"), ("authenticator_bound", SPARE)]),
        (
            Kind.AUTHENTICATOR_REPLACED,
            [("authenticator_replaced", "owner@example.com"), ("authenticator_replaced", SPARE)],
        ),
    ],
)
def test_who_is_told_of_what(owner_of_two, clock, kind, mails):
    record(owner_of_two, kind)
    assert told() == mails


def test_a_new_account_is_told_of_at_its_one_address(owner, clock):
    record(owner, Kind.ACCOUNT_CREATED)
    assert told() == [("account_created", "owner@example.com")]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in notices.NOTICES])
def test_of_other_things_nobody_is_told(owner_of_two, kind):
    record(owner_of_two, kind)
    assert told() == []


@pytest.mark.parametrize(("screen", "mails"), [("notice", 0), ("code", 2), ("verified", 2)])
def test_a_journey_that_is_cancelled_is_told_once_it_was_serious(owner_of_two, clock, screen, mails):
    owner_of_two.sign_in().walk_to(screen)
    OutboxMessage.objects.all().delete()
    owner_of_two.post("/security/reset/cancel/")
    assert OutboxMessage.objects.filter(what="enrollment_cancelled").count() == mails


def test_an_address_that_is_not_confirmed_is_told_nothing(owner, clock):
    owner.user.recovery_email = SPARE
    owner.user.save()
    record(owner, Kind.AUTHENTICATOR_REPLACED)
    assert told() == [("authenticator_replaced", "owner@example.com")]


def test_the_code_goes_to_the_chosen_address_and_to_no_other(owner_of_two, clock):
    owner_of_two.sign_in().walk_to("notice")
    owner_of_two.answer("notice", address="1")
    code = newest_code(SPARE)
    [other] = [message for message in mail.outbox if message.to == ["owner@example.com"]]
    assert code not in other.body + other.alternatives[0].content
    assert not re.search(r"\d{4} ?\d{4}", re.sub(r"https?://\S+", "", other.body))
    assert "s•••@e•••.com" in other.body


def test_only_the_mail_with_the_code_knows_the_code(owner_of_two, clock):
    record(owner_of_two, Kind.VERIFICATION_CODE_PROMISED)
    assert [message.what for message in OutboxMessage.objects.exclude(code=None)] == ["verification_code"]


@pytest.mark.parametrize(("kind", "notice"), ALL_NOTICES, ids=[notice.what for _, notice in ALL_NOTICES])
def test_every_notice_has_a_letter_or_three_templates(kind, notice):
    template = "letter" if notice.what in letters.names() else notice.what
    for suffix in (".subject.txt", ".txt", ".html"):
        get_template(f"mail/{template}{suffix}")


@pytest.mark.parametrize(("kind", "notice"), ALL_NOTICES, ids=[notice.what for _, notice in ALL_NOTICES])
def test_every_notice_can_be_written_and_says_what_it_should(owner_of_two, clock, settings, kind, notice):
    settings.SUPPORT_EMAIL, settings.SITE_URL, settings.SITE_NAME = "help@site.example", "https://site.example", "Acme"
    event = record(owner_of_two, kind)
    what = outbox.promise(notice.what, SPARE, owner_of_two.user, event, VerificationCode.objects.first())
    if notice.what in outbox.WHILE_HELD:  # sent only while there is something to wait for
        assert not outbox.deliver(what.pk)
        return
    assert outbox.deliver(what.pk)

    [message] = mail.outbox
    html = message.alternatives[0].content
    assert message.to == [SPARE]
    assert message.from_email.startswith("Acme <")
    assert message.subject
    assert not re.search(r"\d", message.subject)
    for part in (message.body, html):
        assert "help@site.example" in part
        assert "https://site.example" in part
        assert message.subject in part
        assert not re.search(r"\{[{%]|[%}]\}|None", part)
    assert message.body.strip().startswith(message.subject)
    assert html.startswith("<!doctype html>")
    assert not re.search(r"<script|<img|<link|src=|http-equiv", html)


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATOR_BOUND, Kind.AUTHENTICATOR_REPLACED, Kind.ENROLLMENT_CANCELLED])
def test_a_notice_says_when_and_from_where(owner, clock, kind):
    record(owner, kind)
    outbox.sweep()
    [message] = mail.outbox
    for part in (message.body, message.alternatives[0].content):
        assert re.search(r"When: .*2036.* \(UTC\)", part)
        assert "Firefox (Linux)" in part
        assert "192.0.2.1" in part


def test_a_device_that_was_named_is_called_by_its_name(owner, clock):
    detail = {"device": "x", "name": "", "row": "4a", "proof": "mailed_code", "sessions_ended": 0}
    events.record(Kind.AUTHENTICATOR_BOUND, owner.user, HERE, **detail)
    events.record(Kind.AUTHENTICATOR_BOUND, owner.user, HERE, **{**detail, "name": "Pixel 12"})
    outbox.sweep()
    unnamed, named = mail.outbox[-2:]
    assert "A device was added" in unnamed.body
    assert "The device “Pixel 12” was added" in named.body
