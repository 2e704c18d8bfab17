"""What a password must be, through the page that asks for one: long and hard to guess, and nothing else."""

import re
import unicodedata
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils.functional import Promise
from zxcvbn_rs_py import Suggestion, Warning, zxcvbn

from accounts import advice
from accounts.models import User
from tests.config import production
from tests.people import PASSWORD, Someone, make

PAGE = "/security/password/"
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "le café noir du matin d’été") for form in ("NFC", "NFD"))
EMOJI = "😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰"


@pytest.fixture
def robin(db, clock) -> Someone:
    return make("robin.longlastname@example.com", has_device=False, name="Robin Owner").sign_in()


def choose(someone, password):
    return someone.post(PAGE, password=PASSWORD, new_password=password)


def signs_in_with(someone, password):
    elsewhere = someone.elsewhere()
    elsewhere.post("/sign-in/", email=someone.user.email)
    return elsewhere.post("/sign-in/password/", password=password).status_code == 302


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("tulip anvil wo", "at least 15 characters"),
        (EMOJI[:14], "at least 15 characters"),
        ("t" * 129, "at most 128 characters"),
        ("passwordpassword", "are hardly better than"),
        ("Pass Word Pass Word", "are hardly better than"),
        ("My AccountMy Account1", "the name of this site"),
        ("my-account-my-account-2026", "the name of this site"),
        ("RekeyRekeyRekey1", "the name of this site"),
        ("robin.longlastname@example.com", "your address or your name"),
        ("Robin.LongLastName123", "your address or your name"),
        ("Robin Owner Robin Owner", "your address or your name"),
        ("example.com example", "your address or your name"),
        ("aaaaaaaaaaaaaaaaaaaaa", "Repeats like “aaa” are easy to guess."),
        ("abcdefghijklmnopqrst", "Sequences like “abc” or “6543” are easy to guess."),
        ("abcabcabcabcabcabc", "Do not repeat words or characters."),
    ],
)
def test_what_is_refused_and_why_is_told_beside_the_field(robin, password, said):
    page = choose(robin, password)
    assert page.status_code == 200
    html = page.content.decode()
    error = re.search(r'<p class="field-error" id="id_new_password_error">(.*?)</p>', html, re.S)
    assert said in error[1]
    [field] = re.findall(r'<input[^>]*name="new_password"[^>]*>', html)
    assert 'aria-describedby="id_new_password_helptext id_new_password_error"' in field
    assert 'aria-invalid="true"' in field
    assert 'id="id_new_password_helptext">At least 15 characters, any you like.' in html
    assert "value" not in field


@pytest.mark.parametrize(
    "password",
    [
        "tulip anvil wok",
        EMOJI,
        "83920174659283746501",
        "quietlowercaseletters",
        "  spaces at both ends  ",
        "".join(chr(33 + place * 59 % 89) for place in range(64)),
        "".join(chr(33 + place * 59 % 89) for place in range(128)),
        "äöü ßéè 社会の窓 ✓ 😀",
        "correct horse battery staple!",
        "my account of nine whales",
    ],
)
def test_a_long_one_is_accepted_whatever_it_is_made_of_and_signs_in_as_a_whole(robin, password):
    assert choose(robin, password).status_code == 302
    assert signs_in_with(robin, password)
    for other in {password[:-1], password.strip(), password.swapcase()} - {password}:
        assert not signs_in_with(robin, other)


@pytest.mark.parametrize(("chosen", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_letter_may_be_composed_in_one_way_and_typed_in_the_other(robin, chosen, typed):
    assert chosen != typed
    assert choose(robin, chosen).status_code == 302
    assert signs_in_with(robin, typed)


def test_the_command_keeps_a_password_as_the_pages_will_read_it(db, clock, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{DECOMPOSED}\n"))
    call_command("create_account", "robin@example.com", "--password-stdin", stdout=io.StringIO())
    assert signs_in_with(Someone(User.objects.get()), DECOMPOSED)


class CountingHasher(MD5PasswordHasher):
    """Counts how often it was made to work."""

    calls = 0

    def encode(self, password, salt):
        type(self).calls += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("field", ["password", "new_password"])
@pytest.mark.parametrize(("length", "status"), [(129, 200), (100_000, 200), (1_000_000, 400)])
def test_long_input_is_answered_without_hashing(robin, settings, field, length, status):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.calls = 0
    typed = {"password": PASSWORD, "new_password": "seven wild geese over the lake", field: "x" * length}
    answer = robin.client.post(PAGE, urlencode(typed), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status
    assert CountingHasher.calls == 0


def test_an_older_hash_becomes_argon2id_when_its_person_signs_in(owner, settings):
    settings.PASSWORD_HASHERS = production.values("PASSWORD_HASHERS")["PASSWORD_HASHERS"]
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    owner.sign_in()
    kept = User.objects.get().password
    assert kept.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert identify_hasher(kept).verify(PASSWORD, kept)
    assert owner.get("/account/").status_code == 200


def test_no_rule_asks_for_a_mixture_of_signs():
    assert not [rule for rule in settings.AUTH_PASSWORD_VALIDATORS if "Numeric" in rule["NAME"]]


@pytest.mark.parametrize("password", ["my account 1 whale", "robin hood and nine owls", "a rekey of the church organ"])
def test_an_own_word_may_be_part_of_a_password(db, password):
    validate_password(password, User(email="robin@example.com", name="Robin"))


def test_own_words_that_overlap_are_compared_in_no_time(db):
    anna = User(email="ana@anaana.example", name="Ana Anaana")
    with pytest.raises(ValidationError):
        validate_password("ana" * 42, anna)
    with pytest.raises(ValidationError, match="hardly better"):
        validate_password("ana" * 42 + "!x", anna)


@pytest.mark.parametrize(("found", "ours"), [(Warning, advice.WARNINGS), (Suggestion, advice.SUGGESTIONS)])
def test_everything_that_zxcvbn_says_is_said_in_words_of_ours_that_can_be_translated(found, ours):
    everything = [getattr(found, name) for name in dir(found) if not name.startswith("_")]
    assert len(everything) > 10
    for what in everything:
        [said] = [said for known, said in ours if known == what]
        assert isinstance(said, Promise)


def test_the_advice_is_spoken_in_the_language_of_the_moment(monkeypatch):
    monkeypatch.setattr(advice, "_", lambda text: f"«{text}»")
    assert advice.words(None) == "«This is easy to guess.»"
    assert advice.words(zxcvbn("aaaaaaaaaaaaaaaa", []).feedback).startswith("Repeats like “aaa”")


def test_the_fields_work_with_password_managers(robin):
    html = robin.get(PAGE).content.decode()
    for name, use in (("password", "current-password"), ("new_password", "new-password")):
        [field] = re.findall(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert 'type="password"' in field
        assert f'autocomplete="{use}"' in field
        assert "onpaste" not in field
    assert 'autocomplete="username"' in html
    assert html.count('data-reveal="Show password"') == 2
    assert html.count('src="/static/js/reveal.js"') == 2
