"""Accounts as staff find them, and what they may do there (SECURITY AD3 to AD7, AD13; PEERS S50)."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from security import outbox, roles
from security.models import Authenticator, Event, Kind, SecurityProfile, Session
from tests import people
from tests.staff import colleague, enter
from tests.walls import everything

pytestmark = pytest.mark.django_db
WHY = {"reason": "case K7Q2: called back"}
RESET = WHY | {"checked": "called back at the known number", "ticket": "T-1"}
# Every act, the role that may, what is sent, and the event it leaves.
ACTS = {
    "reset": ("support", RESET, Kind.ASSISTED_RESET_STARTED),
    "end-sessions": ("support", WHY, Kind.SESSIONS_ENDED),
    "unlock": ("support", WHY, Kind.LIMITS_LIFTED),
    "freeze": ("security", WHY, Kind.ACCOUNT_FROZEN),
    "expose-password": ("security", WHY, Kind.PASSWORD_EXPOSED),
    "replace-devices": ("security", WHY, Kind.REPLACEMENT_REQUIRED),
    "roles": ("administrator", WHY | {"roles": ["support"]}, Kind.ROLES_CHANGED),
}
EVERY = pytest.mark.parametrize(("what", "role", "said", "kind"), [(what, *rest) for what, rest in ACTS.items()])


def page(person):
    return f"/admin/accounts/user/{person.pk}/change/"


def act(person, what):
    return f"/admin/accounts/user/{person.pk}/act/{what}/"


@EVERY
def test_an_act_leaves_an_event_and_a_mail(owner, clock, what, role, said, kind):
    helper = enter(colleague(role))
    assert helper.get(act(owner.user, what)).status_code == 200
    mail.outbox.clear()
    answer = helper.post(act(owner.user, what), **said)
    assert answer.url == page(owner.user), answer.content.decode()
    event = Event.objects.get(kind=kind, person=owner.user)
    assert (event.actor, event.actor_name) == ("staff", helper.user.email)
    assert event.detail["reason"] == WHY["reason"]
    outbox.sweep()
    told = [message for message in mail.outbox if message.to == [owner.user.email]]
    assert told
    assert not [message for message in told if "K7Q2" in message.body or helper.user.email in message.body]


@EVERY
@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_without_a_reason_nothing_happens_and_nothing_is_lost(owner, clock, what, role, said, kind, reason):
    helper = enter(colleague(role))
    before = everything(but=("Session.last_seen_at",))
    answer = helper.post(act(owner.user, what), **(said | {"reason": reason}))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert everything(but=("Session.last_seen_at",)) == before


@EVERY
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_lower_role_may_not(owner, clock, what, role, said, kind, method):
    """A crafted POST is refused like the page itself (AD5)."""
    order = ["none", *roles.RANKS]
    for lower in order[: order.index(role)]:
        helper = enter(colleague(lower))
        before = everything(but=("Session.last_seen_at",))
        assert getattr(helper, method)(act(owner.user, what), **(said if method == "post" else {})).status_code == 403
        assert everything(but=("Session.last_seen_at",)) == before


@EVERY
def test_nobody_acts_on_their_own_account(clock, what, role, said, kind):
    """AD13."""
    helper = enter(colleague(role))
    assert helper.post(act(helper.user, what), **said).status_code == 403
    assert not Event.objects.filter(kind=kind, actor="staff").exists()
    assert "You cannot act on your own account" in helper.get(page(helper.user)).content.decode()


@EVERY
def test_nobody_acts_on_a_higher_account(clock, what, role, said, kind):
    helper, boss = enter(colleague(role)), colleague("superuser")
    assert helper.post(act(boss.user, what), **said).status_code == 403
    assert not Event.objects.filter(kind=kind, person=boss.user).exists()


@pytest.mark.parametrize("path", ["/admin/accounts/user/add/", "/admin/auth/group/", "/admin/auth/user/"])
def test_accounts_and_groups_are_not_edited(owner, clock, path):
    assert enter(colleague("superuser")).get(path).status_code in (403, 404)


@pytest.mark.parametrize("role", ["support", "security", "administrator", "superuser"])
def test_a_crafted_form_makes_nobody_a_superuser(owner, clock, role):
    helper = enter(colleague(role))
    said = {"is_superuser": "on", "is_staff": "on", "email": "evil@example.com", "groups": "1", "_save": "Save"}
    helper.post(page(owner.user), **said)
    helper.post(f"/admin/accounts/user/{owner.user.pk}/delete/", post="yes")
    owner.user.refresh_from_db()
    assert (owner.user.is_superuser, owner.user.is_staff, owner.user.email) == (False, False, "owner@example.com")


def test_everything_at_a_glance(owner, clock):
    codes = people.add_codes(owner.user)
    owner.sign_in().walk_to("done", way="code")
    secrets = [owner.new_phone.secret, owner.new_phone.code(), *codes]
    owner.phone = owner.new_phone
    outbox.sweep()
    shown = enter(colleague("support")).get(page(owner.user)).content.decode()
    for words in (
        "owner@example.com",
        "Robin Owner",
        "New phone",
        "Enhanced Security is on",
        "Firefox (Linux)",
        "delivered",
        "Device replaced",
        "Recovery codes left",
    ):
        assert words in shown, words
    row = Session.objects.get(person=owner.user)
    secrets += [
        row.key_digest,
        row.stamp,
        owner.user.password,
        Authenticator.objects.live().get(user=owner.user).sealed_secret,
    ]
    assert not [secret for secret in secrets if secret and secret in shown]


def test_looking_at_an_account_writes_nothing(owner, clock):
    helper = enter(colleague("support"))
    before = everything(but=("Session.last_seen_at",))
    helper.get(page(owner.user))
    for what in ACTS:
        helper.get(act(owner.user, what))
    assert everything(but=("Session.last_seen_at",)) == before


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("owner@example.com", True),
        ("OWNER@EXAMPLE.COM", True),
        ("wne", True),
        ("ow", False),
        ("robin", False),
        ("%%%", False),
    ],
)
def test_found_by_address_or_a_part_of_it(owner, clock, typed, found):
    helper = enter(colleague("support", "helper@staff.test"))
    shown = helper.client.get("/admin/accounts/user/", {"q": typed}).content.decode()
    assert (">owner@example.com</a>" in shown) is found
    assert ("Type three characters" in shown) is (typed == "ow")


def test_a_search_uses_the_index_and_counts_no_further_than_a_thousand(owner, clock):
    helper = enter(colleague("support"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        helper.client.get("/admin/accounts/user/", {"q": "wner"})
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 1001" in sql for sql in counts)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM accounts_user WHERE UPPER(email::text) LIKE UPPER('%wner%')")
        assert "accounts_user_email_parts" in "".join(line for (line,) in cursor.fetchall())


def test_a_frozen_account_is_thawed_and_not_frozen_twice(owner, clock):
    helper = enter(colleague("security"))
    assert "Freeze the account" in helper.get(page(owner.user)).content.decode()
    helper.post(act(owner.user, "freeze"), **WHY)
    shown = helper.get(page(owner.user)).content.decode()
    assert "Thaw the account" in shown
    assert "Freeze the account" not in shown
    helper.post(act(owner.user, "thaw"), **WHY)
    assert not SecurityProfile.objects.of(owner.user).is_frozen
    owner.sign_in()


def test_roles_come_and_go_and_end_sessions(owner, clock):
    owner.sign_in()
    chief = enter(colleague("administrator"))
    chief.post(act(owner.user, "roles"), **WHY, roles=["security"])
    owner.user.refresh_from_db()
    assert (owner.user.is_staff, roles.of(owner.user)) == (True, ["security"])
    assert owner.get("/account/").status_code == 302
    chief.post(act(owner.user, "roles"), **WHY)
    person = User.objects.get(pk=owner.user.pk)
    assert (person.is_staff, roles.of(person)) == (False, [])
    chief.post(act(owner.user, "roles"), **WHY)
    assert Event.objects.filter(kind=Kind.ROLES_CHANGED).count() == 2
