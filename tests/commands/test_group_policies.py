"""Policies of groups: who must have a device from when, and what a stricter group asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from security import outbox, rules
from security.flows import assisted, policies
from security.models import Event, GroupPolicy, Kind
from security.refusals import Reason
from tests import people
from tests.walls import everything

pytestmark = pytest.mark.django_db
DAY = 86400
WHY = ("--reason", "the board wants it")


@pytest.fixture
def employees(db):
    return Group.objects.create(name="employees")


def policy(group=None, **columns):
    return GroupPolicy.objects.create(group=group, **columns)


def in_days(days):
    return timezone.now() + timedelta(days=days)


class TestRequired:
    def test_before_the_day_and_in_the_grace_every_page_says_until_when(self, newcomer, employees, clock):
        newcomer.user.groups.add(employees)
        policy(employees, required_from=in_days(2), grace_days=7)
        for days in (0, 8):
            clock.forward(days * DAY)
            newcomer.sign_in()
            page = newcomer.get("/account/")
            assert page.status_code == 200
            assert "Set up Enhanced Security by 3 December 2036" in page.content.decode()

    def test_after_it_nothing_opens_but_the_way_to_a_device(self, newcomer, employees, clock):
        newcomer.user.groups.add(employees)
        policy(employees, required_from=in_days(2), grace_days=7)
        clock.forward(9 * DAY)
        newcomer.sign_in()
        for path in ("/account/", "/security/", "/account/personal-info/", "/security/sessions/"):
            assert newcomer.get(path).url == "/security/reset/email/", path
        assert newcomer.get("/help/").status_code == 200
        newcomer.walk_to("done")
        assert newcomer.get("/account/").status_code == 200

    def test_whoever_joins_later_has_the_same_grace(self, employees, clock):
        policy(employees, required_from=in_days(0), grace_days=7)
        clock.forward(30 * DAY)
        late = people.make("late@example.com", has_device=False)
        late.user.groups.add(employees)
        assert rules.of(late.user).due_at == timezone.now() + timedelta(days=7)

    def test_others_are_left_alone(self, newcomer, employees, clock):
        policy(employees, required_from=in_days(-1), grace_days=0)
        assert newcomer.sign_in().get("/account/").status_code == 200

    def test_everybody(self, newcomer, owner, clock):
        policy(required_from=in_days(-1), grace_days=0)
        assert newcomer.sign_in().get("/account/").url == "/security/reset/email/"
        assert owner.sign_in().get("/account/").status_code == 200

    def test_a_trusted_browser_of_somebody_with_a_device_is_not_stopped(self, owner, clock):
        policy(required_from=in_days(-1), grace_days=0)
        owner.give_password()
        owner.post("/sign-in/code/", code=owner.phone.code(), trust_browser="on")
        owner.post("/sign-out/")
        assert owner.give_password().url == "/account/"
        assert owner.get("/account/").status_code == 200


class TestStricter:
    def test_of_several_the_strictest_counts(self, owner, employees):
        owner.user.groups.add(employees)
        policy(hold_hours=48)
        policy(employees, hold_hours=24, allows_mailed_code=False, needs_second_approver=True)
        found = rules.of(owner.user)
        assert (found.hold, found.allows_mailed_code, found.needs_second_approver) == (48 * 3600, False, True)
        assert found.allows_recovery_code

    def test_without_a_mailed_code(self, owner, clock):
        policy(allows_mailed_code=False)
        owner.sign_in().walk_to("proof")
        assert owner.post("/security/reset/proof/mail/").status_code == 200
        assert owner.answer("proof", code=owner.phone.code(ahead=1)).status_code == 302

    def test_a_first_device_is_set_up_all_the_same(self, newcomer, clock):
        policy(allows_mailed_code=False)
        newcomer.sign_in().walk_to("done")

    def test_without_recovery_codes(self, owner, clock):
        codes = people.add_codes(owner.user)
        policy(allows_recovery_code=False)
        owner.sign_in().walk_to("proof")
        assert owner.answer("proof", code=codes[0]).status_code == 200

    def test_a_longer_wait(self, owner, clock):
        policy(hold_hours=96)
        owner.begin_locked_out().walk_to("confirm")
        owner.answer_right("confirm")
        assert owner.enrollment.ripens_at == timezone.now() + timedelta(hours=96)

    def test_a_shorter_one_than_the_site_s_changes_nothing(self, owner, clock):
        policy(hold_hours=1)
        assert rules.of(owner.user).hold_risk == 72 * 3600

    def test_a_reset_by_staff_needs_a_second_one(self, owner, clock):
        policy(needs_second_approver=True)
        refusal = assisted.start(owner.user, assisted.Grounds("lost"), actor=people.Actor())
        assert refusal.reason == Reason.SECOND_APPROVER


class TestCommand:
    def test_a_dry_run_says_who_and_changes_nothing(self, operate, newcomer, owner, employees):
        for someone in (newcomer, owner):
            someone.user.groups.add(employees)
        before = everything()
        report = operate("require_mfa", "employees", "--from", "2037-01-15", "--dry-run", "--json", *WHY).data
        assert (report["affected"], report["people"]) == (1, ["new@example.com"])
        assert everything() == before

    def test_it_is_kept_recorded_and_told_once(self, operate, newcomer, owner, employees, clock):
        newcomer.user.groups.add(employees)
        call = ("require_mfa", "employees", "--from", "2037-01-15", "--grace", "7", "--json", *WHY)
        assert operate(*call).data["told"] == 1
        kept = GroupPolicy.objects.get()
        assert (kept.required_from, kept.grace_days) == (datetime(2037, 1, 15, tzinfo=UTC), 7)
        event = Event.objects.get(kind=Kind.POLICY_CHANGED)
        assert (event.person, event.detail["group"], event.detail["reason"]) == (None, "employees", WHY[1])
        outbox.sweep()
        assert [(m.to, m.subject) for m in mail.outbox] == [
            (["new@example.com"], "Set up Enhanced Security for your account")
        ]
        assert "22 January 2037" in mail.outbox[0].body
        assert operate(*call).data["told"] == 0

    def test_everybody_by_name(self, operate, newcomer):
        assert operate("require_mfa", "everybody", "--from", "2037-01-15", *WHY).code == 0
        assert GroupPolicy.objects.get().group is None
        assert operate("require_mfa", "everybody", "--from", "2037-02-15", *WHY).code == 0
        assert GroupPolicy.objects.count() == 1

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            (("nobody", "--from", "2037-01-15", *WHY), 1),
            (("everybody", "--from", "someday", *WHY), 2),
            (("everybody", *WHY), 2),
            (("everybody", "--from", "2037-01-15"), 2),
            (("everybody", "--from", "2037-01-15", "--grace", "-1", *WHY), 2),
            (("everybody", "--from", "2037-01-15", "--grace", "91", *WHY), 2),
            (("everybody", "--from", "9999-12-31", *WHY), 2),
            (("everybody", "--from", "0001-01-01", *WHY), 2),
        ],
    )
    def test_nonsense_changes_nothing(self, operate, db, options, code):
        assert operate("require_mfa", *options).code == code
        assert not GroupPolicy.objects.exists()


def test_a_page_pays_nothing_while_no_group_has_a_policy_and_one_statement_then(
    owner, employees, django_assert_num_queries, policies_are_kept
):
    policy(hold_hours=48)
    rules.of(owner.user)
    with django_assert_num_queries(0):
        assert rules.of(owner.user).hold == 48 * 3600
    policy(employees)
    rules.of(owner.user)
    with django_assert_num_queries(1):
        rules.of(owner.user)


def test_a_change_says_what_was(db):
    kept = policies.change(GroupPolicy(hold_hours=24), reason="a", actor=people.Actor())
    kept.hold_hours = 48
    policies.change(kept, reason="b", actor=people.Actor())
    last = Event.objects.filter(kind=Kind.POLICY_CHANGED).latest("pk").detail
    assert (last["values"], last["before"]) == ({"hold_hours": 48}, {"hold_hours": 24})
