"""A password that somebody else may know: every session ends, and nothing opens before there is another one."""

import pytest
from django.core import mail
from django.urls import URLPattern, get_resolver

from accounts.flows import password as flow
from security import links, outbox, policy
from security.actor import Actor, Role
from security.models import Enrollment, Event, Kind, SecurityProfile
from security.models.enrollment import Entrance
from security.models.session import live_of
from security.refusals import Reason
from tests.links import mailed
from tests.people import PASSWORD, Someone

NEW = "seven wild geese over the lake"
STAFF = Actor(Role.STAFF, "staff@example.com")
PAGE, STEP_UP = "/security/password/", "/security/step-up/?next=%2Fsecurity%2Fpassword%2F&for=password"


def expose(someone: Someone) -> None:
    someone.user.refresh_from_db()
    flow.expose(someone.user, reason="it was on a list", actor=STAFF)


def choose(someone: Someone, clock, new_password=NEW):
    """Prove it once more, and change the password."""
    clock.forward(31)
    assert someone.post(STEP_UP, code=someone.phone.code()).url == PAGE
    return someone.post(PAGE, password=PASSWORD, new_password=new_password)


def is_due(someone: Someone) -> bool:
    return SecurityProfile.objects.get(person=someone.user).password_exposed_at is not None


def test_every_session_ends_at_once(owner, clock):
    owner.sign_in().walk_to("notice")
    expose(owner)
    assert live_of(type(owner.user).objects.get(pk=owner.user.pk)) == []
    assert owner.get("/security/").url.startswith("/sign-in/")
    assert not Enrollment.objects.of(owner.user).alive().exists()


def test_after_the_next_sign_in_only_another_password_opens_the_rest(owner, clock):
    expose(owner)
    owner.sign_in()
    for path in ("/account/", "/security/", "/security/reset/email/", "/security/email/", "/security/activity/"):
        assert owner.get(path).url == PAGE, path
    clock.forward(31)
    assert owner.post(STEP_UP, code=owner.phone.code()).url == PAGE
    page = owner.get(PAGE).content.decode()
    assert "Somebody else may know your password." in page
    assert ">Cancel<" not in page
    assert choose(owner, clock).url == "/security/?done=password"
    assert owner.get("/security/").status_code == 200
    assert not is_due(owner)
    owner.post("/sign-out/")


def test_the_gate_of_every_page_holds(owner, clock):
    """Every address that asks somebody to be signed in sends them to the password; all but those that lead there."""
    expose(owner)
    owner.sign_in()
    doors = {"signed in", "proven once", "proven"}
    tried = 0
    for path, door in _gated(get_resolver()):
        if door in doors or (door.startswith("freshly") and door != "freshly proven: password"):
            tried += 1
            answer = owner.get(path)
            if answer.status_code == 405:  # it answers scripts, which are refused
                assert owner.post(path).json()["code"] == "gate", path
            else:
                assert answer["Location"] == PAGE, path
    assert tried > 15


def _gated(resolver, prefix="/"):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if "<" not in route and (door := getattr(pattern.callback, "door", "")):
                yield route, door
        else:
            yield from _gated(pattern, route)


def test_without_a_second_factor_it_signs_nobody_in_and_the_mailed_link_does(newcomer, clock):
    expose(newcomer)
    page = newcomer.give_password().content.decode()
    assert "Somebody else may know this password" in page
    assert 'href="/forgot-password/"' in page
    assert newcomer.get("/account/").url.startswith("/sign-in/")
    newcomer.post("/forgot-password/", email=newcomer.user.email)
    link = mailed()[-1]
    assert newcomer.post(link, new_password=NEW).status_code == 302
    assert not is_due(newcomer)
    newcomer.post("/sign-in/", email=newcomer.user.email)
    assert newcomer.post("/sign-in/password/", password=NEW).url == "/account/"


def test_the_same_password_is_no_other_one(newcomer, clock):
    expose(newcomer)
    newcomer.post("/forgot-password/", email=newcomer.user.email)
    link = mailed()[-1]
    page = newcomer.post(link, new_password=PASSWORD).content.decode()
    assert "It must not be one that somebody else may know." in page
    assert is_due(newcomer)
    assert newcomer.post(link, new_password=NEW).status_code == 302


def test_nor_is_it_where_a_change_is_undone(owner, clock):
    owner.sign_in().walk_to("done")
    event = Event.objects.filter(kind=Kind.AUTHENTICATOR_REPLACED).latest("pk")
    expose(owner)
    visitor = owner.elsewhere()
    link = f"/security/undo/{links.refusal(event)}/"
    visitor.post(link)
    clock.forward(31)
    said = {"password": PASSWORD, "code": owner.phone.code()}
    page = visitor.post(link, new_password=PASSWORD, **said).content.decode()
    assert "It must not be one that somebody else may know." in page
    assert is_due(owner)
    clock.forward(31)
    visitor.post(link, password=PASSWORD, code=owner.phone.code(), new_password=NEW)
    assert not is_due(owner)


def test_the_mail_names_the_way_that_is_open(owner, newcomer, clock):
    for someone, path in ((owner, "/sign-in/"), (newcomer, "/forgot-password/")):
        expose(someone)
        outbox.sweep()
        assert mail.outbox[-1].to == [someone.user.email]
        assert f"http://127.0.0.1:8000{path}\n" in mail.outbox[-1].body


def test_a_wrong_password_says_nothing_of_it(newcomer, clock):
    expose(newcomer)
    newcomer.post("/sign-in/", email=newcomer.user.email)
    page = newcomer.post("/sign-in/password/", password="not the right one at all").content.decode()
    assert "Somebody else" not in page


def test_with_a_mailed_code_it_replaces_no_device(owner, clock):
    expose(owner)
    profile = SecurityProfile.objects.of(owner.user)
    refusal = policy.mailed_code(owner.user, Entrance.SIGN_IN, profile)
    assert refusal is not None
    assert refusal.reason == Reason.PASSWORD_EXPOSED
    owner.give_password()
    page = owner.post("/sign-in/code/new-device/").content.decode()
    assert "Somebody else may know this password" in page


def test_on_probation_where_nobody_could_change_it_it_waits(owner, clock):
    owner.sign_in().walk_to("confirm")
    assert owner.answer_right("confirm").status_code == 302
    expose(owner)
    clock.forward(31)
    owner.phone = owner.new_phone
    owner.sign_in()
    assert owner.get("/account/").status_code == 200
    clock.forward(days=3, seconds=1)
    owner.client.cookies.clear()
    owner.sign_in()
    assert owner.get("/account/").url == PAGE


def test_the_event_says_by_whom_and_why_and_every_address_is_told(owner, clock):
    expose(owner)
    event = Event.objects.get(kind=Kind.PASSWORD_EXPOSED)
    assert (event.actor, event.actor_name, event.detail["reason"]) == ("staff", "staff@example.com", "it was on a list")
    outbox.sweep()
    letter = mail.outbox[-1]
    assert letter.to == [owner.user.email]
    assert "Somebody else may know your password" in letter.body
    assert "it was on a list" not in letter.body


@pytest.mark.parametrize("years", [1, 2, 5])
def test_no_password_is_too_old(owner, clock, years):
    clock.forward(days=365 * years)
    owner.sign_in()
    assert owner.get("/account/").status_code == 200
