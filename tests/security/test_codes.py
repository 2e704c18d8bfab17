"""The eight digits of a mailed code: computed from the row and the keyring, and kept nowhere."""

import hashlib
import re
from collections import Counter

import pytest
from django.core import mail
from django.db import connection

from security import codes
from security.models import Session, VerificationCode
from security.sessions import SessionStore
from tests.people import newest_code


def row(**columns):
    """A code that is not kept: computing its digits needs no database."""
    given = {"purpose": "enrollment", "nonce": "n" * 43, "address": "owner@example.com", "generation": 1, "key_id": "a"}
    return VerificationCode(**{**given, **columns})


@pytest.fixture
def keys(settings):
    settings.SECURITY_KEYS = {"a": bytes(range(32)), "b": bytes(range(32, 64))}
    return settings


def test_the_same_row_has_the_same_digits(keys):
    assert codes.digits(row()) == codes.digits(row())


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "address"},
        {"nonce": "m" * 43},
        {"address": "owner@example.org"},
        {"address": "Owner@example.com"},
        {"generation": 2},
        {"generation": 11},
        {"key_id": "b"},
    ],
    ids=str,
)
def test_every_part_of_the_row_counts(keys, other):
    assert codes.digits(row(**other)) != codes.digits(row())


def test_the_person_and_the_row_number_do_not_count(keys):
    """Worker and checker need nothing but what is in the code itself."""
    assert codes.digits(row(pk=7, person_id=3, enrollment_id=9, epoch=4, tries=2)) == codes.digits(row())


def test_a_code_that_was_promised_before_a_rotation_stays_the_same(keys):
    before = codes.digits(row())
    keys.SECURITY_KEYS = {"c": bytes(32), **keys.SECURITY_KEYS}
    assert codes.digits(row()) == before


def test_the_secret_key_does_not_count(keys):
    before = codes.digits(row())
    keys.SECRET_KEY = "another one"
    assert codes.digits(row()) == before


def test_there_are_always_eight_and_leading_zeros_are_kept(keys):
    made = [codes.digits(row(nonce=str(number))) for number in range(5000)]
    assert all(re.fullmatch("[0-9]{8}", digits) for digits in made)
    assert any(digits.startswith("00") for digits in made)


def test_no_digit_is_favoured(keys):
    """A coarse chi-square of every position over 5,000 codes: 9 degrees of freedom, p = 0.00001 at 39.3."""
    made = [codes.digits(row(nonce=str(number))) for number in range(5000)]
    assert len(set(made)) > 4990
    for position in range(8):
        seen = Counter(digits[position] for digits in made)
        assert sum((seen[digit] - 500) ** 2 / 500 for digit in "0123456789") < 39.3


def test_people_read_them_in_two_groups(keys):
    eight = codes.digits(row())
    assert codes.grouped(row()) == f"{eight[:4]} {eight[4:]}"


@pytest.mark.parametrize(
    "spelled",
    ["{0}{1}", "{0} {1}", "{0}-{1}", " {0}{1} ", "{0} - {1}", "\t{0}\u00a0{1}\r\n", "-{0}{1}-", "{0}  {1}"],
)
def test_spaces_and_hyphens_are_forgiven(keys, spelled):
    eight = codes.digits(row())
    assert codes.is_right(row(), spelled.format(eight[:4], eight[4:]))


@pytest.mark.parametrize(
    "spelled",
    [
        lambda eight: "",
        lambda eight: eight[:7],
        lambda eight: f"{eight}0",
        lambda eight: f"0{eight}",
        lambda eight: eight[::-1],
        lambda eight: f"{eight[:4]}_{eight[4:]}",
        lambda eight: f"+{eight}",
        lambda eight: f"{eight[:4]}.{eight[4:]}",
        lambda eight: eight.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        lambda eight: eight.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        lambda eight: f"{(int(eight) + 1) % 10**8:08}",
    ],
)
def test_nothing_else_is_right(keys, spelled):
    assert not codes.is_right(row(), spelled(codes.digits(row())))


def test_leading_zeros_have_to_be_typed(keys):
    zero = next(row(nonce=str(n)) for n in range(1000) if codes.digits(row(nonce=str(n))).startswith("0"))
    assert codes.is_right(zero, codes.digits(zero))
    assert not codes.is_right(zero, codes.digits(zero).lstrip("0"))


def everything_kept() -> list[str]:
    """Every text of every table, as PostgreSQL has it, and what is inside the sessions."""
    columns = """SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
                 AND data_type IN ('text', 'character varying', 'character', 'jsonb', 'json', 'bytea', 'ARRAY')"""
    kept = [str(SessionStore().decode(session.data)) for session in Session.objects.all()]
    with connection.cursor() as cursor:
        cursor.execute(columns)
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}"')
            kept += [value for (value,) in cursor.fetchall() if value]
    return kept


def test_the_code_is_kept_nowhere(owner, clock):
    owner.sign_in().walk_to("code")
    owner.answer("code", code="0000 0000")
    code = newest_code("owner@example.com")
    eight = code.replace(" ", "")
    owner.answer("code", code=code)
    owner.answer("verified")

    spellings = [eight, code, code.replace(" ", "-")]
    digests = [hashlib.new(name, text.encode()).hexdigest() for name in ("sha256", "sha1", "md5") for text in spellings]
    kept = everything_kept()
    assert any("owner@example.com" in text for text in kept)  # the search finds what is there
    assert any(owner.enrollment.public_id in text for text in kept)
    assert [text for text in kept if any(secret in text for secret in spellings + digests)] == []


def test_the_code_is_in_the_body_of_the_mail_and_not_in_its_subject(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code("owner@example.com")
    [message] = mail.outbox
    assert code in message.body
    assert not re.search(r"\d", message.subject)
    assert code not in str(message.message()["Subject"])


def test_no_page_of_the_journey_shows_the_code(owner, clock):
    owner.sign_in().walk_to("code")
    code = newest_code("owner@example.com")
    for page in ("/security/reset/code/", "/security/reset/code/status/", "/security/reset/notice/", "/security/"):
        shown = owner.get(page).content.decode()
        assert code not in shown
        assert code.replace(" ", "") not in shown
