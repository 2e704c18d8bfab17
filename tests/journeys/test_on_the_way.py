"""Small things on the way: a button that is refused, a pasted sentence, and what is said before and after."""

import re

import pytest

from security.models import OutboxMessage
from security.refusals import Reason, Refusal
from security.reset import start
from tests.people import add_codes
from tests.sheets import PAGE, STEP_UP, prove

pytestmark = pytest.mark.django_db


def place_of_the_field(page: str, path: str) -> str:
    """Where the form with the code is sent: its own address, else that of the page."""
    form = re.search(r"<form[^>]*>(?:(?!</form>).)*<input[^>]*\bname=\"code\"", page, re.S)
    assert form
    action = re.search(r'action="([^"]*)"', form[0].split(">")[0])
    return action[1] if action else path


def test_a_refused_new_device_leaves_the_prompt_for_the_code_as_it_was(owner, clock, monkeypatch):
    owner.give_password()
    monkeypatch.setattr(start, "begin_locked_out", lambda *args, **more: Refusal(Reason.MAIL_CLOSED))
    page = owner.post("/sign-in/code/new-device/").content.decode()
    assert "We cannot send a code by e-mail" in page
    assert owner.post(place_of_the_field(page, "/sign-in/code/new-device/"), code=owner.phone.code()).url == "/account/"


def test_a_new_code_that_is_refused_takes_the_old_one(owner, clock):
    owner.sign_in().walk_to("code")
    code = owner.mailed_code()
    path = "/security/reset/code/again/"
    page = owner.post(path).content.decode()
    assert "A code was sent a moment ago." in page
    sent = OutboxMessage.objects.count()
    assert owner.post(place_of_the_field(page, path), code=code).url == "/security/reset/verified/"
    assert OutboxMessage.objects.count() == sent


def test_a_refused_choice_of_mail_still_takes_a_code_of_the_device(owner, clock, monkeypatch):
    owner.sign_in().walk_to("proof")
    clock.forward(31)
    monkeypatch.setattr("security.reset.flow.choose_mail", lambda enrollment: Refusal(Reason.MAIL_CLOSED))
    path = "/security/reset/proof/mail/"
    page = owner.post(path).content.decode()
    assert owner.post(place_of_the_field(page, path), code=owner.phone.code()).url == "/security/reset/verified/"


def test_a_code_that_is_dead_is_not_called_valid(owner, clock):
    owner.sign_in().walk_to("code")
    owner.mailed_code()
    for _ in range(5):
        page = owner.answer("code", code="0000 0000").content.decode()
    assert "no longer works" in page
    assert "Valid for" not in page


def test_the_first_recovery_codes_replace_none(owner, clock):
    owner.sign_in()
    assert "Those you have stop working" not in owner.get(STEP_UP).content.decode()
    prove(owner)
    assert "that you had before" not in owner.post(PAGE).content.decode()
    assert "Those you have stop working" in owner.get(STEP_UP).content.decode()


@pytest.mark.parametrize(
    "typed", ["Your code is {}.", "Tu código: {}", "{}\n", "Code (10 minutes): {}", "  {}  "], ids=range(5)
)
def test_without_a_script_a_sentence_with_the_code_is_taken_too(owner, clock, typed):
    owner.sign_in().walk_to("code")
    code = owner.mailed_code()
    eight = code.replace(" ", "")
    said = typed.format(f"{eight[:4]} {eight[4:]}")
    assert owner.answer("code", code=said).url == "/security/reset/verified/"


def test_whoever_came_by_a_recovery_code_is_told_what_to_do_next(owner, clock):
    codes = add_codes(owner.user)
    owner.give_password()
    owner.post("/sign-in/recovery-code/", code=codes[0])
    page = owner.get("/account/").content.decode()
    assert "You signed in with a recovery code" in page
    assert "You have 9 codes left." in page
    clock.forward(60)
    other = owner.elsewhere().sign_in()
    assert "You signed in with a recovery code" not in other.get("/account/").content.decode()


def test_what_comes_after_a_mailed_code_is_said_before_it(owner, clock):
    add_codes(owner.user)
    page = owner.sign_in().walk_to("notice").screen("notice").content.decode()
    assert "For 3 days after that, your password, addresses and devices can be changed only" in page
