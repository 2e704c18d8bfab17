"""Commands that touch an account: a reason, an event with the operating-system user, and a mail to the owner."""

import getpass

import pytest
from django.core import mail

from accounts.models import User
from security import outbox
from security.actor import Actor
from security.flows import freezes, sessions
from security.models import Authenticator, Event, Kind, OutboxMessage, SecurityProfile, Session, Throttle
from tests.people import PASSWORD
from tests.walls import everything

OWNER = "owner@example.com"
REASON = ("--reason", "case K7Q2: called back")
NEW = "seven quiet lighthouses at dusk"

# Every command that touches an account, what is typed into it, and the event and mail it leaves.
COMMANDS = {
    ("reset_authenticator",): ("", Kind.ASSISTED_RESET_STARTED, "Set up a new device for your account"),
    ("end_sessions",): ("", Kind.SESSIONS_ENDED, "You were signed out everywhere"),
    ("unlock",): ("", Kind.LIMITS_LIFTED, "You can try to sign in again"),
    ("require_replacement",): ("", Kind.REPLACEMENT_REQUIRED, "Pair your device anew"),
    ("freeze",): ("", Kind.ACCOUNT_FROZEN, "Your account is frozen"),
    ("expose_password",): ("", Kind.PASSWORD_EXPOSED, "Choose another password for your account"),
    ("changepassword", "--password-stdin"): (f"{NEW}\n", Kind.PASSWORD_CHANGED, "Your password was changed"),
}
EVERY = pytest.mark.parametrize(("command", "typed", "kind", "subject"), [(c, *rest) for c, rest in COMMANDS.items()])


@EVERY
def test_it_leaves_an_event_and_a_mail(operate, owner, clock, command, typed, kind, subject):
    ended = operate(*command, OWNER, *REASON, typed=typed)
    assert (ended.code, ended.error) == (0, "")
    event = Event.objects.get(kind=kind)
    assert (event.person, event.actor, event.actor_name) == (owner.user, "system", getpass.getuser())
    assert event.detail["reason"] == REASON[1]
    outbox.sweep()
    assert [(message.to, message.subject) for message in mail.outbox] == [([OWNER], subject)]
    assert "K7Q2" not in mail.outbox[0].body


@EVERY
@pytest.mark.parametrize("reason", [(), ("--reason", ""), ("--reason", "   "), ("--reason", "x" * 301)])
def test_without_a_reason_it_does_nothing(operate, owner, clock, command, typed, kind, subject, reason):
    before = everything()
    ended = operate(*command, OWNER, *reason, typed=typed)
    assert ended.code == 2
    assert "--reason" in ended.error
    assert everything() == before


@EVERY
def test_nobody_has_that_address(operate, owner, command, typed, kind, subject):
    before = everything()
    ended = operate(*command, "nobody@example.com", *REASON, typed=typed)
    assert (ended.code, ended.out) == (1, "")
    assert "No account has the address" in ended.error
    assert everything() == before


@EVERY
def test_its_address_is_found_in_any_case_and_it_reports_as_json(operate, owner, clock, command, typed, kind, subject):
    ended = operate(*command, f" {OWNER.upper()}", *REASON, "--json", typed=typed)
    assert ended.code == 0
    assert ended.data.get("email", OWNER) == OWNER
    assert NEW not in ended.out


@EVERY
def test_its_help_has_examples_and_exit_codes(operate, command, typed, kind, subject):
    ended = operate(command[0], "--help")
    assert f"manage.py {command[0]} " in ended.out
    assert "exit codes: 0" in ended.out


@EVERY
def test_mfa_is_never_switched_off(operate, owner, clock, command, typed, kind, subject):
    operate(*command, OWNER, *REASON, typed=typed)
    assert Authenticator.objects.of(owner.user).paired().count() == 1
    operate("unlock", OWNER, "--thaw", *REASON)
    password = NEW if command[0] == "changepassword" else PASSWORD
    owner.post("/sign-in/", email=OWNER)
    assert owner.post("/sign-in/password/", password=password).url == "/sign-in/code/"


def test_sessions_end_and_no_browser_is_trusted_or_known(operate, owner, clock):
    owner.sign_in()
    assert operate("end_sessions", OWNER, *REASON).out == "1 ended.\n"
    assert owner.get("/account/").status_code == 302
    assert not owner.user.known_browsers.exists()


def test_everybody_is_signed_out_and_a_second_run_finds_nobody(operate, owner, stranger, newcomer, clock):
    owner.sign_in()
    stranger.sign_in()
    dry = operate("end_sessions", "--all", "--dry-run", "--json", *REASON)
    assert dry.data == {"people": 2, "sessions": 2, "dry_run": True}
    assert Session.objects.exclude(person=None).count() == 2
    assert operate("end_sessions", "--all", "--json", *REASON).data == {"people": 2, "sessions": 2, "dry_run": False}
    assert not Session.objects.exclude(person=None).exists()
    assert operate("end_sessions", "--all", "--json", *REASON).data["people"] == 0
    assert set(Event.objects.filter(kind=Kind.SESSIONS_ENDED).values_list("person", flat=True)) == {
        owner.user.pk,
        stranger.user.pk,
    }


