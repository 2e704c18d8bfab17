"""Events and mails as staff read them: nothing to edit, nothing secret, exported without formulas (AD4, AD8)."""

import csv
import io
import json
import re

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from security import codes, events, outbox, words
from security.actor import Actor
from security.admin import details
from security.models import Authenticator, Event, Kind, OutboxMessage, RecoveryCode, Session, VerificationCode
from tests import people, plausible
from tests.staff import colleague, enter
from tests.walls import everything

pytestmark = pytest.mark.django_db
EVENTS = "/admin/security/event/"


def record(someone, **who):
    actor = Actor("self", **({"address": "192.0.2.1", "browser": "Firefox (Linux)"} | who))
    return events.record(Kind.RECOVERY_CODES_MADE, someone.user, actor, **plausible.DETAIL[Kind.RECOVERY_CODES_MADE])


def exported(someone, form, query=""):
    answer = someone.post(f"{EVENTS}export/{form}/{query}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def test_the_record_is_read_and_nothing_else(owner, clock):
    event = record(owner)
    chief = enter(colleague("superuser"))
    assert "owner@example.com" in chief.get(EVENTS).content.decode()
    shown = chief.get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert event.detail["set"] in shown
    assert event.mac not in shown
    before = everything(but=("Session.last_seen_at",))
    for path in ("add/", f"{event.pk}/delete/"):
        assert chief.get(EVENTS + path).status_code == 403
        assert chief.post(EVENTS + path, post="yes", kind="x").status_code == 403
    assert chief.post(f"{EVENTS}{event.pk}/change/", kind="session.ended").status_code == 403
    assert chief.post(EVENTS, action="delete_selected", _selected_action=event.pk).status_code in (200, 302)
    assert everything(but=("Session.last_seen_at",)) == before


@pytest.mark.parametrize(
    ("role", "status"), [("none", 403), ("support", 403), ("security", 200), ("administrator", 200)]
)
def test_who_may_read_and_export(owner, clock, role, status):
    helper = enter(colleague(role))
    assert helper.get(EVENTS).status_code == status
    assert helper.post(f"{EVENTS}export/csv/").status_code == status


def test_as_csv_without_formulas(owner, clock):
    for browser in ('=HYPERLINK("https://evil.example")', "+1", "-1", "@x", "\tx", "plain, with a comma"):
        record(owner, browser=browser)
    rows = list(csv.DictReader(io.StringIO(exported(enter(colleague("security")), "csv"))))
    told = [row["browser"] for row in rows if row["kind"] == "recovery_codes.made"]
    assert told == ['\'=HYPERLINK("https://evil.example")', "'+1", "'-1", "'@x", " x", "plain, with a comma"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_as_json_lines_as_filtered(owner, stranger, clock):
    record(owner)
    record(stranger)
    helper = enter(colleague("security"))
    lines = [json.loads(line) for line in exported(helper, "jsonl", "?q=owner@example.com").splitlines()]
    assert {line["person"] for line in lines} == {"owner@example.com"}
    assert lines[0]["detail"]["set"]
    export = Event.objects.get(kind=Kind.EVENTS_EXPORTED)
    assert (export.person, export.actor_name, export.detail) == (None, helper.user.email, {"number": len(lines)})


def test_looking_exports_nothing(owner, clock):
    helper = enter(colleague("security"))
    assert helper.get(f"{EVENTS}export/csv/").status_code == 405
    assert helper.post(f"{EVENTS}export/xml/").status_code == 403


def test_digests_of_what_was_typed_are_not_told(client, clock):
    client.post("/sign-in/", {"email": "nobody@example.com"})
    client.post("/sign-in/password/", {"password": "wrong and long enough"})
    event = Event.objects.get(kind=Kind.PASSWORD_REFUSED)
    helper = enter(colleague("security"))
    assert event.detail["subject"] not in helper.get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert event.detail["subject"] not in exported(helper, "jsonl")


def test_mails_are_read_only_and_without_their_words(owner, clock):
    owner.sign_in().walk_to("code")
    outbox.sweep()
    code = codes.grouped(VerificationCode.objects.get())
    mail = OutboxMessage.objects.filter(what="verification_code").get()
    helper = enter(colleague("security"))
    assert "delivered" in helper.get("/admin/security/outboxmessage/").content.decode()
    shown = helper.get(f"/admin/security/outboxmessage/{mail.pk}/change/").content.decode()
    assert code not in shown
    assert code.replace(" ", "") not in shown
    assert (
        helper.post(f"/admin/security/outboxmessage/{mail.pk}/change/", address="evil@example.com").status_code == 403
    )


def test_a_crawl_as_superuser_finds_no_secret(owner, clock):
    """AD4: every page that the pages for staff link to, one click after another."""
    sheet = people.add_codes(owner.user)
    owner.sign_in().walk_to("confirm")
    outbox.sweep()
    owner.elsewhere().post("/help/ask-support/", email=owner.user.email, message="help")
    chief = enter(colleague("superuser"))
    secrets = {
        *sheet,
        owner.phone.secret,
        owner.new_phone.secret,
        codes.grouped(VerificationCode.objects.get()),
        codes.grouped(VerificationCode.objects.get()).replace(" ", ""),
        VerificationCode.objects.get().nonce,
        owner.user.password,
        chief.user.password,
        *Authenticator.objects.values_list("sealed_secret", flat=True),
        *RecoveryCode.objects.values_list("hashed", flat=True),
        *RecoveryCode.objects.values_list("sealed_tail", flat=True),
        *Session.objects.values_list("key_digest", flat=True),
        *Session.objects.exclude(stamp="").values_list("stamp", flat=True),
        *Event.objects.values_list("mac", flat=True),
        *(cookie.value for name, cookie in chief.client.cookies.items() if name == "sessionid"),
        *(cookie.value for name, cookie in owner.client.cookies.items() if name == "sessionid"),
    } - {""}
    seen, todo = set(), ["/admin/"]
    while todo:
        path = todo.pop()
        seen.add(path)
        answer = chief.get(path)
        assert answer.status_code in (200, 302, 403, 404, 405), path
        shown = answer.content.decode()
        assert not [secret for secret in secrets if secret in shown], path
        assert "otpauth:" not in shown
        links = {
            re.sub("&amp;", "&", link).partition("#")[0] for link in re.findall(r'href="(/admin/[^"]*|\?[^"]*)"', shown)
        }
        links = {link if link.startswith("/") else path.partition("?")[0] + link for link in links}
        if "?" not in path:  # what a filter leads to is a list of the same rows
            todo += sorted(links - seen - set(todo))
    assert len(seen) > 40
    assert f"/admin/accounts/user/{owner.user.pk}/change/" in seen
    assert f"/admin/accounts/user/{owner.user.pk}/act/reset/" in seen


def test_there_is_no_impersonation_and_no_page_past_the_gate():
    """AD12."""

    def walk(resolver, prefix=""):
        for pattern in resolver.url_patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, path)
            elif isinstance(pattern, URLPattern):
                yield path

    assert not [path for path in walk(get_resolver()) if re.search("impersonat|hijack|login-as|su/", path)]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_detail_of_an_event_is_read_by_a_name(owner, clock, kind):
    person = owner.user if kind.value not in {"policy.changed", "portal.changed"} else None
    with transaction.atomic():
        event = events.record(kind, person, Actor("self"), **plausible.DETAIL.get(kind, {}))
    names = {"", *(f"{name}: " for name in details.NAMES.values())}
    assert all(said and name in names for name, said in details.lines(event))


def test_whatever_its_owner_is_not_told_has_a_name_for_staff():
    assert set(details.NAMES) == words.UNTOLD - details.HIDDEN
