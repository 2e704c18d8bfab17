"""An account that somebody else made: its owner chooses the password, with a link that works once."""

import io
import logging.config
import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from security import outbox
from security.models import Event, Kind

NEW = "seven wild geese over the lake"


@pytest.fixture
def link(db, clock) -> str:
    call_command("create_account", "guest@example.com", "--name", "Gus Guest", "--invite", stdout=io.StringIO())
    outbox.sweep()
    assert mail.outbox[0].subject == "Choose the password of your new account"
    found = re.search(r"^http://127\.0\.0\.1:8000(/invitation/\S+)$", mail.outbox[0].body, re.M)
    assert found
    assert found[1] in mail.outbox[0].alternatives[0].content
    return found[1]


def guest() -> User:
    return User.objects.get(email="guest@example.com")


def test_the_guest_chooses_a_password_and_signs_in_with_it(client, link):
    assert not guest().has_usable_password()
    page = client.get(link)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "strict-origin"
    assert client.post(link, {"new_password": NEW}).url == "/sign-in/"
    assert not client.get("/account/").wsgi_request.user.is_authenticated
    client.post("/sign-in/", {"email": "guest@example.com"})
    assert client.post("/sign-in/password/", {"password": NEW}).url == "/account/"
    assert Event.objects.filter(person=guest(), kind=Kind.PASSWORD_CHOSEN).count() == 1
    outbox.sweep()
    assert mail.outbox[-1].subject == "Your password is set"


def test_the_link_works_once(client, link):
    client.post(link, {"new_password": NEW})
    for answer in (client.get(link), client.post(link, {"new_password": NEW + " too"})):
        assert answer.status_code == 404
        assert "no longer good" in answer.content.decode()
    assert guest().check_password(NEW)


def test_looking_at_the_link_changes_nothing(client, link):
    for _ in range(3):
        client.get(link)
        client.head(link)
    assert not guest().has_usable_password()
    assert client.post(link, {"new_password": NEW}).status_code == 302


def test_the_link_lasts_a_day(client, link, clock):
    clock.forward(hours=23, minutes=59)
    assert client.get(link).status_code == 200
    clock.forward(minutes=2)
    assert client.get(link).status_code == 404
    assert client.post(link, {"new_password": NEW}).status_code == 404


@pytest.mark.parametrize("password", ["short", "x" * 129, "guest@example.com", "1q2w3e4r5t6y7u8i", ""])
def test_a_bad_password_is_told_beside_the_field_and_the_link_stays_good(client, link, password):
    answer = client.post(link, {"new_password": password})
    assert answer.status_code == 200
    assert 'id="id_new_password_error"' in answer.content.decode()
    assert client.post(link, {"new_password": NEW}).status_code == 302


def test_an_altered_link_opens_nothing(client, link):
    public_id, key_id, mac = link.split("/")[2].split(".")
    forged = [
        f"{public_id}.{key_id}.{'0' * 64}",
        f"{public_id}.other.{mac}",
        f"{'0' * 24}.{key_id}.{mac}",
        "x",
        public_id,
    ]
    for token in forged:
        assert client.get(f"/invitation/{token}/").status_code == 404
        assert client.post(f"/invitation/{token}/", {"new_password": NEW}).status_code == 404


@pytest.mark.parametrize("token", ["%00", "a%00.k.x", f"{'0' * 23}%00.k.x", "%ff", "x" * 5000, "..."])
def test_what_cannot_be_a_link_opens_nothing(client, link, token):
    assert client.get(f"/invitation/{token}/").status_code == 404
    assert client.post(f"/invitation/{token}/", {"new_password": NEW}).status_code == 404


@pytest.mark.parametrize("formatter", ["text", "json"])
def test_no_line_of_the_log_opens_an_account(link, settings, caplog, monkeypatch, formatter):
    """A form without its token, a link that is used, a page that fails: each is logged with its address."""
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link, {"new_password": NEW}).status_code == 403
    monkeypatch.setattr("accounts.flows.invitation.opened", lambda token: 1 / 0)
    assert Client(raise_request_exception=False).get(link).status_code == 500
    configured = logging.config.DictConfigurator(settings.LOGGING)
    lines = configured.configure_formatter(settings.LOGGING["formatters"][formatter])
    written = [lines.format(record) for record in caplog.records]
    assert len([line for line in written if "/invitation/..." in line]) == 4  # each, and its request
    assert not any(link.split("/")[2].rstrip("/") in line for line in written)


def test_the_token_is_nowhere_in_the_database(link):
    from tests.walls import text_of_the_database

    assert link.split(".")[-1].rstrip("/") not in text_of_the_database()


def test_no_password_signs_in_before_the_guest_has_chosen_one(link):
    browser = Client()
    browser.post("/sign-in/", {"email": "guest@example.com"})
    for password in ("", "!", guest().password):
        assert browser.post("/sign-in/password/", {"password": password}).status_code == 200


def test_a_disabled_account_is_not_opened_by_its_invitation(client, link):
    User.objects.update(is_active=False)
    assert client.get(link).status_code == 404


def test_invite_and_password_exclude_each_other(db):
    with pytest.raises(Exception, match="not allowed with argument"):
        call_command("create_account", "guest@example.com", "--invite", "--password-stdin")