@pytest.mark.parametrize("whom", [(), (OWNER, "--all")])
def test_one_person_or_all(operate, owner, whom):
    assert operate("end_sessions", *whom, *REASON).code == 2


def test_unlock_lets_somebody_try_again_and_keeps_the_evidence(operate, owner, clock):
    for _ in range(6):
        owner.give_password()
        owner.post("/sign-in/code/", code="000000")
    assert "Too many wrong answers" in owner.post("/sign-in/code/", code=owner.phone.code()).content.decode()
    assert operate("unlock", OWNER, *REASON, "--json").data["lifted"] == ["authenticator"]
    row = Throttle.objects.get(factor="authenticator")
    assert (row.failures, row.closed_until, len(row.failed_at)) == (0, None, 5)
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"


def test_unlock_opens_the_way_for_a_password_too(operate, owner, clock):
    for _ in range(6):
        owner.post("/sign-in/", email=OWNER)
        owner.post("/sign-in/password/", password="not the right one")
    assert operate("unlock", OWNER, *REASON, "--json").data["lifted"] == ["password"]
    owner.sign_in()


def test_a_frozen_account_opens_with_thaw_and_not_without(operate, owner, clock):
    operate("freeze", OWNER, *REASON)
    operate("unlock", OWNER, *REASON)
    assert SecurityProfile.objects.of(owner.user).is_frozen
    assert "frozen until" in owner.give_password().content.decode()
    assert operate("unlock", OWNER, "--thaw", "--json", *REASON).data["thawed"] is True
    owner.sign_in()
    assert Event.objects.filter(kind=Kind.ACCOUNT_THAWED).get().detail == {"reason": REASON[1]}


def test_a_freeze_ends_sessions_and_what_is_under_way_and_then_itself(operate, owner, clock):
    owner.sign_in().walk_to("code")
    operate("freeze", OWNER, *REASON)
    assert not Session.objects.filter(person=owner.user).exists()
    assert owner.enrollment.ended_at is not None
    clock.forward(72 * 3600 + 1)
    owner.sign_in()


def test_what_is_frozen_already_stays_so(operate, owner, clock):
    freezes.begin(owner.user, reason="x", actor=Actor())
    until = SecurityProfile.objects.of(owner.user).frozen_until
    clock.forward(60)
    assert operate("freeze", OWNER, "--json", *REASON).data["was_frozen"] is True
    assert SecurityProfile.objects.of(owner.user).frozen_until == until


def test_a_link_is_refused_where_there_is_nothing_to_replace(operate, newcomer):
    ended = operate("reset_authenticator", newcomer.user.email, *REASON)
    assert (ended.code, ended.out) == (1, "")
    assert not Event.objects.exists()


def test_staff_need_a_second_approver(operate, staff):
    assert operate("reset_authenticator", staff.user.email, *REASON).code == 1
    assert not OutboxMessage.objects.exists()


def test_another_password_ends_everything_and_is_seen_by_nobody(operate, owner, clock):
    owner.sign_in()
    ended = operate("changepassword", OWNER, "--password-stdin", *REASON, typed=f"{NEW}\n")
    assert NEW not in ended.out + ended.error
    assert owner.get("/account/").status_code == 302
    owner.post("/sign-in/", email=OWNER)
    assert owner.post("/sign-in/password/", password=PASSWORD).status_code == 200
    assert owner.post("/sign-in/password/", password=NEW).url == "/sign-in/code/"
    assert SecurityProfile.objects.of(owner.user).mail_closed_until is not None


@pytest.mark.parametrize("typed", ["short\n", "", "1q2w3e4r5t6y7u8i9o0p\n"])
def test_a_weak_password_changes_nothing(operate, owner, typed):
    before = everything()
    assert operate("changepassword", OWNER, "--password-stdin", *REASON, typed=typed).code == 1
    assert everything() == before


def test_an_administrator_is_made_whose_owner_is_told(operate, db, clock):
    ended = operate("createsuperuser", "--email", "sam@example.com", "--password-stdin", typed=f"{PASSWORD}\n")
    assert ended.code == 0
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert Event.objects.get().kind == Kind.ACCOUNT_CREATED
    outbox.sweep()
    assert [message.subject for message in mail.outbox] == ["Your account is ready"]


def test_an_administrator_who_is_invited_chooses_the_password(operate, db):
    assert operate("createsuperuser", "--email", "sam@example.com", "--invite", "--noinput", "--json").data["invited"]
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize("options", [("--noinput",), ("--noinput", "--email", "sam@example.com")])
def test_an_administrator_needs_an_address_and_a_way_in(operate, db, options):
    assert operate("createsuperuser", *options).code == 2
    assert not User.objects.exists()


def test_three_ways_to_the_same_end(operate, owner, clock):
    """Owner and operator leave the same event, but for who acts, where, and why."""
    owner.sign_in()
    sessions.end_others(owner.user, keep=None, actor=Actor())
    owner.sign_in(ahead=1)
    operate("end_sessions", OWNER, *REASON)
    mine, theirs = Event.objects.filter(kind=Kind.SESSIONS_ENDED).order_by("pk")
    assert (mine.actor, theirs.actor) == ("self", "system")
    assert theirs.detail == mine.detail | {"reason": REASON[1]}
