"""What leaves a trace: every success and failure a row, and whatever outsiders can cause at will a line in the log."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from accounts.views import errors
from security import events, throttle
from security.actor import Actor
from security.models import Event, Kind, OutboxMessage, Session, Throttle
from security.models.throttle import Factor
from tests.people import FIREFOX, PASSWORD
from tests.walls import everything, text_of_the_database

FORGED = "a\r\nBcc: x\u2028y\x1b[2K"


@pytest.fixture
def noted(caplog):
    """What was noted so far: its name, and what it says."""
    caplog.set_level(logging.INFO, "security.refused")
    return lambda: [(line.message, line.said) for line in caplog.records if line.name == "security.refused"]


# Lines of the log (LG2).


def test_a_form_without_its_token_leaves_a_line_and_no_row(owner, clock, noted):
    owner.sign_in()
    strict = Client(enforce_csrf_checks=True, headers={"User-Agent": FIREFOX})
    strict.cookies.update(owner.client.cookies)
    before = Event.objects.count()
    for _ in range(20):
        assert strict.post("/security/reset/email/", {"email": owner.user.email}).status_code == 403
    assert Event.objects.count() == before
    assert (
        noted()
        == [
            (
                "csrf.failed",
                {
                    "person": owner.user.pk,
                    "place": "security:reset:email",
                    "method": "POST",
                    "reason": "CSRF token missing.",
                    "address": "127.0.0.1",
                    "browser": "Firefox (Linux)",
                },
            )
        ]
        * 20
    )


def test_a_stranger_without_a_token_leaves_a_line_too(client, db, noted):
    strict = Client(enforce_csrf_checks=True)
    strict.post("/sign-in/", {"email": "a@example.com"})
    [(what, said)] = noted()
    assert (what, said["person"], said["place"]) == ("csrf.failed", None, "accounts:sign_in")


def test_access_that_is_refused_leaves_a_line(noted):
    request = RequestFactory(headers={"User-Agent": FIREFOX}).get("/somewhere/")
    request.resolver_match, request.user = None, AnonymousUser()
    assert errors.forbidden(request, PermissionDenied()).status_code == 403
    [(what, said)] = noted()
    assert (what, said["browser"], said["person"]) == ("access.refused", "Firefox (Linux)", None)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("at", "screen"), [("password", "confirm"), ("password", "proof"), ("notice", "code")])
def test_a_skipped_step_leaves_a_line(owner, clock, noted, method, at, screen):
    owner.sign_in().walk_to(at)
    before = len(noted())
    assert getattr(owner.client, method)(f"/security/reset/{screen}/").status_code == 302
    [(what, said)] = noted()[before:]
    assert what == "step.skipped"
    assert (said["person"], said["screen"], said["method"]) == (owner.user.pk, screen, method.upper())
    assert said["enrollment"] == owner.enrollment.public_id


def test_an_honest_walk_skips_nothing(owner, clock, noted):
    owner.sign_in().answer("email", email=owner.user.email)
    for name in ("password", "proof", "notice"):
        assert owner.screen(name).status_code == 200
        owner.answer_right(name)
        assert owner.screen(name).status_code in (200, 302)  # back
    assert noted() == []


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda clock, owner: clock.forward(minutes=31), "expired"),
        (lambda clock, owner: type(owner.user).objects.filter(pk=owner.user.pk).update(security_epoch=1), "changed"),
        (lambda clock, owner: Session.objects.all().delete(), "unknown"),
    ],
)
def test_the_use_of_a_session_after_its_end_leaves_a_line(owner, clock, noted, end, why):
    owner.sign_in()
    end(clock, owner)
    key = owner.client.cookies["sessionid"].value
    assert owner.get("/account/").status_code == 302
    [(what, said)] = noted()
    assert (what, said["why"]) == ("session.dead", why)
    assert said["person"] == (None if why == "unknown" else owner.user.pk)
    assert key not in str(said)


def test_a_request_that_was_merely_late_leaves_none(owner, clock, noted):
    owner.give_password()
    late = owner.elsewhere()
    late.client.cookies.update(owner.client.cookies)
    owner.post("/sign-in/code/", code=owner.phone.code())
    assert late.get("/account/").status_code == 303
    assert noted() == []


def test_a_limit_that_was_reached_leaves_a_line_at_every_try_and_no_row(owner, clock, noted):
    owner.give_password()
    for _ in range(9):
        owner.post("/sign-in/code/", code="000000")
    assert Event.objects.filter(kind=Kind.AUTHENTICATOR_CODE_REFUSED).count() == 5
    limits = [said for what, said in noted() if what == "limit.reached"]
    assert limits == [{"factor": "authenticator", "subject": str(owner.user.pk)}] * 4


def test_a_line_about_an_address_knows_its_digest_only(owner, db, noted):
    subject = throttle.of_address("somebody@example.org")
    for _ in range(6):
        throttle.attempt(subject, Factor.PASSWORD)
    [(_, said)] = noted()
    assert said["subject"] == subject
    assert "somebody" not in str(said)


# Rows (LG1, LG3).


def test_one_of_each_success_and_failure_is_a_row_with_its_factor(owner, clock):
    owner.post("/sign-in/", email=owner.user.email)
    owner.post("/sign-in/password/", password="not the password")
    owner.give_password()
    owner.post("/sign-in/code/", code="000000")
    owner.post("/sign-in/recovery-code/", code="ABCD-EFGH-JKLM-NPQR")
    owner.post("/sign-in/code/", code=owner.phone.code())
    clock.forward(700)
    owner.post("/security/step-up/", code="000000")
    owner.post("/security/step-up/", code=owner.phone.code())
    owner.post("/sign-out/")
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "password.refused",
        "authenticator_code.refused",
        "recovery_code.refused",
        "session.started",
        "authenticator_code.refused",
        "step_up.passed",
        "session.ended",
    ]
    assert Event.objects.get(kind=Kind.SESSION_STARTED).detail["factor"] == "authenticator"
    assert Event.objects.get(kind=Kind.STEP_UP_PASSED).detail["factor"] == "authenticator"
    for event in Event.objects.all():
        assert (event.person, event.actor, event.address) == (owner.user, "self", "127.0.0.1")
        assert event.browser == "Firefox (Linux)"
        assert event.at.utcoffset().total_seconds() == 0


def test_what_is_typed_for_no_account_is_kept_as_a_digest_only(owner, clock):
    """People type their password where the address goes (LG14). The session forgets it at the next sign-in."""
    typed = "correct.horse@battery.example"
    owner.post("/sign-in/", email=typed)
    owner.post("/sign-in/password/", password=PASSWORD)
    Session.objects.all().delete()
    event = Event.objects.get(kind=Kind.PASSWORD_REFUSED)
    assert event.person is None
    assert event.detail["subject"] == throttle.of_address(typed) == Throttle.objects.get().subject
    assert typed not in text_of_the_database()
    assert "battery.example" not in text_of_the_database()


def test_outsiders_cause_no_flood_of_rows(owner, clock):
    """Wrong passwords stop being rows once the account's own limit is reached, and nobody gets a mail."""
    owner.post("/sign-in/", email=owner.user.email)
    for _ in range(60):
        owner.post("/sign-in/password/", password="not the password")
    assert Event.objects.count() == 5
    assert not OutboxMessage.objects.exists()


def test_looking_around_as_a_stranger_writes_nothing(client, owner):
    before = everything()
    for path in ("/security/activity/", "/account/", "/security/undo/x/", "/security/reset/confirm/", "/nowhere/"):
        client.get(path)
        client.cookies["sessionid"] = "0" * 32
    assert everything() == before


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATOR_RENAMED, Kind.BROWSER_TRUSTED])
def test_nothing_in_the_record_begins_a_new_line(owner, kind):
    detail = {"name": FORGED, "old_name": ""} if kind == Kind.AUTHENTICATOR_RENAMED else {"browser": FORGED, "until": 1}
    event = events.record(kind, owner.user, Actor(name=FORGED, browser=FORGED), **detail)
    event.refresh_from_db()
    for text in (event.browser, event.actor_name, event.detail.get("name"), event.detail.get("browser")):
        assert text is None or text == "a  Bcc: x y [2K"
