"""Authenticator codes of RFC 6238: which ones count, when, and how often."""

import base64
from datetime import UTC, datetime

import pyotp
import pytest
import time_machine

from security import totp

SECRET = b"12345678901234567890"
PHONE = pyotp.TOTP(base64.b32encode(SECRET).decode())

# RFC 6238, appendix B, the SHA-1 column, of which the last six digits are left.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


def step_now() -> int:
    return int(datetime.now(UTC).timestamp()) // 30


def shown(ahead: int = 0) -> str:
    return PHONE.generate_otp(step_now() + ahead)


@pytest.mark.parametrize(("seconds", "eight_digits"), VECTORS)
def test_the_vectors_of_the_rfc(seconds, eight_digits):
    with time_machine.travel(datetime.fromtimestamp(seconds, UTC), tick=False):
        assert totp.matching_step(SECRET, eight_digits[-6:], after=-1, window=0) == seconds // 30


@pytest.mark.parametrize(("seconds", "eight_digits"), VECTORS)
def test_eight_digits_are_never_a_code_of_ours(seconds, eight_digits):
    with time_machine.travel(datetime.fromtimestamp(seconds, UTC), tick=False):
        assert totp.matching_step(SECRET, eight_digits, after=-1) is None


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_one_step_either_side_counts(clock, ahead):
    assert totp.matching_step(SECRET, shown(ahead), after=-1) == step_now() + ahead


@pytest.mark.parametrize("ahead", [-20, -3, -2, 2, 3, 20])
def test_two_steps_away_is_refused(clock, ahead):
    assert totp.matching_step(SECRET, shown(ahead), after=-1) is None


def test_a_code_lives_through_its_own_step_and_the_next(clock):
    clock.forward(-5)  # the step begins
    code = shown()
    for seconds, counts in [(0, True), (29.9, True), (0.1, True), (29.9, True), (0.1, False)]:
        clock.forward(seconds)
        assert (totp.matching_step(SECRET, code, after=-1) is not None) is counts


@pytest.mark.parametrize(("after", "counts"), [(-1, True), (0, False), (1, False)])
def test_only_a_step_newer_than_the_last_one_counts(clock, after, counts):
    found = totp.matching_step(SECRET, shown(), after=step_now() + after)
    assert (found is not None) is counts


def test_the_window_may_be_closed_but_not_widened_by_the_settings(clock, settings):
    settings.SECURITY_TOTP_WINDOW = 0
    assert totp.matching_step(SECRET, shown(), after=-1) is not None
    assert totp.matching_step(SECRET, shown(1), after=-1) is None


def test_the_secret_decides(clock):
    assert totp.matching_step(b"another secret of 20", shown(), after=-1) is None


def arabic(code: str) -> str:
    return code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


def full_width(code: str) -> str:
    return code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


@pytest.mark.parametrize(
    "spelled",
    [
        arabic,
        full_width,
        lambda code: "+" + code[1:],
        lambda code: f"+{code}",
        lambda code: f"{code[:2]}_{code[3:]}",
        lambda code: f"{code[:3]}_{code[3:]}",
        lambda code: f"{code[:3]}-{code[3:]}",
        lambda code: code[:5],
        lambda code: code[1:],
        lambda code: f"{code}0",
        lambda code: f"0{code}",
        lambda code: f"{code}\n",
        lambda code: f"{code}.0",
        lambda code: hex(int(code)),
        lambda code: "",
        lambda code: "      ",
    ],
)
def test_only_six_ascii_digits_are_a_code(clock, spelled):
    assert totp.matching_step(SECRET, shown(), after=-1) is not None
    assert totp.matching_step(SECRET, spelled(shown()), after=-1) is None


def test_leading_zeros_belong_to_the_code():
    moments = (30 * step for step in range(40_000_000, 40_001_000))
    zeros = [moment for moment in moments if PHONE.at(moment).startswith("00")]
    assert zeros
    for moment in zeros:
        code = PHONE.at(moment)
        with time_machine.travel(datetime.fromtimestamp(moment, UTC), tick=False):
            assert totp.matching_step(SECRET, code, after=-1, window=0) == moment // 30
            assert totp.matching_step(SECRET, code.lstrip("0"), after=-1) is None


@pytest.mark.parametrize(
    "typed", ["123456", " 123456", "123456 ", "123 456", "1 2 3 4 5 6", "\t123\u00a0456\r\n", "\u2003123456"]
)
def test_spaces_are_nobodys_mistake(typed):
    assert totp.tidy(typed) == "123456"


@pytest.mark.parametrize("typed", ["123-456", "+12345", "12_345", "１２３４５６"])
def test_nothing_but_spaces_is_taken_away(typed):
    assert totp.tidy(typed) == typed


@pytest.mark.parametrize(("ahead", "minutes"), [(-10, -5), (-4, -2), (-2, -1), (2, 1), (4, 2), (10, 5)])
def test_a_phone_whose_clock_is_off_is_told_by_how_much(clock, ahead, minutes):
    assert totp.minutes_off(SECRET, shown(ahead)) == minutes


@pytest.mark.parametrize("ahead", [-11, 11, 100])
def test_a_clock_that_is_off_by_more_is_just_a_wrong_code(clock, ahead):
    assert totp.minutes_off(SECRET, shown(ahead)) is None


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６"])
def test_what_is_no_code_says_nothing_about_a_clock(clock, typed):
    assert totp.minutes_off(SECRET, typed) is None
