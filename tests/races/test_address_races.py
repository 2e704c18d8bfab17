"""The code of a new address, typed twice at once; one address, confirmed by two accounts at once."""

import pytest

from accounts.models import User
from security import codes
from security.flows import verification_codes
from security.models import Event, Kind
from tests.accounts.moving import CODE_PAGE, DONE, NEW, begin, change_of
from tests.people import PASSWORD
from tests.races.together import at_once, post, post_and_follow

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(someone):
    return codes.grouped(verification_codes.newest(change_of(someone)))


def test_a_double_click_changes_the_address_once_and_both_end_at_the_receipt(owner):
    begin(owner)
    code = code_of(owner)
    answers = at_once(*(post_and_follow(owner, CODE_PAGE, code=code) for _ in range(2)))
    assert [(answer.status_code, answer.request["PATH_INFO"]) for answer in answers] == [(200, DONE)] * 2
    assert Event.objects.filter(kind=Kind.ADDRESS_CHANGED).count() == 1
    owner.user.refresh_from_db()
    assert (owner.user.email, owner.user.security_epoch) == (NEW, 1)


def test_guesses_at_once_are_all_counted(owner):
    begin(owner)
    at_once(*(post(owner, CODE_PAGE, code="0000 0000") for _ in range(8)))
    assert verification_codes.newest(change_of(owner)).tries == 5
    assert post(owner, CODE_PAGE, code=code_of(owner))().status_code == 200


def test_an_address_goes_to_one_account_only(owner, stranger):
    people = [begin(owner), begin(stranger)]
    answers = at_once(*(post(someone, CODE_PAGE, code=code_of(someone)) for someone in people))
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert User.objects.filter(email=NEW).count() == 1
    assert Event.objects.filter(kind=Kind.ADDRESS_CHANGED).count() == 1
    loser = people[[answer.status_code for answer in answers].index(200)]
    assert loser.get("/account/").status_code == 200
    loser.user.refresh_from_db()
    assert loser.user.email != NEW
    assert loser.user.check_password(PASSWORD)
