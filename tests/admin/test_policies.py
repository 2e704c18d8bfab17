"""Policies and groups as staff keep them."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from security import outbox, roles
from security.flows import campaigns
from security.models import Event, GroupPolicy, Kind
from tests.admin.test_accounts import WHY, act
from tests.staff import colleague, enter
from tests.walls import everything

pytestmark = pytest.mark.django_db
LIST = "/admin/security/grouppolicy/"
SAID = {
    "required_from_0": "2037-01-15",
    "required_from_1": "00:00",
    "grace_days": "7",
    "allows_recovery_code": "on",
    "hold_hours": "48",
    "reason": "the board wants it",
}


@pytest.fixture
def chief(clock):
    return enter(colleague("security"))


def test_a_policy_is_made_with_its_group_and_recorded(chief):
    assert chief.get(f"{LIST}add/").status_code == 200
    assert chief.post(f"{LIST}add/", **SAID, new_group="employees").status_code == 302
    kept = GroupPolicy.objects.get()
    assert (kept.group.name, kept.grace_days, kept.allows_mailed_code, kept.hold_hours) == ("employees", 7, False, 48)
    event = Event.objects.get(kind=Kind.POLICY_CHANGED)
    assert (event.actor_name, event.detail["reason"]) == (chief.user.email, SAID["reason"])
    chief.post(f"{LIST}{kept.pk}/change/", **(SAID | {"hold_hours": "0"}))
    assert Event.objects.filter(kind=Kind.POLICY_CHANGED).latest("pk").detail["before"] == {"hold_hours": 48}


@pytest.mark.parametrize(
    "wrong",
    [{"reason": ""}, {"hold_hours": "169"}, {"grace_days": "91"}, {"grace_days": "x"}, {"required_from_0": "x"}]
    + [{"required_from_0": day} for day in ("9999-12-31", "2200-01-02", "0001-01-01", "1969-12-31")],
)
def test_nonsense_is_said_and_nothing_is_lost(chief, wrong):
    answer = chief.post(f"{LIST}add/", **(SAID | wrong), new_group="employees")
    assert answer.status_code == 200
    assert "employees" in answer.content.decode()
    assert not GroupPolicy.objects.exists()
    assert not Group.objects.filter(name="employees").exists()


@pytest.mark.parametrize("name", ["support", "Employees"])
def test_a_group_is_not_made_twice_and_a_role_is_no_group(chief, name):
    Group.objects.create(name="employees")
    assert chief.post(f"{LIST}add/", **SAID, new_group=name).status_code == 200
    support = Group.objects.get(name="support")
    assert chief.post(f"{LIST}add/", **SAID, group=support.pk).status_code == 200
    assert not GroupPolicy.objects.exists()


def test_everybody_has_one_policy(chief):
    chief.post(f"{LIST}add/", **SAID)
    assert GroupPolicy.objects.get().group is None
    assert "There is a policy for everybody already" in chief.post(f"{LIST}add/", **SAID).content.decode()


def test_who_is_affected_and_telling_them(chief, newcomer, owner):
    chief.post(f"{LIST}add/", **SAID)
    kept = GroupPolicy.objects.get()
    before = everything(but=("Session.last_seen_at",))
    shown = chief.get(f"{LIST}{kept.pk}/affected/").content.decode()
    assert "new@example.com" in shown
    assert "owner@example.com" not in shown
    assert chief.get(f"{LIST}{kept.pk}/tell/").status_code == 200
    assert everything(but=("Session.last_seen_at",)) == before
    mail.outbox.clear()
    assert chief.post(f"{LIST}{kept.pk}/tell/", **WHY).url.startswith("/admin/security/campaign/")
    campaigns.go_on()
    outbox.sweep()
    assert [m.to for m in mail.outbox if "Set up Enhanced Security" in m.subject] == [["new@example.com"]]


@pytest.mark.parametrize("role", ["none", "support"])
def test_others_do_not_touch_them(clock, role):
    kept = GroupPolicy.objects.create()
    helper = enter(colleague(role))
    for path in ("", "add/", f"{kept.pk}/change/", f"{kept.pk}/affected/", f"{kept.pk}/tell/", f"{kept.pk}/delete/"):
        assert helper.post(LIST + path, **SAID).status_code == 403, path
    assert not Event.objects.filter(kind=Kind.POLICY_CHANGED).exists()


def test_a_policy_is_never_deleted(chief):
    kept = GroupPolicy.objects.create()
    assert chief.post(f"{LIST}{kept.pk}/delete/", post="yes").status_code == 403


def test_somebody_is_put_in_groups_and_keeps_their_roles(chief, owner):
    employees = Group.objects.create(name="employees")
    owner.user.groups.add(Group.objects.get(name="support"))
    assert "employees" in chief.get(act(owner.user, "groups")).content.decode()
    assert "administrator" not in chief.get(act(owner.user, "groups")).content.decode()
    chief.post(act(owner.user, "groups"), **WHY, groups=[employees.pk])
    assert set(owner.user.groups.values_list("name", flat=True)) == {"employees", "support"}
    chief.post(act(owner.user, "groups"), **WHY, groups=[Group.objects.get(name="administrator").pk])
    owner.user.refresh_from_db()
    assert not owner.user.groups.filter(name="administrator").exists()
    assert roles.of(owner.user) == []
    events = Event.objects.filter(kind=Kind.GROUPS_CHANGED)
    assert events.get().detail == {"groups": ["employees"], "were": [], "reason": WHY["reason"]}
