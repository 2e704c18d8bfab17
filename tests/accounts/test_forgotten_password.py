"""A forgotten password: the link that is mailed, to whom, how often, and what ends it."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from security import links
from security.actor import Actor
from security.flows import epoch
from security.models import Event, Kind, KnownBrowser, OutboxMessage, SecurityProfile
from tests.links import ask, link_for, mailed
from tests.people import PASSWORD, make
from tests.walls import everything, text_of_the_database

ASK = "/forgot-password/"
NEW = "seven wild geese over the lake"
HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


def used(owner, link, clock):
    Client().post(link, {"new_password": NEW, "code": owner.phone.code()})


def superseded(owner, link, clock):
    ask(owner)


def changed(owner, link, clock):
    owner.sign_in()
    clock.forward(31)
    owner.post("/security/step-up/?for=password", code=owner.phone.code())
    assert owner.post("/security/password/", password=PASSWORD, new_password=NEW).status_code == 302


def bumped(owner, link, clock):
    owner.user.refresh_from_db()
    epoch.bump(owner.user, actor=HERE, session=None)


def too_old(owner, link, clock):
    clock.forward(minutes=31)


def disabled(owner, link, clock):
    User.objects.update(is_active=False)


def frozen(owner, link, clock):
    now = Event.objects.latest("pk").at
    SecurityProfile.objects.update(frozen_at=now, frozen_until=now.replace(year=2040))


@pytest.mark.parametrize("end", [used, superseded, changed, bumped, too_old, disabled, frozen])
def test_the_link_is_dead_after(owner, clock, end):
    link = link_for(owner)
    end(owner, link, clock)
    clock.forward(31)
    before = User.objects.get().password
    for answer in (Client().get(link), Client().post(link, {"new_password": NEW, "code": owner.phone.code()})):
        assert answer.status_code == 404
        assert "This link is no longer good" in answer.content.decode()
        assert answer["Referrer-Policy"] == "strict-origin"
    assert User.objects.get().password == before
    assert Event.objects.filter(kind=Kind.PASSWORD_RECOVERED).count() == (end is used)


def test_the_link_is_good_for_half_an_hour_and_only_the_newest_is(owner, clock):
    first = link_for(owner)
    clock.forward(minutes=29)
    second = link_for(owner)
    clock.forward(minutes=29)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


def test_a_link_that_was_voided_before_it_was_mailed_is_not_mailed(owner, clock):
    ask(owner)
    ask(owner)
    assert len(mailed()) == 1
    assert OutboxMessage.objects.filter(trouble="the link is no longer good").count() == 1


def test_the_link_opens_one_account_and_no_other(owner, stranger, clock):
    """S28: another person's token, another mail's token, an altered one."""
    link = link_for(owner)
    public_id, key_id, mac = link.split("/")[2].split(".")
    foreign = link_for(stranger).split("/")[2].split(".")
    other = links.refusal(Event.objects.latest("pk"))
    forged = [f"{public_id}.{key_id}.{foreign[2]}", f"{foreign[0]}.{key_id}.{mac}", f"{public_id}.x.{mac}", other]
    for token in [*forged, "x", "%00", "x" * 5000, f"{public_id}.{key_id}.{'0' * 64}"]:
        answer = Client().post(f"/forgot-password/{token}/", {"new_password": NEW, "code": owner.phone.code()})
        assert answer.status_code == 404
    assert all(user.check_password(PASSWORD) for user in User.objects.all())


@pytest.mark.parametrize("typed", ["OWNER@EXAMPLE.COM", "  owner@example.com "])
def test_only_the_address_on_file_is_written_to(owner, clock, typed):
    """S49."""
    ask(owner, typed)
    [_] = mailed()
    assert mail.outbox[-1].to == ["owner@example.com"]
    assert mail.outbox[-1].recipients() == ["owner@example.com"]


@pytest.mark.parametrize("typed", ["owner@example.com,thief@example.org", "ſam@example.com", "", "x" * 300])
def test_what_is_no_address_is_said_so_beside_the_field(db, clock, typed):
    page = Client().post(ASK, {"email": typed})
    assert page.status_code == 200
    assert 'id="id_email_error"' in page.content.decode()
    assert not OutboxMessage.objects.exists()


def test_a_look_alike_of_an_address_is_another_one(clock, db):
    make("mike@example.org")
    page = Client().post(ASK, {"email": "mike@example.org".replace("i", "ı")})
    assert page.status_code == 200
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("end", [disabled, frozen])
def test_an_account_that_is_closed_gets_no_link_and_its_page_says_nothing_of_it(owner, clock, end):
    ask(owner)
    end(owner, "", clock)
    mailed()
    clock.forward(minutes=31)
    before = len(mail.outbox)
    ask(owner)
    mailed()
    assert len(mail.outbox) == before


def test_at_most_three_links_an_hour_and_five_a_day(owner, clock):
    for _ in range(6):
        ask(owner.elsewhere())
        mailed()
    assert len(mailed()) == 3
    for _ in range(6):
        clock.forward(hours=1, seconds=1)
        ask(owner.elsewhere())
        mailed()
    assert len(mailed()) == 5
    clock.forward(days=1)
    ask(owner)
    assert len(mailed()) == 6


def test_nobody_elsewhere_uses_up_the_links_of_a_known_browser(owner, clock):
    owner.sign_in()
    assert KnownBrowser.objects.filter(person=owner.user).exists()
    for _ in range(4):
        ask(owner.elsewhere())
    assert len(mailed()) == 1
    ask(owner)
    assert OutboxMessage.objects.filter(what="password_link").count() == 4
    assert len(mailed()) == 2


def test_the_link_leads_to_the_configured_host(newcomer, clock):
    """SI24."""
    assert Client().post(ASK, {"email": newcomer.user.email}, headers={"Host": "evil.test"}).status_code == 400
    ask(newcomer)
    [_] = mailed()
    assert "evil.test" not in mail.outbox[-1].body


def test_looking_at_the_link_changes_nothing_and_it_is_nowhere_in_the_database(owner, clock):
    link = link_for(owner)
    before = everything()
    for _ in range(3):
        Client().get(link)
        Client().head(link)
    Client().get(ASK)
    Client().get(f"{ASK}?sent=1")
    assert everything() == before
    assert link.split(".")[-1].rstrip("/") not in text_of_the_database()


def test_the_way_there_is_on_the_page_that_asks_for_the_password(owner, clock):
    owner.post("/sign-in/", email=owner.user.email)
    page = owner.get("/sign-in/password/").content.decode()
    assert '<a href="/forgot-password/">Forgot your password?</a>' in page
    assert 'value="owner@example.com"' in owner.get(ASK).content.decode()
    assert "Your new password is set." not in owner.get("/sign-in/").content.decode()
