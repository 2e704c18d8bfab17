"""docs/ways-back.md, lived through: in every state there is a way back in, and it is the one that is written."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone

from accounts.flows import password
from security import outbox
from security.actor import Actor
from security.flows import recovery_codes
from security.models import Authenticator, Enrollment, Event, Kind, SecurityProfile, SupportCase
from security.sessions import SessionStore
from tests.keys import give, show
from tests.links import LINK
from tests.people import PASSWORD, add_device, long_ago

TABLE = Path(__file__).resolve().parents[2] / "docs" / "ways-back.md"
DAY = 86400
ANOTHER = "purple harbour candle seventeen"


def has_two_addresses(owner):
    columns = {"recovery_email": "spare@example.com", "recovery_email_confirmed_at": long_ago()}
    type(owner.user).objects.filter(pk=owner.user.pk).update(**columns)
    owner.user.refresh_from_db()


def has_codes(owner):
    owner.codes = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor()).codes
    owner.user.refresh_from_db()


def password_was_reset_yesterday(owner):
    until = timezone.now() + timedelta(days=6)
    SecurityProfile.objects.filter(person=owner.user).update(mail_closed_until=until)


def uses(owner, code, path="/sign-in/recovery-code/"):
    owner.give_password()
    return owner.post(path, code=code)


def is_back(owner):
    """Signed in, with the new device and no other."""
    assert owner.get("/account/").status_code == 200
    assert [device.name for device in Authenticator.objects.of(owner.user).live()] == ["New phone"]


def waits_and_takes_over(owner, clock, seconds):
    owner.walk_to("confirm")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    clock.forward(seconds - 60)
    owner.give_password()
    assert owner.post("/sign-in/code/", code=owner.new_phone.code()).status_code == 200
    clock.forward(61)
    owner.give_password()
    assert owner.post("/sign-in/code/", code=owner.new_phone.code()).url == "/account/"
    is_back(owner)


def phone_lost_signed_in_elsewhere(owner, clock):
    owner.sign_in().walk_to("done")
    is_back(owner)


def phone_lost_with_recovery_codes(owner, clock):
    has_codes(owner)
    assert uses(owner, owner.codes[0]).url == "/account/"
    owner.walk_to("proof")
    owner.answer("proof", code=owner.codes[1])
    owner.walk_to("done")
    is_back(owner)


def resets_with(owner, key):
    owner.get("/security/")
    owner.walk_to("proof")
    assert show(owner, "/security/reset/proof/passkey/", key).status_code == 200
    owner.walk_to("done")
    is_back(owner)


def phone_lost_with_a_passkey(owner, clock):
    key = give(owner)
    assert show(owner, "/sign-in/passkey/", key).status_code == 200
    resets_with(owner, key)


def password_forgotten_and_phone_lost_with_a_passkey(owner, clock):
    key = give(owner)
    owner.post("/forgot-password/", email=owner.user.email)
    outbox.sweep()
    link = LINK.search(mail.outbox[-1].body)[1]
    assert show(owner, f"{link}passkey/", key).status_code == 200
    assert owner.post(link, new_password=PASSWORD).url.startswith("/sign-in/")
    owner.user.refresh_from_db()
    assert show(owner, "/sign-in/passkey/", key).status_code == 200
    resets_with(owner, key)


def phone_lost_another_device(owner, clock):
    tablet = add_device(owner.user, "Tablet")
    assert uses(owner, tablet.code(), "/sign-in/code/").url == "/account/"
    clock.forward(31)
    owner.walk_to("proof")
    owner.answer("proof", code=tablet.code())
    owner.walk_to("done")
    assert {device.name for device in Authenticator.objects.of(owner.user).live()} == {"New phone", "Tablet"}


def phone_lost_no_codes(owner, clock):
    has_two_addresses(owner)
    owner.begin_locked_out()
    waits_and_takes_over(owner, clock, DAY)


def phone_lost_one_address(owner, clock):
    owner.begin_locked_out()
    waits_and_takes_over(owner, clock, 3 * DAY)


def phone_stolen(owner, clock):
    owner.begin_locked_out().walk_to("notice")
    owner.answer("notice", stolen="on")
    owner.walk_to("verified")
    clock.forward(31)
    thief = owner.elsewhere()
    assert uses(thief, owner.phone.code(), "/sign-in/code/").status_code == 200
    waits_and_takes_over(owner, clock, 3 * DAY)


def password_forgotten(owner, clock):
    owner.post("/forgot-password/", email=owner.user.email)
    outbox.sweep()
    [letter] = [m for m in mail.outbox if "/forgot-password/" in m.body]
    link = "/forgot-password/" + letter.body.split("/forgot-password/")[1].split()[0]
    assert owner.post(link, new_password=ANOTHER, code=owner.phone.code()).status_code == 302
    clock.forward(31)
    owner.post("/sign-in/", email=owner.user.email)
    assert owner.post("/sign-in/password/", password=ANOTHER).url == "/sign-in/code/"
    assert owner.post("/sign-in/code/", code=owner.phone.code()).url == "/account/"
    clock.forward(31)
    owner.post("/security/reset/email/", email=owner.user.email)
    owner.answer("password", password=ANOTHER)
    assert "Set up a new mobile device" not in owner.screen("proof").content.decode()


def password_reset_yesterday_phone_lost_with_recovery_codes(owner, clock):
    has_codes(owner)
    password_was_reset_yesterday(owner)
    uses(owner, owner.codes[0])
    owner.walk_to("proof")
    owner.answer("proof", code=owner.codes[1])
    waits_and_takes_over(owner, clock, DAY)


def password_reset_yesterday_phone_lost_no_codes(owner, clock):
    password_was_reset_yesterday(owner)
    owner.give_password()
    refused = owner.post("/sign-in/code/new-device/").content.decode()
    assert "30 November 2036" in refused
    clock.forward(6 * DAY)
    owner.begin_locked_out()
    waits_and_takes_over(owner, clock, 3 * DAY)


def password_forgotten_and_phone_lost_no_codes(owner, clock):
    owner.post("/help/ask-support/", email=owner.user.email)
    assert SupportCase.objects.get().person == owner.user


def hold_running(owner, clock):
    owner.begin_locked_out().walk_to("confirm").answer_right("confirm")
    clock.forward(60)
    finder = owner.elsewhere().sign_in_past_the_question()
    finder.post("/security/reset/cancel/")
    assert not Enrollment.objects.of(owner.user).waiting().exists()
    assert finder.get("/account/").status_code == 200


def hold_lapsed(owner, clock):
    owner.begin_locked_out().walk_to("confirm").answer_right("confirm")
    clock.forward(10 * DAY + 1)
    owner.begin_locked_out()
    waits_and_takes_over(owner, clock, 3 * DAY)


def in_probation(owner, clock):
    tablet = add_device(owner.user, "Tablet")
    clock.forward(1)
    owner.sign_in().walk_to("done")
    clock.forward(31)
    owner.phone = owner.new_phone
    owner.elsewhere().sign_in()
    path = "/security/step-up/?for=email&next=/account/"
    assert owner.post(path, password=PASSWORD, code=tablet.code()).url == "/account/"


def frozen(owner, clock):
    owner.elsewhere().sign_in().walk_to("done")
    outbox.sweep()
    [letter] = [m for m in mail.outbox if "was replaced" in m.subject]
    link = "/security/undo/" + letter.body.split("/security/undo/")[1].split()[0]
    owner.post(link)
    clock.forward(31)
    assert (
        "yours again"
        in owner.post(link, password=PASSWORD, code=owner.phone.code(), new_password=ANOTHER).content.decode()
    )


def frozen_nothing_older_left(owner, clock):
    owner.sign_in().walk_to("notice")
    owner.answer("notice", stolen="on")
    owner.walk_to("done")
    outbox.sweep()
    [letter] = [m for m in mail.outbox if "was replaced" in m.subject]
    link = "/security/undo/" + letter.body.split("/security/undo/")[1].split()[0]
    owner.elsewhere().post(link)
    shown = owner.elsewhere().get(link).content.decode()
    assert "Ask support" in shown
    clock.forward(3 * DAY + 1)
    owner.phone = owner.new_phone
    owner.elsewhere().sign_in()


def too_many_wrong_codes(owner, clock):
    has_codes(owner)
    owner.give_password()
    for n in range(6):
        owner.post("/sign-in/code/", code=f"00000{n}")
    assert "Too many wrong answers" in owner.post("/sign-in/code/", code=owner.phone.code()).content.decode()
    assert owner.post("/sign-in/recovery-code/", code=owner.codes[0]).url == "/account/"
    clock.forward(3601)
    owner.elsewhere().sign_in()


def password_known_to_others(owner, clock):
    password.expose(owner.user, reason="it was on a list", actor=Actor())
    owner.sign_in()
    assert owner.get("/account/").url == "/security/password/"
    clock.forward(31)
    owner.post("/security/step-up/?for=password&next=/security/password/", code=owner.phone.code())
    assert owner.post("/security/password/", password=PASSWORD, new_password=ANOTHER).status_code == 302
    assert owner.get("/account/").status_code == 200


def browser_trusted_phone_lost(owner, clock):
    owner.give_password()
    owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
    owner.post("/sign-out/")
    assert owner.give_password().url == "/account/"
    assert owner.screen("email").status_code == 200
    has_two_addresses(owner)
    owner.answer("email", email=owner.user.email)
    owner.walk_to("confirm")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert Event.objects.get(kind=Kind.ENROLLMENT_HELD).detail["hold"] == DAY


def state_of(row: str) -> str:
    return re.sub(r"\W+", "_", row).strip("_")


WRITTEN = [line.split("|")[1].strip() for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", WRITTEN)
def test_the_written_way_back(owner, clock, row):
    globals()[state_of(row)](owner, clock)


def test_the_table_names_the_states_that_matter():
    words = " ".join(WRITTEN)
    for state in ("no codes", "one address", "reset yesterday", "phone lost", "hold running", "probation", "frozen"):
        assert state in words
