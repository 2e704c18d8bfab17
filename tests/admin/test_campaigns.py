"""What many people are asked for: begun and stopped with a reason, gone on with by whoever has a minute."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.utils import timezone

from security import chores, outbox
from security.actor import Actor
from security.flows import campaigns, replacement
from security.models import Campaign, Event, GroupPolicy, Kind, SecurityProfile
from security.refusals import Reason
from tests import people
from tests.admin.test_accounts import WHY
from tests.staff import colleague, enter
from tests.walls import everything

pytestmark = pytest.mark.django_db
LIST = "/admin/security/campaign/"


def asked():
    return Event.objects.filter(kind=Kind.REPLACEMENT_REQUIRED).order_by("pk")


def begun(total=4):
    for number in range(total):
        people.make(f"p{number}@example.com")
    return campaigns.replace_all(timezone.now() + timedelta(seconds=1), reason="breach", actor=Actor("staff", "chief"))


def test_everybody_replaces_their_devices(owner, newcomer, clock):
    chief = enter(colleague("security"))
    clock.forward(60)
    before = everything(but=("Session.last_seen_at",))
    assert "2 people have a device by now." in chief.get(f"{LIST}replace-all/").content.decode()
    assert everything(but=("Session.last_seen_at",)) == before
    answer = chief.post(f"{LIST}replace-all/", **WHY)
    campaign = Campaign.objects.get()
    assert answer.url == f"{LIST}{campaign.pk}/change/"
    started = Event.objects.get(kind=Kind.CAMPAIGN_STARTED)
    assert (started.actor_name, started.detail["reason"], started.detail["people"]) == (
        chief.user.email,
        WHY["reason"],
        2,
    )
    assert "0 of about 2" in chief.get(answer.url).content.decode()
    mail.outbox.clear()
    chores.go_on_with_campaigns()
    outbox.sweep()
    campaign.refresh_from_db()
    assert (campaign.seen, campaign.asked, campaign.failed, campaign.is_open) == (2, 2, 0, False)
    assert {event.person_id for event in asked()} == {owner.user.pk, chief.user.pk}
    assert {(event.actor, event.actor_name, event.detail["reason"]) for event in asked()} == {
        ("staff", chief.user.email, WHY["reason"])
    }
    assert {tuple(m.to) for m in mail.outbox} >= {(owner.user.email,)}
    assert chief.get(LIST).url.startswith("/sign-in/")  # they were among them
    clock.forward(60)
    owner.sign_in()
    assert owner.get("/account/").url == "/security/reset/email/"


def test_a_moment_may_be_chosen_and_is_of_the_past(owner, clock):
    chief = enter(colleague("security"))
    said = "2020-01-01T00:00"
    assert chief.post(f"{LIST}replace-all/", **WHY, before="2099-01-01T00:00").status_code == 200
    assert chief.post(f"{LIST}replace-all/", **WHY, before="nonsense").status_code == 200
    assert chief.post(f"{LIST}replace-all/", reason="", before=said).status_code == 200
    assert not Campaign.objects.exists()
    assert chief.post(f"{LIST}replace-all/", **WHY, before=said).status_code == 302
    campaigns.go_on()
    assert not asked().exists()
    assert Campaign.objects.get().finished_at


def test_one_at_a_time(owner, clock):
    chief = enter(colleague("security"))
    chief.post(f"{LIST}replace-all/", **WHY)
    assert "under way already" in chief.post(f"{LIST}replace-all/", **WHY).content.decode()
    assert Campaign.objects.count() == Event.objects.filter(kind=Kind.CAMPAIGN_STARTED).count() == 1
    campaigns.go_on()
    other = enter(colleague("security", "other@staff.example.com"))
    assert other.post(f"{LIST}replace-all/", **WHY).status_code == 302
    assert Campaign.objects.count() == 2


def test_it_goes_on_where_it_was_and_asks_nobody_twice(clock):
    campaign = begun()
    assert campaigns.go_on(turn=0) == 0
    assert campaigns.go_on() == 4
    assert campaigns.go_on() == 0
    campaign.refresh_from_db()
    assert (campaign.seen, campaign.asked, asked().count()) == (4, 4, 4)


def test_whoever_died_in_the_middle_is_followed_after_a_minute(clock, monkeypatch):
    campaign = begun()
    require, number = replacement.require, iter(range(9))

    def dies(*args, **kwargs):
        if next(number) == 2:
            raise SystemExit
        return require(*args, **kwargs)

    monkeypatch.setattr(replacement, "require", dies)
    with pytest.raises(SystemExit):
        campaigns.go_on()
    assert campaigns.go_on() == 0  # its lease is not over
    clock.forward(61)
    assert campaigns.go_on() == 2
    campaign.refresh_from_db()
    assert (campaign.seen, campaign.asked, asked().count(), campaign.is_open) == (4, 4, 4, False)


def test_somebody_who_cannot_be_asked_keeps_nobody_waiting_and_is_counted(clock, monkeypatch):
    campaign = begun()
    require = replacement.require

    def fails(person, *args, **kwargs):
        if person.email == "p1@example.com":
            raise ValueError
        return require(person, *args, **kwargs)

    monkeypatch.setattr(replacement, "require", fails)
    assert campaigns.go_on() == 4
    campaign.refresh_from_db()
    assert (campaign.seen, campaign.asked, campaign.failed) == (4, 3, 1)
    monkeypatch.setattr(replacement, "require", require)
    begun(total=0)
    campaigns.go_on()
    assert asked().count() == 4


def test_a_database_that_is_away_is_nobody_s_fault(clock, monkeypatch):
    campaign = begun()
    require = replacement.require

    def gone(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(replacement, "require", gone)
    with pytest.raises(OperationalError):
        campaigns.go_on()
    monkeypatch.setattr(replacement, "require", require)
    clock.forward(61)
    assert campaigns.go_on() == 4
    campaign.refresh_from_db()
    assert campaign.failed == 0


def test_stopped_with_a_reason_and_nobody_else_is_asked(clock, monkeypatch):
    campaign = begun()
    everybody = replacement.everybody

    def stops(*args):
        for number, person in enumerate(everybody(*args)):
            if number == 2:
                assert campaigns.stop(campaign, reason="enough", actor=Actor("staff", "chief"))
            yield person

    monkeypatch.setattr(replacement, "everybody", stops)
    assert campaigns.go_on() == 2
    assert asked().count() == 2
    assert campaigns.go_on() == 0
    assert not campaigns.stop(campaign, reason="enough", actor=Actor("staff", "chief"))
    assert Event.objects.get(kind=Kind.CAMPAIGN_STOPPED).detail["asked"] == 2


def test_stopped_by_its_page(owner, clock):
    chief = enter(colleague("security"))
    chief.post(f"{LIST}replace-all/", **WHY)
    campaign = Campaign.objects.get()
    assert chief.get(f"{LIST}{campaign.pk}/stop/").status_code == 200
    assert chief.post(f"{LIST}{campaign.pk}/stop/", reason="").status_code == 200
    assert chief.post(f"{LIST}{campaign.pk}/stop/", **WHY).url == f"{LIST}{campaign.pk}/change/"
    campaigns.go_on()
    assert not asked().exists()
    assert "stopped" in chief.get(f"{LIST}{campaign.pk}/change/").content.decode()
    assert chief.post(f"{LIST}999/stop/", **WHY).status_code in (302, 404)


@pytest.mark.parametrize("role", ["none", "support"])
def test_others_begin_and_stop_nothing(owner, clock, role):
    campaign = begun(total=1)
    helper = enter(colleague(role))
    for path in ("", "replace-all/", f"{campaign.pk}/change/", f"{campaign.pk}/stop/", "add/"):
        assert helper.post(LIST + path, **WHY).status_code == 403, path
    campaign.refresh_from_db()
    assert campaign.is_open


def test_a_policy_is_told_to_everybody_it_concerns_once(newcomer, owner, clock):
    policy = GroupPolicy.objects.create(required_from=timezone.now() + timedelta(days=9))
    for _ in range(2):
        assert campaigns.tell_all(policy, reason="board", actor=Actor("staff", "chief")).total == 1
        assert campaigns.tell_all(policy, reason="board", actor=Actor()).reason == Reason.UNDER_WAY
        campaigns.go_on()
    assert Event.objects.filter(kind=Kind.DEVICE_REQUIRED).get().person == newcomer.user
    assert list(Campaign.objects.order_by("pk").values_list("seen", "asked")) == [(1, 1), (1, 0)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_ask_nobody_twice(clock):
    campaign = begun(total=30)
    counted = []

    def work():
        counted.append(campaigns.go_on())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    campaign.refresh_from_db()
    assert sum(counted) == campaign.seen == campaign.asked == asked().count() == 30
    assert SecurityProfile.objects.filter(replace_before=campaign.before).count() == 30


def test_the_command_and_the_page_leave_the_same_of_each_person(owner, stranger, clock):
    clock.forward(1)
    now = timezone.now()
    replacement.require(owner.user, now, reason="breach", actor=Actor.operator("root"))
    campaigns.replace_all(now, reason="breach", actor=Actor("staff", "chief"))
    campaigns.go_on()
    one, other = asked()
    assert (one.kind, one.detail) == (other.kind, other.detail)


@pytest.mark.parametrize("before", ["0001-01-01T00:00", "1999-12-31T23:59"])
def test_a_moment_before_all_devices_is_nonsense(owner, clock, before):
    chief = enter(colleague("security"))
    assert chief.post(f"{LIST}replace-all/", **WHY, before=before).status_code == 200
    assert not Campaign.objects.exists()


def test_one_that_cannot_go_on_does_not_stop_the_others(newcomer, clock, monkeypatch):
    policy = GroupPolicy.objects.create(required_from=timezone.now() + timedelta(days=9))
    begun()
    campaigns.tell_all(policy, reason="board", actor=Actor())

    def breaks(*args):
        raise ValueError
        yield

    monkeypatch.setattr(replacement, "everybody", breaks)
    assert campaigns.go_on() == 1
    assert Event.objects.filter(kind=Kind.DEVICE_REQUIRED).exists()


def test_a_policy_that_asks_for_nothing_any_more_ends_its_round(newcomer, clock):
    policy = GroupPolicy.objects.create(required_from=timezone.now() + timedelta(days=9))
    campaign = campaigns.tell_all(policy, reason="board", actor=Actor())
    GroupPolicy.objects.update(required_from=None)
    assert campaigns.go_on() == 0
    campaign.refresh_from_db()
    assert (campaign.failed, campaign.is_open) == (0, False)


def test_a_browser_with_a_long_name_may_begin_one(owner, clock):
    chief = colleague("security")
    chief.client.defaults["HTTP_USER_AGENT"] = f"HbbTV/1.2.1 (; {'A' * 150} ;x 2012 )"
    enter(chief)
    assert chief.post(f"{LIST}replace-all/", **WHY).status_code == 302
