"""Who may replace a device: every row of the table in security/policy.py, when it is offered and in the swap."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from security import policy
from security.actor import Actor
from security.models import Authenticator, Enrollment, Event, Kind, VerificationCode
from security.models.enrollment import Entrance, Proof
from security.policy import Row
from security.refusals import Reason
from security.reset import flow
from tests.people import add_device

DAY = 86400


def row_of_the_swap() -> str:
    kinds = (Kind.AUTHENTICATOR_REPLACED, Kind.AUTHENTICATOR_BOUND)
    return Event.objects.filter(kind__in=kinds).latest("pk").detail["row"]


def live(someone) -> list[str]:
    return [device.name for device in Authenticator.objects.of(someone.user).live()]


def proven_by(someone, proof, entrance=Entrance.RESET) -> Enrollment:
    """An enrollment that is proven in this way; nothing else of it counts for the policy."""
    soon = timezone.now() + timedelta(minutes=30)
    return Enrollment.objects.create(person=someone.user, entrance=entrance, proof=proof, epoch=0, expires_at=soon)


def promised_before(someone, times, *, hours_ago=1.0, entrance=Entrance.RESET):
    """This many enrollments of the past in which a code was mailed."""
    at = timezone.now() - timedelta(hours=hours_ago)
    someone.user.security_profile.change(last_reset_at=at)
    for _ in range(times):
        enrollment = Enrollment.objects.create(
            person=someone.user, epoch=0, entrance=entrance, started_at=at, expires_at=at, ended_at=at
        )
        VerificationCode.objects.create(
            person=someone.user,
            purpose="enrollment",
            enrollment=enrollment,
            address=someone.user.email,
            generation=1,
            epoch=0,
            promised_at=at,
        )


def completed_before(someone, times, *, days_ago=5.0, entrance=Entrance.RESET, proof=Proof.MAILED_CODE):
    """This many swaps of the past."""
    at = timezone.now() - timedelta(days=days_ago)
    someone.user.security_profile.change(last_reset_at=at)
    for _ in range(times):
        Enrollment.objects.create(
            person=someone.user,
            epoch=0,
            entrance=entrance,
            proof=proof,
            started_at=at,
            expires_at=at,
            proved_at=at,
            bound_at=at,
        )


def test_row_1_a_code_of_the_old_device_swaps_at_once(owner, clock):
    owner.sign_in().walk_to("done", way="code")
    assert row_of_the_swap() == Row.OLD_AUTHENTICATOR == "1"
    assert live(owner) == ["New phone"]
    assert not VerificationCode.objects.exists()


def test_row_4a_a_mailed_code_swaps_at_once(owner, clock):
    owner.sign_in().walk_to("done")
    assert row_of_the_swap() == Row.MAILED_CODE == "4a"
    assert live(owner) == ["New phone"]


def test_row_8_staff_are_not_offered_a_mailed_code(staff, clock):
    staff.sign_in().walk_to("proof")
    response = staff.post("/security/reset/proof/mail/")
    assert response.status_code == 200
    assert "not open for your account" in response.content.decode()
    assert staff.enrollment.mail_chosen_at is None


def test_row_8_staff_who_are_locked_out_are_not_either(staff, clock):
    staff.give_password()
    assert "Set up a new mobile device" not in staff.get("/sign-in/code/").content.decode()
    assert staff.post("/sign-in/code/new-device/").status_code == 200
    assert not Enrollment.objects.exists()


def test_row_8_staff_swap_by_row_1(staff, clock):
    staff.sign_in().walk_to("done", way="code")
    assert row_of_the_swap() == "1"
    assert live(staff) == ["New phone"]


def test_a_first_device_needs_a_mailed_code(newcomer, clock):
    newcomer.sign_in().walk_to("done")
    assert row_of_the_swap() == Row.FIRST_DEVICE == "first"
    assert live(newcomer) == ["New phone"]


def test_another_device_needs_a_code_of_one_there_is(owner, clock):
    owner.sign_in()
    owner.post("/security/reset/email/?add=1", email=owner.user.email)
    owner.walk_to("done", way="code")
    assert row_of_the_swap() == Row.ANOTHER_DEVICE == "another"
    assert live(owner) == ["Old phone", "New phone"]


def test_another_device_is_never_added_by_a_mailed_code(owner, clock):
    owner.sign_in()
    owner.post("/security/reset/email/?add=1", email=owner.user.email)
    owner.walk_to("proof")
    assert owner.post("/security/reset/proof/mail/").status_code == 200
    assert owner.answer("notice").status_code == 302
    assert not VerificationCode.objects.exists()


@pytest.mark.parametrize("proof", ["", "password"])
def test_nothing_else_proves_anything(owner, clock, proof):
    decision = policy.decide(proven_by(owner, proof), owner.user.security_profile)
    assert (decision.row, decision.refusal.reason) == (None, Reason.NOT_OFFERED)


@pytest.mark.parametrize(
    ("entrance", "proof", "row"),
    [
        (Entrance.RESET, Proof.AUTHENTICATOR, Row.OLD_AUTHENTICATOR),
        (Entrance.RESET, Proof.PASSKEY, Row.PASSKEY),
        (Entrance.RESET, Proof.RECOVERY_CODE, Row.RECOVERY_CODE),
        (Entrance.RESET, Proof.MAILED_CODE, Row.MAILED_CODE_HELD),
        (Entrance.SIGN_IN, Proof.MAILED_CODE, Row.MAILED_CODE_HELD),
        (Entrance.LINK, Proof.STAFF, Row.STAFF_LINK),
        (Entrance.ADD, Proof.AUTHENTICATOR, Row.ANOTHER_DEVICE),
        (Entrance.ADD, Proof.MAILED_CODE, None),
        (Entrance.SET_UP, Proof.MAILED_CODE, None),  # there is a device by now
    ],
)
def test_the_table_for_somebody_with_a_device(owner, clock, entrance, proof, row):
    assert policy.decide(proven_by(owner, proof, entrance), owner.user.security_profile).row == row


def test_the_table_for_somebody_without_one(newcomer, clock):
    first = proven_by(newcomer, Proof.MAILED_CODE, Entrance.SET_UP)
    assert policy.decide(first, newcomer.user.security_profile).row == "first"


def test_three_resets_by_mail_may_be_started_a_day(owner, clock):
    promised_before(owner, 2)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None
    promised_before(owner, 1, hours_ago=2)
    refusal = policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile)
    assert refusal.reason == Reason.MAIL_CLOSED
    assert refusal.until == timezone.now() + timedelta(hours=22)
    assert policy.mailed_code(owner.user, Entrance.SIGN_IN, owner.user.security_profile) is not None


def test_the_start_of_yesterday_is_forgotten(owner, clock):
    promised_before(owner, 3, hours_ago=23.99)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is not None
    clock.forward(60)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None


def test_the_enrollment_under_way_is_not_a_start_too_many(owner, clock):
    promised_before(owner, 2)
    owner.sign_in().walk_to("code")
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile, this=owner.enrollment) is None
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is not None
    owner.walk_to("done")


def test_a_start_is_one_in_which_a_code_was_mailed(owner, clock):
    owner.sign_in()
    for _ in range(5):
        owner.answer("email", email=owner.user.email)
        owner.walk_to("notice")
        owner.post("/security/reset/cancel/")
        clock.forward(1)
    assert Enrollment.objects.count() == 5
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None


def test_two_resets_by_mail_may_be_completed_in_thirty_days(owner, clock):
    completed_before(owner, 1)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None
    completed_before(owner, 1, days_ago=10)
    refusal = policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile)
    assert refusal.reason == Reason.MAIL_CLOSED
    assert refusal.until == timezone.now() + timedelta(days=20)
    clock.forward(20 * DAY)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None


def test_what_was_not_proven_by_mail_does_not_count(owner, clock):
    completed_before(owner, 4, proof=Proof.AUTHENTICATOR)
    completed_before(owner, 4, entrance=Entrance.SET_UP)
    promised_before(owner, 4, entrance=Entrance.SET_UP)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None


def test_the_caps_never_close_a_first_set_up(newcomer, clock):
    promised_before(newcomer, 5)
    completed_before(newcomer, 5)
    assert policy.mailed_code(newcomer.user, Entrance.SET_UP, newcomer.user.security_profile) is None


def test_the_caps_of_others_do_not_count(owner, stranger, clock):
    promised_before(stranger, 5)
    completed_before(stranger, 5)
    assert policy.mailed_code(owner.user, Entrance.RESET, owner.user.security_profile) is None


def test_the_caps_do_not_close_row_1(owner, clock):
    promised_before(owner, 5)
    completed_before(owner, 5)
    owner.sign_in().walk_to("done", way="code")
    assert row_of_the_swap() == "1"


def test_a_capped_account_is_told_when_and_which_way_is_open(owner, clock):
    promised_before(owner, 3)
    owner.sign_in().walk_to("proof")
    page = owner.screen("proof").content.decode()
    again_at = date_format(timezone.now() + timedelta(hours=23), "DATETIME_FORMAT")
    assert f"It is possible again from {again_at}." in page
    assert 'name="code"' in page  # the old device works until then
    assert owner.post("/security/reset/proof/mail/").status_code == 200
    assert owner.enrollment.mail_chosen_at is None


def becomes_staff(owner):
    type(owner.user).objects.filter(pk=owner.user.pk).update(is_staff=True)


def reaches_the_cap(owner):
    completed_before(owner, 2)


def got_a_device_meanwhile(owner):
    add_device(owner.user, "Tablet")


@pytest.mark.parametrize("change", [becomes_staff, reaches_the_cap])
@pytest.mark.parametrize("screen", ["notice", "confirm"])
def test_the_row_is_decided_again_at_every_turn(owner, clock, change, screen):
    owner.sign_in().walk_to(screen)
    change(owner)
    response = owner.answer_right(screen)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert live(owner) == ["Old phone"]
    assert owner.enrollment.bound_at is None


def test_a_first_device_is_none_any_more_once_there_is_another(newcomer, clock):
    newcomer.sign_in().walk_to("confirm")
    got_a_device_meanwhile(newcomer)
    assert newcomer.answer_right("confirm").status_code == 200
    assert live(newcomer) == ["Tablet"]


def test_the_swap_itself_asks_the_policy_whoever_calls_it(owner, clock):
    session = owner.sign_in().walk_to("confirm").client.session
    reaches_the_cap(owner)
    refusal = flow.confirm(owner.enrollment, owner.new_phone.code(), session=session, actor=Actor())
    assert refusal.reason == Reason.MAIL_CLOSED
    assert live(owner) == ["Old phone"]
