"""No further than the role: columns that nobody may read, proofs that do not carry over, two people who are two."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from accounts.flows import roles as role_flow
from accounts.models import PortalLink
from security import outbox
from security.actor import Actor
from security.flows import assisted, purging, support
from security.models import AssistedReset, Event, Kind, SecurityProfile, Session, SupportCase
from tests import people
from tests.admin.test_accounts import RESET, WHY, act, page
from tests.staff import colleague, enter, prove

pytestmark = pytest.mark.django_db
LISTS = ["accounts/user", "security/event", "security/outboxmessage", "security/supportcase", "security/assistedreset",
         "security/campaign"]  # fmt: skip


@pytest.mark.parametrize("table", [*LISTS, "accounts/announcement", "accounts/portallink", "security/grouppolicy"])
@pytest.mark.parametrize(
    "query",
    ["password__startswith=a", "mac__startswith=k", "detail__subject=x", "address_digest__startswith=0", "id__regex=(",
     "person__password__startswith=a", "kind__regex=(", "at__year=99999999999", "q=%00", "kind__exact=%00", "foo=1"],
)  # fmt: skip
def test_nothing_is_found_out_by_asking_for_a_column(clock, table, query):
    chief = enter(colleague("superuser"))
    assert chief.get(f"/admin/{table}/?{query}").status_code in (302, 400), query


@pytest.mark.parametrize("query", ["at__gte=x", "foo=1", "kind__foo=1", "q=%00", "password__startswith=a"])
def test_an_odd_export_is_refused(clock, query):
    chief = enter(colleague("security"))
    assert chief.post(f"/admin/security/event/export/csv/?{query}").status_code == 400
    assert not Event.objects.filter(kind=Kind.EVENTS_EXPORTED).exists()


def test_the_password_alone_opens_nothing_for_staff(clock):
    sam = people.make("sam@example.com", has_device=False, is_staff=True, is_superuser=True).sign_in()
    sam.post("/security/step-up/?for=staff&next=/admin/", password=people.PASSWORD)
    assert Session.objects.get(person=sam.user).staff_proof_at is None
    sam.walk_to("done")
    assert "/security/step-up/" in sam.get("/admin/").url


def test_the_proof_ends_with_every_change_of_their_own(clock):
    sam = enter(colleague("superuser"))
    clock.forward(60)
    sam.walk_to("done", way="code")
    assert "/security/step-up/" in sam.get("/admin/").url


def test_the_proof_of_one_browser_is_none_in_another(clock):
    sam = enter(colleague("superuser"))
    clock.forward(60)
    elsewhere = {"headers": {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36"}}
    sam.client.post("/security/step-up/", {"code": sam.phone.code()}, **elsewhere)
    assert "/security/step-up/" in sam.client.get("/admin/", **elsewhere).url


def test_on_probation_a_new_device_opens_nothing_for_staff(clock):
    sam = colleague("superuser")
    profile = SecurityProfile.objects.of(sam.user)
    clock.forward(1)
    now = sam.user.security_profile.created_at.replace(year=2036, month=12)
    profile.change(probation_since=sam.user.authenticators.get().bound_at, probation_until=now.replace(day=31))
    sam.sign_in()
    answer = sam.post("/security/step-up/?for=staff", code=sam.phone.code(ahead=1))
    assert answer.status_code == 200
    assert "older device" in answer.content.decode()


class TestTwoPeople:
    def test_taking_somebodys_role_away_is_no_way_around_the_second_one(self, clock):
        chief, helper = enter(colleague("administrator")), colleague("support", "helper@example.com")
        chief.post(act(helper.user, "roles"), **WHY)
        chief.post(act(helper.user, "reset"), **RESET)
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()
        assert AssistedReset.objects.pending().count() == 1

    def test_a_superuser_is_above_an_administrator(self, clock):
        chief, boss = enter(colleague("administrator")), colleague("superuser")
        assert chief.post(act(boss.user, "roles"), **WHY).status_code == 403

    def test_a_request_does_not_outlive_the_role_of_who_asked(self, owner, clock):
        one, other = enter(colleague("security", "one@example.com")), enter(colleague("security", "other@example.com"))
        one.post(act(owner.user, "reset"), **RESET, wants_second="on")
        role_flow.assign(one.user, [], reason="left", actor=Actor())
        answer = other.post(f"/admin/security/assistedreset/{AssistedReset.objects.get().pk}/approve/decide/", **WHY)
        assert answer.status_code == 200
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()

    def test_who_got_the_role_after_the_request_does_not_approve_it(self, owner, clock):
        one, other = enter(colleague("security", "one@example.com")), colleague("none", "other@example.com")
        one.post(act(owner.user, "reset"), **RESET, wants_second="on")
        clock.forward(1)
        role_flow.assign(other.user, ["security"], reason="quickly", actor=Actor())
        clock.forward(60)
        enter(other)
        answer = other.post(f"/admin/security/assistedreset/{AssistedReset.objects.get().pk}/approve/decide/", **WHY)
        assert answer.status_code == 200
        assert not Event.objects.filter(kind=Kind.ASSISTED_RESET_STARTED).exists()

    def test_who_sent_the_link_does_not_thaw_what_the_owner_froze_because_of_it(self, owner, clock):
        one, other = enter(colleague("security", "one@example.com")), colleague("security", "other@example.com")
        one.post(act(owner.user, "reset"), **RESET)
        change = Event.objects.get(kind=Kind.ASSISTED_RESET_STARTED)
        clock.forward(60)
        profile = SecurityProfile.objects.of(owner.user)
        later = change.at.replace(year=2037)
        profile.change(frozen_at=change.at, frozen_until=later, contested_event=change)
        answer = one.post(act(owner.user, "thaw"), **WHY)
        assert "A second member of staff" in answer.content.decode()
        enter(other)
        assert other.post(act(owner.user, "thaw"), **WHY).status_code == 302


def test_a_long_address_of_staff_is_recorded_whole(owner, clock):
    email = f"{'long.' * 12}name@{'sub.' * 40}example.com"
    helper = enter(colleague("security", email))
    helper.post(act(owner.user, "freeze"), **WHY)
    assert Event.objects.get(kind=Kind.ACCOUNT_FROZEN).actor_name == email


def test_what_is_so_already_is_said_and_not_recorded(owner, clock):
    helper = enter(colleague("security"))
    answer = helper.client.post(act(owner.user, "thaw"), WHY, follow=True)
    assert "That is how it is already." in answer.content.decode()
    assert not Event.objects.filter(kind=Kind.ACCOUNT_THAWED).exists()


def test_the_same_roles_in_another_order_are_no_change(owner, clock):
    for role in ("support", "security"):
        owner.user.groups.add(Group.objects.get(name=role))
    owner.user.is_staff = True
    owner.user.save()
    assert not role_flow.assign(owner.user, ["security", "support", "support"], reason="x", actor=Actor())


def test_open_cases_come_first(owner, stranger, clock):
    for someone in (owner, stranger):
        support.open(someone.user.email, "help", actor=Actor())
    first, second = SupportCase.objects.order_by("pk")
    support.close(first, reason="done", actor=Actor())
    shown = enter(colleague("support")).get("/admin/security/supportcase/").content.decode()
    assert shown.index(second.public_id) < shown.index(first.public_id)


def test_a_case_of_before_the_account_does_not_shut_its_owner_out(clock):
    support.open("later@example.com", "hello", actor=Actor())
    later = people.make("later@example.com")
    support.open("later@example.com", "help", actor=Actor())
    assert SupportCase.objects.get().person == later.user


def test_old_requests_do_not_stand_in_the_way_of_purging(owner, clock):
    one = colleague("security")
    assisted.request(owner.user, assisted.Grounds("lost"), staff=one.user, actor=Actor())
    outbox.sweep()
    clock.forward(500 * 86400)
    dry = purging.purge(actor=Actor(), dry_run=True)
    assert purging.purge(actor=Actor()) == dry
    assert dry["requests for a reset"] == dry["events"] == 1
    assert not AssistedReset.objects.exists()


ANNOUNCED = {"severity": "news", "starts_at_0": "2036-11-24", "starts_at_1": "12:00", "texts-TOTAL_FORMS": "0",
             "texts-INITIAL_FORMS": "0", "reason": "the mail server is slow"}  # fmt: skip
LINKED = {"place": "menu", "link": "/help/", "position": "1", "texts-TOTAL_FORMS": "0", "texts-INITIAL_FORMS": "0",
          "reason": "asked for by sales"}  # fmt: skip


@pytest.mark.parametrize(("table", "said"), [("announcement", ANNOUNCED), ("portallink", LINKED)])
def test_what_staff_put_into_the_portal_has_a_reason_and_is_an_event(clock, table, said):
    chief = enter(colleague("administrator"))
    there = f"/admin/accounts/{table}/"
    recorded = Event.objects.filter(kind=Kind.PORTAL_CHANGED).order_by("pk")
    rows = apps.get_model("accounts", table).objects
    assert chief.post(f"{there}add/", **(said | {"reason": " "})).status_code == 200
    assert not rows.exists()
    assert chief.post(f"{there}add/", **said).status_code == 302
    row = rows.get()
    assert chief.post(f"{there}{row.pk}/change/", **said).status_code == 302
    assert chief.get(f"{there}{row.pk}/remove/").status_code == 200
    assert chief.post(f"{there}{row.pk}/remove/", reason="").status_code == 200
    assert chief.post(f"{there}{row.pk}/delete/", post="yes").status_code == 403
    assert rows.exists()
    assert chief.post(f"{there}{row.pk}/remove/", reason="it is over").status_code == 302
    assert not rows.exists()
    assert [event.detail["what"].split(":")[0] for event in recorded] == ["added", "changed", "removed"]
    assert [event.detail["reason"] for event in recorded] == [said["reason"], said["reason"], "it is over"]
    assert {event.actor_name for event in recorded} == {chief.user.email}


@pytest.mark.parametrize(
    "moment", [{"starts_at_0": "0001-01-01"}, {"starts_at_0": "9999-12-31"}, {"ends_at_0": "9999-12-31"}]
)
def test_an_announcement_is_of_a_time_that_every_clock_can_tell(clock, moment):
    chief = enter(colleague("administrator"))
    said = ANNOUNCED | {"ends_at_0": "2036-11-25", "ends_at_1": "23:59"}
    assert chief.post("/admin/accounts/announcement/add/", **(said | moment)).status_code == 200
    assert not apps.get_model("accounts", "announcement").objects.exists()
    assert chief.post("/admin/accounts/announcement/add/", **said).status_code == 302


@pytest.mark.parametrize("role", ["none", "support", "security"])
def test_others_put_nothing_into_the_portal_and_take_nothing_away(clock, role):
    link = PortalLink.objects.create(place="menu", link="/help/")
    helper = enter(colleague(role))
    for path in ("add/", f"{link.pk}/change/", f"{link.pk}/remove/", f"{link.pk}/delete/"):
        assert helper.post(f"/admin/accounts/portallink/{path}", **LINKED).status_code == 403, path
    assert PortalLink.objects.get().position == 0


def test_the_page_of_somebody_else_s_account_is_not_theirs_to_prove(owner, clock):
    helper = colleague("support")
    helper.sign_in()
    assert "/security/step-up/" in helper.get(page(owner.user)).url
    prove(helper)
    assert helper.get(page(owner.user)).status_code == 200
