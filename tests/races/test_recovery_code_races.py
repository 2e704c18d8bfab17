"""Recovery codes on real threads: each is good once, and a list is made once, whatever comes at the same moment."""

import pytest

from security.flows import recovery_codes
from security.models import Event, Kind, RecoveryCode, RecoveryCodeSet, Session
from tests import people
from tests.races.together import at_once, post, post_and_follow
from tests.sheets import PAGE, prove, shown_by, text

pytestmark = pytest.mark.django_db(transaction=True)
SIGN_IN = "/sign-in/recovery-code/"


@pytest.fixture
def owner():
    return people.make("owner@example.com")


def at_the_prompt(owner, browsers):
    """Other browsers of this person, where the password was right."""
    others = [owner.elsewhere() for _ in range(browsers)]
    for other in others:
        other.give_password()
    return others


def test_thirty_parallel_uses_of_one_code_make_one_session(owner):
    code = people.add_codes(owner.user)[0]
    answers = at_once(*[post(other, SIGN_IN, code=code) for other in at_the_prompt(owner, 30)])
    assert [answer.status_code for answer in answers].count(302) == 1
    assert {answer.status_code for answer in answers} == {200, 302}
    assert Session.objects.filter(person=owner.user).count() == 1
    assert Event.objects.filter(kind=Kind.SESSION_STARTED).count() == 1
    assert Event.objects.filter(kind=Kind.RECOVERY_CODE_USED).count() == 1
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_two_codes_in_parallel_burn_both(owner):
    codes = people.add_codes(owner.user)
    one, other = at_the_prompt(owner, 2)
    answers = at_once(post(one, SIGN_IN, code=codes[0]), post(other, SIGN_IN, code=codes[1]))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert list(RecoveryCode.objects.exclude(used_at=None).values_list("position", flat=True)) == [1, 2]
    assert Session.objects.filter(person=owner.user).count() == 2


def test_a_code_is_spent_once_whatever_it_is_used_for(owner):
    """At the prompt of one browser and on the journey of another."""
    code = people.add_codes(owner.user)[0]
    owner.sign_in().walk_to("proof")
    [other] = at_the_prompt(owner, 1)
    answers = at_once(post(owner, "/security/reset/proof/", code=code), post(other, SIGN_IN, code=code))
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert Event.objects.filter(kind=Kind.RECOVERY_CODE_USED).count() == 1


def test_four_clicks_with_one_recovery_code_are_one_sign_in_and_no_failure(owner):
    code = people.add_codes(owner.user)[0]
    owner.give_password()
    answers = at_once(*[post_and_follow(owner, SIGN_IN, code=code) for _ in range(4)])
    assert [answer.request["PATH_INFO"] for answer in answers] == ["/account/"] * 4
    assert not Event.objects.filter(kind=Kind.RECOVERY_CODE_REFUSED).exists()
    assert Session.objects.filter(person=owner.user).count() == 1


def test_a_click_that_comes_when_the_first_is_over_is_the_same_sign_in(owner):
    """As above, where the machine is so slow that the second finds the session's key changed already."""
    code = people.add_codes(owner.user)[0]
    owner.give_password()
    clicks = [post_and_follow(owner, SIGN_IN, code=code) for _ in range(2)]
    assert [click().request["PATH_INFO"] for click in clicks] == ["/account/"] * 2
    assert Session.objects.filter(person=owner.user).count() == 1


def test_thirty_guesses_do_not_outrun_the_count(owner):
    code = people.add_codes(owner.user)[0]
    at_once(*[post(other, SIGN_IN, code="ABCD-EFGH-JKLM-NPQR") for other in at_the_prompt(owner, 30)])
    assert Event.objects.filter(kind=Kind.RECOVERY_CODE_REFUSED).count() == 5
    owner.give_password()
    assert "Too many wrong answers" in text(owner.post(SIGN_IN, code=code))


def test_of_four_clicks_on_make_new_codes_one_makes_them_and_nobody_is_signed_out(owner):
    prove(owner.sign_in())
    answers = at_once(*[post_and_follow(owner, PAGE) for _ in range(4)])
    assert RecoveryCodeSet.objects.count() == 1
    assert sorted(len(shown_by(answer)) for answer in answers) == [0, 0, 0, 10]
    assert [(answer.status_code, answer.request["PATH_INFO"]) for answer in answers] == [(200, PAGE)] * 4


def test_a_code_of_the_old_list_and_a_new_list_never_both_win(owner):
    """Whichever comes first: a session that an old code opened does not outlive the making of new ones."""
    code = people.add_codes(owner.user)[0]
    prove(owner.sign_in())
    [other] = at_the_prompt(owner, 1)
    made, sign_in = at_once(post(owner, PAGE), post(other, SIGN_IN, code=code))
    assert made.status_code == 200
    assert sign_in.status_code in (200, 302)
    assert Session.objects.filter(person=owner.user).count() == 1
    assert recovery_codes.state(owner.user).left == 10
