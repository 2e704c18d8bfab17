"""The rehearsal: the last two characters of one code show that the list was saved, and none is spent."""

import pytest
from django.utils import timezone

from security.actor import Actor
from security.flows import recovery_codes
from security.models import Event, RecoveryCode
from security.refusals import Reason, Refusal
from tests.people import add_codes
from tests.security.test_recovery_codes import use

HERE = Actor(address="192.0.2.1", browser="Firefox (Linux)")


def tail(code):
    return code[-2:]


def rehearse(someone, position, typed):
    return recovery_codes.rehearse(someone.user, position, typed, actor=HERE)


def reason(outcome):
    return outcome.reason if isinstance(outcome, Refusal) else None


def test_the_rehearsal_spends_no_code_and_is_recorded(owner, clock):
    codes = add_codes(owner.user)
    position = recovery_codes.to_rehearse(owner.user)
    assert rehearse(owner, position, f" {tail(codes[position - 1]).lower()} ") is None
    state = recovery_codes.state(owner.user)
    assert (state.left, state.rehearsed_at) == (10, timezone.now())
    assert Event.objects.latest("pk").detail["position"] == position
    assert reason(use(owner, codes[position - 1])) is None


def test_the_rehearsal_asks_the_same_code_all_day_and_no_used_one(owner, clock):
    codes = add_codes(owner.user)
    asked = recovery_codes.to_rehearse(owner.user)
    assert {recovery_codes.to_rehearse(owner.user) for _ in range(20)} == {asked}
    seen = set()
    for _ in range(60):
        clock.forward(days=1)
        seen.add(recovery_codes.to_rehearse(owner.user))
    assert len(seen) > 5
    for code in codes[:9]:
        use(owner, code)
    assert recovery_codes.to_rehearse(owner.user) == 10
    use(owner, codes[9])
    assert recovery_codes.to_rehearse(owner.user) is None
    assert reason(rehearse(owner, 1, tail(codes[0]))) == Reason.WRONG_CHARACTERS


@pytest.mark.parametrize("typed", ["", "  ", "ZZZ", "é", "the whole code"])
def test_two_other_characters_are_wrong(owner, typed):
    codes = add_codes(owner.user)
    typed = codes[2] if typed == "the whole code" else typed
    assert reason(rehearse(owner, 3, typed)) == Reason.WRONG_CHARACTERS
    assert recovery_codes.state(owner.user).rehearsed_at is None


def test_the_rehearsal_is_throttled_like_a_factor_and_harms_no_other(owner, clock):
    codes = add_codes(owner.user)
    wrong = "AA" if tail(codes[0]) != "AA" else "BB"
    for _ in range(5):
        assert reason(rehearse(owner, 1, wrong)) == Reason.WRONG_CHARACTERS
    refusal = rehearse(owner, 1, tail(codes[0]))
    assert str(refusal) == "Too many wrong answers. Wait 30 seconds, then try again."
    assert reason(use(owner, codes[1])) is None
    clock.forward(31)
    assert rehearse(owner, 1, tail(codes[0])) is None


def test_a_tail_that_was_altered_or_moved_proves_nothing(owner):
    codes = add_codes(owner.user)
    one, other = RecoveryCode.objects.order_by("position")[:2]
    RecoveryCode.objects.filter(pk=one.pk).update(sealed_tail=other.sealed_tail)
    for typed in (tail(codes[0]), tail(codes[1]), "  "):
        assert reason(rehearse(owner, 1, typed)) == Reason.WRONG_CHARACTERS


def test_a_list_that_nobody_looked_for_in_a_year_is_asked_about(owner, clock):
    codes = add_codes(owner.user)
    clock.forward(days=364)
    assert not recovery_codes.state(owner.user).is_unchecked
    clock.forward(days=2)
    assert recovery_codes.state(owner.user).is_unchecked
    rehearse(owner, 1, tail(codes[0]))
    assert not recovery_codes.state(owner.user).is_unchecked
