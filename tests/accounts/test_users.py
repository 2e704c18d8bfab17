"""The person: one account an address, a password that is worth its hash, and an epoch that ends what is old."""

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from security.models import SecurityProfile, Session
from tests.config import production
from tests.people import PASSWORD

SPARE = "spare@example.com"


@pytest.mark.parametrize(
    "address", ["owner@example.com", "OWNER@EXAMPLE.COM", "Owner@Example.Com", "owner@EXAMPLE.com"]
)
def test_one_account_an_address_whatever_its_case(owner, address):
    with pytest.raises(IntegrityError, match="one_account_an_address"), transaction.atomic():
        User.objects.create_user(address, PASSWORD)
    assert User.objects.count() == 1
    assert SecurityProfile.objects.count() == 1


@pytest.mark.parametrize("address", ["owner+1@example.com", "owner@example.org", "owne@example.com"])
def test_another_address_is_another_account(owner, address):
    User.objects.create_user(address, PASSWORD)
    assert User.objects.count() == 2


def test_an_account_cannot_take_over_the_address_of_another(owner, stranger):
    stranger.user.email = owner.user.email.upper()
    with pytest.raises(IntegrityError, match="one_account_an_address"), transaction.atomic():
        stranger.user.save()


@pytest.mark.parametrize("typed", ["owner@example.com", "OWNER@Example.com", " owner@example.com\t"])
def test_an_account_is_found_in_any_case(owner, typed):
    assert User.objects.get_by_natural_key(typed) == owner.user


@pytest.mark.parametrize("typed", ["", None, "owner@example.org", "%", "owner@example.co_"])
def test_nobody_is_found_by_anything_else(owner, typed):
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(typed)


def test_an_address_keeps_the_case_it_was_given_and_loses_the_space_around_it(db):
    assert User.objects.create_user("  Robin@Example.com ", PASSWORD).email == "Robin@Example.com"


def test_everybody_has_a_security_profile(owner, newcomer):
    for someone in (owner, newcomer):
        assert SecurityProfile.objects.get(person=someone.user)


def test_a_superuser_is_staff(db):
    user = User.objects.create_superuser("root@example.com", PASSWORD)
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert SecurityProfile.objects.get(person=user)


def test_an_account_without_a_password_has_none_that_is_right(db):
    user = User.objects.create_user("invited@example.com")
    assert not user.has_usable_password()
    assert not user.check_password("")


def test_people_are_called_by_their_name_or_else_by_their_address(owner, newcomer):
    assert (owner.user.get_full_name(), owner.user.get_short_name()) == ("Robin Owner", "Robin Owner")
    assert newcomer.user.get_full_name() == str(newcomer.user) == "new@example.com"


def stamps(user):
    return user.get_session_auth_hash()


def test_the_stamp_of_sessions_changes_with_the_epoch(owner):
    before = stamps(owner.user)
    owner.user.security_epoch += 1
    assert stamps(owner.user) != before


def test_the_stamp_of_sessions_changes_with_the_password(owner):
    before = stamps(owner.user)
    owner.user.set_password(PASSWORD)
    assert stamps(owner.user) != before


def test_the_stamp_of_sessions_changes_with_nothing_else(owner):
    before = stamps(owner.user)
    owner.user.name, owner.user.language, owner.user.email = "Robin", "fr", "robin@example.com"
    owner.user.last_login = timezone.now()
    assert stamps(owner.user) == before


def test_an_epoch_and_a_password_cannot_be_mistaken_for_another_pair(owner):
    owner.user.security_epoch, owner.user.password = 1, "1 abc"
    before = stamps(owner.user)
    owner.user.security_epoch, owner.user.password = 11, "abc"
    assert stamps(owner.user) != before


def test_two_people_with_one_password_have_two_stamps(owner, stranger):
    assert stamps(owner.user) != stamps(stranger.user)
    assert len(stamps(owner.user)) <= Session._meta.get_field("stamp").max_length


@pytest.mark.parametrize(
    ("recovery", "confirmed", "addresses"),
    [
        ("", False, ["owner@example.com"]),
        (SPARE, False, ["owner@example.com"]),
        (SPARE, True, ["owner@example.com", SPARE]),
        ("", True, ["owner@example.com"]),
    ],
)
def test_confirmed_addresses_are_told_the_primary_one_first(owner, recovery, confirmed, addresses):
    owner.user.recovery_email = recovery
    owner.user.recovery_email_confirmed_at = timezone.now() if confirmed else None
    assert owner.user.notification_addresses() == addresses


@pytest.fixture(scope="module")
def of_production():
    return production.values("PASSWORD_HASHERS", "AUTH_PASSWORD_VALIDATORS")


@pytest.fixture
def hashers(of_production, settings):
    settings.PASSWORD_HASHERS = of_production["PASSWORD_HASHERS"]


@pytest.fixture
def rules(of_production, settings):
    settings.AUTH_PASSWORD_VALIDATORS = of_production["AUTH_PASSWORD_VALIDATORS"]


def test_production_hashes_with_argon2id_and_the_parameters_of_owasp(hashers):
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert len(encoded) <= User._meta.get_field("password").max_length
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)


@pytest.mark.parametrize("algorithm", ["pbkdf2_sha256", "scrypt"])
def test_an_older_hash_still_signs_in_and_is_made_anew(db, hashers, algorithm):
    user = User.objects.create(email="old@example.com", password=make_password(PASSWORD, hasher=algorithm))
    assert user.check_password(PASSWORD)
    user.refresh_from_db()
    assert identify_hasher(user.password).algorithm == "argon2"


def test_the_fast_hash_of_the_tests_is_unknown_in_production(hashers):
    with pytest.raises(ValueError, match="Unknown password hashing algorithm"):
        identify_hasher("md5$salt$1bc29b36f623ba82aaf6724fd3b16718")


@pytest.mark.parametrize(
    "password",
    [
        "tulip anvil wok",
        "31415926535897932384",
        "".join(chr(33 + place * 59 % 89) for place in range(128)),
        "äöü ßéè 社会の窓 ✓ 😀",
        "               spaces all around               ",
        "correct horse battery staple",
        "UPPERCASEONLYHERE",
    ],
    ids=["15 characters", "20 digits", "128 characters", "any script", "spaces", "words", "one case"],
)
def test_a_long_password_needs_no_composition(rules, password):
    validate_password(password, User(email="robin@example.com", name="Robin Owner"))


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("tulip anvil wo", "at least 15 characters"),
        ("Tr0ub4dor&3", "at least 15 characters"),
        ("", "at least 15 characters"),
        ("x9" * 64 + "x", "at most 128 characters"),
        ("1q2w3e4r5t6y7u8i9o0p", "too common"),
        ("123456789987654321", "too common"),
        ("robin.longlastname", "too similar"),
        ("Robin.LongLastName1", "too similar"),
        ("robin.longlastname@example.com", "too similar"),
    ],
)
def test_what_is_refused_and_why(rules, password, said):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(email="robin.longlastname@example.com"))
    assert said in " ".join(refused.value.messages)


def test_the_rules_are_told_beforehand(rules):
    told = " ".join(password_validators_help_texts())
    assert "at least 15 characters" in told
    assert "at most 128 characters" in told
