"""Passwords changed at the same moment: one of them counts, and it is the one whose answer says so."""

import pytest

from accounts.models import User
from security.models import Event, FormerPassword, Kind, OutboxMessage, Session
from tests import people
from tests.links import link_for
from tests.people import PASSWORD
from tests.races.together import at_once, post

pytestmark = pytest.mark.django_db(transaction=True)

CANDIDATES = [f"{number} wild geese over the lake" for number in ("six", "seven", "eight", "nine")]


def chosen(user):
    user.refresh_from_db()
    return [password for password in [PASSWORD, *CANDIDATES] if user.check_password(password)]


def test_one_link_sets_one_password(db):
    newcomer = people.make("new@example.com", has_device=False)
    link = link_for(newcomer)
    answers = at_once(*[post(newcomer.elsewhere(), link, new_password=password) for password in CANDIDATES])
    assert sorted(answer.status_code for answer in answers) == [302, 404, 404, 404]
    [winner] = [password for password, answer in zip(CANDIDATES, answers, strict=True) if answer.status_code == 302]
    assert chosen(newcomer.user) == [winner]
    assert Event.objects.filter(kind=Kind.PASSWORD_RECOVERED).count() == FormerPassword.objects.count() == 1


def test_one_code_proves_one_of_them(owner):
    link, code = link_for(owner), owner.phone.code()
    answers = at_once(*[post(owner.elsewhere(), link, new_password=password, code=code) for password in CANDIDATES])
    assert sorted(answer.status_code for answer in answers) == [302, 404, 404, 404]
    assert len(chosen(owner.user)) == 1


def test_two_tabs_change_it_once_and_the_person_stays_signed_in(db):
    for number in range(4):
        newcomer = people.make(f"new{number}@example.com", has_device=False).sign_in()
        answers = at_once(
            *[post(newcomer, "/security/password/", password=PASSWORD, new_password=new) for new in CANDIDATES[:2]]
        )
        assert not [answer for answer in answers if answer.status_code >= 400]
        assert len(chosen(newcomer.user)) == 1
        assert chosen(newcomer.user) != [PASSWORD]
        assert Event.objects.filter(kind=Kind.PASSWORD_CHANGED, person=newcomer.user).count() == 1
        assert Session.objects.filter(person=newcomer.user).count() == 1


def test_a_session_that_is_ended_by_a_change_elsewhere_changes_nothing(db):
    for number in range(4):
        newcomer = people.make(f"new{number}@example.com", has_device=False).sign_in()
        other = newcomer.elsewhere().sign_in()
        at_once(
            post(newcomer, "/security/password/", password=PASSWORD, new_password=CANDIDATES[0]),
            post(other, "/security/password/", password=PASSWORD, new_password=CANDIDATES[1]),
        )
        assert Event.objects.filter(kind=Kind.PASSWORD_CHANGED, person=newcomer.user).count() == 1
        assert len(chosen(newcomer.user)) == 1
        assert Session.objects.filter(person=newcomer.user).count() == 1


def test_of_many_requests_for_a_link_three_are_mailed(db):
    owner = people.make("owner@example.com")
    at_once(*[post(owner.elsewhere(), "/forgot-password/", email=owner.user.email) for _ in range(10)])
    assert OutboxMessage.objects.filter(what="password_link").count() == 3
    assert User.objects.get().check_password(PASSWORD)


def test_personal_info_and_a_new_password_do_not_wait_for_each_other(db):
    """Both write the row of the person; each takes the profile first."""
    for number in range(8):
        newcomer = people.make(f"new{number}@example.com", has_device=False).sign_in()
        known = {"language": "en", "time_zone": "UTC"}
        answers = at_once(
            post(newcomer, "/account/personal-info/", name="Robin", **known),
            post(newcomer, "/security/password/", password=PASSWORD, new_password=CANDIDATES[0]),
            post(newcomer.elsewhere().sign_in(), "/account/personal-info/", name="Noa", **known),
        )
        assert not [answer for answer in answers if answer.status_code >= 400]
