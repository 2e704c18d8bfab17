"""`manage.py create_account`: an account that can sign in, its owner told, and the password seen by nobody."""

import getpass
import io
import json
import subprocess
import sys

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from accounts.models import User
from security import outbox
from security.models import Event, Kind, OutboxMessage, SecurityProfile
from tests.conftest import ROOT
from tests.people import PASSWORD, Someone

SAM = "sam@example.com"


@pytest.fixture
def create(db, monkeypatch, capsys):
    """Runs the command with this on its standard input; what it printed."""

    def run(email=SAM, *options, typed=f"{PASSWORD}\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        call_command("create_account", email, "--password-stdin", *options)
        return capsys.readouterr()

    return run


def test_an_account_is_made_that_can_sign_in(create, clock):
    printed = create()
    assert printed.out == "sam@example.com can sign in now.\n"
    assert printed.err == ""
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser, user.is_active) == (SAM, False, False, True)
    assert SecurityProfile.objects.get(person=user)
    Someone(user).sign_in()


def test_everything_that_can_be_said_of_it(create):
    create(SAM, "--name", "Sam Staff", "--language", "en", "--staff")
    user = User.objects.get()
    assert (user.name, user.language, user.is_staff, user.is_superuser) == ("Sam Staff", "en", True, False)


@pytest.mark.parametrize("typed", [f"{PASSWORD}\n", f"{PASSWORD}\r\n", PASSWORD, f"{PASSWORD}\nanother line\n"])
def test_the_password_is_the_first_line_without_its_end(create, typed):
    create(typed=typed)
    assert User.objects.get().check_password(PASSWORD)


def test_spaces_belong_to_the_password(create):
    create(typed=f"  {PASSWORD}  \n")
    assert User.objects.get().check_password(f"  {PASSWORD}  ")


def test_the_report_as_json(create):
    printed = create(SAM, "--staff", "--json")
    report = json.loads(printed.out)
    assert (report["email"], report["staff"], report["language"]) == (SAM, True, "en")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_password_is_not_printed(create, options):
    printed = create(SAM, *options)
    assert PASSWORD not in printed.out + printed.err
    assert User.objects.get().password not in printed.out


def test_who_made_it_is_recorded(create, clock):
    create()
    event = Event.objects.get()
    assert (event.kind, event.person) == (Kind.ACCOUNT_CREATED, User.objects.get())
    assert (event.actor, event.actor_name) == ("system", getpass.getuser())
    assert event.detail["by_invitation"] is False


def test_its_owner_is_told(create, clock):
    create()
    outbox.sweep()
    [message] = mail.outbox
    assert (message.to, message.subject) == ([SAM], "Your account is ready")
    assert PASSWORD not in message.body + message.alternatives[0].content


@pytest.mark.parametrize("email", [SAM, "SAM@EXAMPLE.COM", " Sam@Example.com "])
def test_an_address_that_is_taken_is_refused_in_any_case(create, email):
    create()
    with pytest.raises(CommandError, match="has an account already") as refused:
        create(email)
    assert refused.value.returncode == 1
    assert User.objects.count() == Event.objects.count() == OutboxMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "options", "typed", "said"),
    [
        (SAM, [], "too short\n", "at least 15 characters"),
        (SAM, [], "\n", "at least 15 characters"),
        (SAM, [], "", "at least 15 characters"),
        (SAM, [], "x9" * 65 + "\n", "at most 128 characters"),
        (SAM, [], "1q2w3e4r5t6y7u8i9o0p\n", "too common"),
        ("samantha.longlastname@example.com", [], "samantha.longlastname\n", "too similar"),
        ("no address", [], f"{PASSWORD}\n", "valid email address"),
        ("", [], f"{PASSWORD}\n", "cannot be blank"),
        (SAM, ["--name", "x" * 151], f"{PASSWORD}\n", "at most 150 characters"),
        (SAM, ["--language", "tlh"], f"{PASSWORD}\n", "does not speak tlh"),
    ],
)
def test_what_is_refused_makes_nothing(create, email, options, typed, said):
    with pytest.raises(CommandError) as refused:
        create(email, *options, typed=typed)
    assert said in str(refused.value)
    assert refused.value.returncode == 1
    assert not User.objects.exists()
    assert not Event.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_without_a_terminal_and_without_a_password_it_says_how(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    with pytest.raises(CommandError, match="--password-stdin") as refused:
        call_command("create_account", SAM)
    assert refused.value.returncode == 2
    assert not User.objects.exists()


def test_help_has_examples_and_exit_codes(capsys):
    with pytest.raises(SystemExit):
        call_command("create_account", "--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "manage.py create_account" in shown
    assert "exit codes: 0 made, 1 refused" in shown


@pytest.mark.parametrize(
    ("options", "typed", "code"),
    [
        ([SAM, "--password-stdin"], f"{PASSWORD}\n", 0),
        ([SAM, "--password-stdin"], "too short\n", 1),
        ([SAM], "", 2),
        ([], "", 2),
        ([SAM, "--password", PASSWORD], "", 2),
    ],
)
def test_as_a_command_it_ends_with_the_code_it_promises(processes, options, typed, code):
    command = [sys.executable, "manage.py", "create_account", *options]
    done = subprocess.run(
        command, input=typed, capture_output=True, text=True, cwd=ROOT, env=processes.env, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    assert (done.stdout == "") is (code != 0)
    said = [line for line in done.stderr.splitlines() if '"logger": "security.chain"' not in line]
    assert (said == []) is (code == 0)
    assert "Traceback" not in done.stderr
    assert User.objects.count() == (1 if code == 0 else 0)
