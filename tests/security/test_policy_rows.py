"""The table of who may replace a device, row by row, as a person meets it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from security.actor import Actor
from security.flows import recovery_codes
from security.models import Authenticator, Enrollment, Event, Kind, KnownBrowser, SecurityProfile
from security.models.enrollment import Proof
from security.models.throttle import Factor, Throttle
from security.sessions import SessionStore
from tests.people import add_device, long_ago

DAY = 86400
SWAPS = (Kind.AUTHENTICATOR_REPLACED, Kind.AUTHENTICATOR_BOUND)


def outcome(someone) -> tuple[str, str, int]:
    """By which row the journey went, and whether it was done at once or has to wait, and how long."""
    event = Event.objects.filter(person=someone.user, kind__in=(*SWAPS, Kind.ENROLLMENT_HELD)).latest("pk")
    verb = "held" if event.kind == Kind.ENROLLMENT_HELD else "swapped"
    return event.detail["row"], verb, int(event.detail["hold"])


def has_two_addresses(someone) -> None:
    columns = {"recovery_email": "spare@example.com", "recovery_email_confirmed_at": long_ago()}
    type(someone.user).objects.filter(pk=someone.user.pk).update(**columns)
    someone.user.refresh_from_db()


def is_known_here(someone, *, for_days: float) -> None:
    """A second factor was completed in this browser that long ago."""
    someone.sign_in()
    someone.post("/sign-out/")
    KnownBrowser.objects.filter(person=someone.user).update(made_at=timezone.now() - timedelta(days=for_days))


def profile(someone, **columns) -> None:
    SecurityProfile.objects.filter(person=someone.user).update(**columns)


def locked_out(someone):
    return someone.begin_locked_out().walk_to("confirm").answer_right("confirm")


def test_row_1_a_code_of_the_old_device_swaps_at_once(owner, clock):
    owner.sign_in().walk_to("done", "code")
    assert outcome(owner) == ("1", "swapped", 0)


def test_row_3_a_recovery_code_swaps_at_once_and_the_set_dies(owner, clock):
    sheet = recovery_codes.make(owner.user, session=SessionStore(), actor=Actor())
    owner.sign_in().walk_to("proof")
    assert owner.answer("proof", code=sheet.codes[3].lower()).url == "/security/reset/verified/"
    owner.walk_to("done")
    assert outcome(owner) == ("3", "swapped", 0)
    assert recovery_codes.state(owner.user) is None


def test_row_4a_a_mailed_code_in_a_live_session_with_a_second_factor_swaps_at_once(owner, clock):
    owner.sign_in().walk_to("done")
    assert outcome(owner) == ("4a", "swapped", 0)
    assert SecurityProfile.objects.get(person=owner.user).probation_until == timezone.now() + timedelta(days=3)


def test_row_4a_a_mailed_code_in_a_known_browser_swaps_at_once(owner, clock):
    is_known_here(owner, for_days=7)
    clock.forward(31)
    assert locked_out(owner).url == "/security/"
    assert outcome(owner) == ("4a", "swapped", 0)


def test_row_4b_a_browser_known_for_less_than_seven_days_waits(owner, clock):
    has_two_addresses(owner)
    is_known_here(owner, for_days=6.9)
    clock.forward(31)
    assert locked_out(owner).url == "/security/reset/held/"
    assert outcome(owner) == ("4b", "held", DAY)


def test_row_4b_a_known_browser_of_another_family_waits(owner, clock):
    has_two_addresses(owner)
    is_known_here(owner, for_days=30)
    KnownBrowser.objects.update(family="Safari (iOS)")
    clock.forward(31)
    locked_out(owner)
    assert outcome(owner) == ("4b", "held", DAY)


def test_row_4b_from_a_strange_browser_waits_24_hours(owner, clock):
    has_two_addresses(owner)
    locked_out(owner)
    assert outcome(owner) == ("4b", "held", DAY)
    assert Authenticator.objects.of(owner.user).live().get().name == "Old phone"


def test_row_4b_with_one_address_on_file_waits_72_hours(owner, clock):
    locked_out(owner)
    assert outcome(owner) == ("4b", "held", 3 * DAY)


def test_one_address_does_not_turn_4a_into_4b(owner, clock):
    assert len(owner.user.notification_addresses()) == 1
    owner.sign_in().walk_to("done")
    assert outcome(owner)[0] == "4a"


def five_wrong_second_factors(someone):
    failed = [timezone.now().timestamp() - 60] * 5
    row = {"subject": f"{someone.user.pk}", "factor": Factor.AUTHENTICATOR}
    Throttle.objects.update_or_create(defaults={"failures": 0, "failed_at": failed, "closed_until": None}, **row)
    profile(someone, last_wrong_at=timezone.now())


def another_reset(someone):
    at = timezone.now() - timedelta(days=29)
    common = {"person": someone.user, "epoch": 0, "entrance": "reset", "proof": "mailed_code", "started_at": at}
    Enrollment.objects.create(expires_at=at, proved_at=at, bound_at=at, **common)
    profile(someone, last_reset_at=at)


def a_bounced_notice(someone):
    SecurityProfile.objects.of(someone.user).change(mail_refused_at=timezone.now() - timedelta(days=29))


@pytest.mark.parametrize("risk", [five_wrong_second_factors, another_reset, a_bounced_notice])
def test_row_4b_a_risk_signal_makes_even_a_comfortable_journey_wait_72_hours(owner, clock, risk):
    has_two_addresses(owner)
    owner.sign_in()
    risk(owner)
    owner.walk_to("confirm")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert outcome(owner) == ("4b", "held", 3 * DAY)
    assert Event.objects.get(kind=Kind.ENROLLMENT_HELD).detail["risks"]


def test_four_wrong_second_factors_are_no_signal(owner, clock):
    owner.sign_in()
    five_wrong_second_factors(owner)
    Throttle.objects.filter(subject=str(owner.user.pk)).update(failed_at=[timezone.now().timestamp()] * 4)
    owner.walk_to("done")
    assert outcome(owner)[0] == "4a"


def test_row_5_the_mailbox_alone_gets_nowhere(owner, clock):
    """Without the password the journey cannot even be entered."""
    owner.post("/sign-in/", email=owner.user.email)
    assert owner.post("/sign-in/code/new-device/").url == "/sign-in/"
    assert owner.screen("notice").url == "/sign-in/"
    assert not Enrollment.objects.exists()


def recovered(someone):
    profile(someone, mail_closed_until=timezone.now() + timedelta(days=3))


def frozen(someone):
    profile(someone, frozen_at=timezone.now(), frozen_until=timezone.now() + timedelta(days=3))


def on_probation(someone):
    now = timezone.now()
    profile(someone, probation_since=now - timedelta(hours=1), probation_until=now + timedelta(days=2))


def new_address(someone):
    type(someone.user).objects.filter(pk=someone.user.pk).update(email_changed_at=timezone.now())


@pytest.mark.parametrize("state", [recovered, frozen, on_probation, new_address])
def test_row_6_a_mailed_code_is_not_offered_and_the_page_says_until_when(owner, clock, state):
    owner.sign_in().walk_to("proof")
    state(owner)
    shown = owner.screen("proof").content.decode()
    assert "Set up a new mobile device" not in shown
    assert re.search(r"\d (November|December) 2036", shown)
    assert 'name="code"' in shown
    assert owner.post("/security/reset/proof/mail/").status_code == 200
    assert owner.enrollment.mail_chosen_at is None


@pytest.mark.parametrize("state", [recovered, frozen, on_probation, new_address])
def test_row_6_holds_at_every_later_screen(owner, clock, state):
    owner.sign_in().walk_to("confirm")
    state(owner)
    assert owner.answer_right("confirm").status_code == 200
    assert Authenticator.objects.of(owner.user).live().get().name == "Old phone"


def test_row_6_rows_1_and_3_wait_24_hours_after_a_forgotten_password(owner, clock):
    recovered(owner)
    owner.sign_in().walk_to("confirm", "code")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert outcome(owner) == ("1", "held", DAY)


def test_row_6_another_device_waits_as_well(owner, clock):
    """Else whoever holds the unlocked phone would add one instead of replacing it."""
    recovered(owner)
    owner.sign_in()
    owner.post("/security/reset/email/?add=1", email=owner.user.email)
    owner.walk_to("confirm", "code")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert outcome(owner) == ("another", "held", DAY)


def test_row_6_never_closes_a_first_set_up(newcomer, clock):
    recovered(newcomer)
    newcomer.sign_in().walk_to("done")
    assert outcome(newcomer) == ("first", "swapped", 0)


def test_row_8_staff_may_not_use_a_recovery_code_or_a_mailed_one(staff, clock):
    sheet = recovery_codes.make(staff.user, session=SessionStore(), actor=Actor())
    staff.sign_in().walk_to("proof")
    assert staff.post("/security/reset/proof/mail/").status_code == 200
    assert staff.answer("proof", code=sheet.codes[0]).status_code == 200
    assert staff.enrollment.proved_at is None
    Enrollment.objects.update(proved_at=timezone.now(), proof=Proof.RECOVERY_CODE)  # whatever the screens let through
    staff.walk_to("confirm")
    assert staff.answer_right("confirm").status_code == 200
    assert Authenticator.objects.of(staff.user).live().get().name == "Old phone"


def test_the_stricter_of_two_decisions_wins(owner, clock):
    """A risk that was there when the way was offered still counts when it is gone at the end."""
    has_two_addresses(owner)
    owner.sign_in()
    five_wrong_second_factors(owner)
    owner.walk_to("confirm")
    Throttle.objects.all().delete()
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert outcome(owner) == ("4b", "held", 3 * DAY)


def test_a_risk_that_comes_up_on_the_way_counts_too(owner, clock):
    owner.sign_in().walk_to("confirm")
    five_wrong_second_factors(owner)
    assert owner.answer_right("confirm").url == "/security/reset/held/"


def test_a_stolen_cookie_in_another_browser_is_no_comfort(owner, clock):
    has_two_addresses(owner)
    owner.sign_in()
    owner.client.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36"
    owner.client.cookies.pop("browser", None)
    owner.walk_to("confirm")
    assert owner.answer_right("confirm").url == "/security/reset/held/"
    assert outcome(owner) == ("4b", "held", DAY)


def test_waits_of_zero_are_off(owner, clock, settings):
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    assert locked_out(owner).url == "/security/"
    assert outcome(owner) == ("4b", "swapped", 0)


def test_on_probation_row_1_needs_an_older_device(owner, clock):
    tablet = add_device(owner.user, "Tablet")
    clock.forward(1)
    owner.sign_in().walk_to("done")
    owner.phone = owner.new_phone
    clock.forward(31)
    owner.answer("email", email=owner.user.email)
    owner.walk_to("proof")
    refused = owner.answer("proof", code=owner.phone.code())
    assert "changes need an older device" in refused.content.decode()
    assert owner.answer("proof", code=tablet.code()).url == "/security/reset/verified/"
