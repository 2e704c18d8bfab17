"""The keys: what is sealed stays sealed, what is derived depends on all its parts, and SECRET_KEY has none in it."""

import base64
import itertools

import pytest

from security import crypto

ROW = "authenticator 0123"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture
def keys(settings):
    """A keyring of one key, which a test may rotate."""
    settings.SECURITY_KEYS = {"old": OLD}
    return settings


def altered(sealed: str, position: int) -> str:
    key_id, _, encoded = sealed.partition(".")
    raw = bytearray(base64.b64decode(encoded))
    raw[position] ^= 1
    return f"{key_id}.{base64.b64encode(raw).decode()}"


def test_what_was_sealed_is_unsealed():
    secret = crypto.totp_secret()
    assert crypto.unseal(crypto.seal(secret, bound_to=ROW), bound_to=ROW) == secret


def test_the_secret_is_not_in_what_is_kept():
    secret = crypto.totp_secret()
    sealed = crypto.seal(secret, bound_to=ROW)
    kept = base64.b64decode(sealed.partition(".")[2])
    assert secret not in kept
    assert base64.b32encode(secret).decode() not in sealed


def test_no_two_seals_of_a_secret_are_alike():
    seals = {crypto.seal(b"the same secret", bound_to=ROW) for _ in range(50)}
    assert len(seals) == 50


@pytest.mark.parametrize("row", ["authenticator 0124", "enrollment 0123", "", "authenticator 0123 "])
def test_a_secret_opens_in_its_own_row_only(row):
    with pytest.raises(crypto.Unsealable):
        crypto.unseal(crypto.seal(b"secret", bound_to=ROW), bound_to=row)


def test_a_flipped_bit_anywhere_is_noticed():
    sealed = crypto.seal(b"twenty bytes of secr", bound_to=ROW)
    length = len(base64.b64decode(sealed.partition(".")[2]))
    assert length == 12 + 20 + 16
    for position in range(length):
        with pytest.raises(crypto.Unsealable):
            crypto.unseal(altered(sealed, position), bound_to=ROW)


@pytest.mark.parametrize("nonsense", ["", ".", "old", "old.", "old.AAAA", "old.%%%", "old.ünïcode", "nobody.AAAA"])
def test_nonsense_is_unsealable_and_nothing_else(keys, nonsense):
    with pytest.raises(crypto.Unsealable):
        crypto.unseal(nonsense, bound_to=ROW)


def test_an_unknown_key_is_unsealable(keys):
    sealed = crypto.seal(b"secret", bound_to=ROW)
    keys.SECURITY_KEYS = {"new": NEW}
    with pytest.raises(crypto.Unsealable, match="no key old"):
        crypto.unseal(sealed, bound_to=ROW)


def test_a_seal_cannot_be_passed_off_as_one_of_another_key(keys):
    sealed = crypto.seal(b"secret", bound_to=ROW)
    keys.SECURITY_KEYS = {"new": NEW, "old": OLD}
    with pytest.raises(crypto.Unsealable):
        crypto.unseal(sealed.replace("old.", "new."), bound_to=ROW)


def test_an_old_key_still_reads_after_a_rotation(keys):
    sealed = crypto.seal(b"secret", bound_to=ROW)
    keys.SECURITY_KEYS = {"new": NEW, "old": OLD}
    assert crypto.unseal(sealed, bound_to=ROW) == b"secret"
    assert crypto.seal(b"secret", bound_to=ROW).startswith("new.")


def test_the_first_key_is_the_current_one(keys):
    keys.SECURITY_KEYS = {"new": NEW, "old": OLD}
    assert crypto.current_key_id() == "new"
    assert crypto.derive("label", "a") == crypto.derive("label", "a", key_id="new")
    assert crypto.derive("label", "a") != crypto.derive("label", "a", key_id="old")


def test_what_was_derived_with_an_old_key_is_found_by_its_id(keys):
    before = crypto.derive("label", "a")
    keys.SECURITY_KEYS = {"new": NEW, "old": OLD}
    assert crypto.derive("label", "a", key_id="old") == before


def test_an_unknown_key_derives_nothing(keys):
    with pytest.raises(crypto.Unsealable):
        crypto.derive("label", "a", key_id="lost")


def test_the_secret_key_has_no_part_in_it(settings):
    sealed, derived = crypto.seal(b"secret", bound_to=ROW), crypto.derive("label", "a")
    settings.SECRET_KEY = "another one"
    assert crypto.unseal(sealed, bound_to=ROW) == b"secret"
    assert crypto.derive("label", "a") == derived


def test_it_is_the_keyring_that_decides(keys):
    derived = crypto.derive("label", "a")
    keys.SECURITY_KEYS = {"old": NEW}
    assert crypto.derive("label", "a") != derived


def test_where_a_part_ends_is_part_of_what_is_derived():
    parts = [("ab", "c"), ("a", "bc"), ("abc",), ("", "abc"), ("abc", ""), ("a", "b", "c"), ("\0\0\0\x01a", "bc")]
    values = [crypto.derive("label", *each) for each in parts]
    assert len(set(values)) == len(parts)


def test_every_label_has_a_key_of_its_own():
    values = {crypto.derive(label, "a") for label in ("verification code", "session key", "throttled address", "seal")}
    assert len(values) == 4


def test_what_is_derived_has_256_bits_and_is_the_same_every_time():
    assert len(crypto.derive("label", "a")) == 32
    assert crypto.derive("label", "a") == crypto.derive("label", "a")


def test_the_parts_are_text_of_any_kind():
    values = [crypto.derive("label", text) for text in ("é", "e\u0301", "😀", "", "a" * 10_000)]
    assert len(set(values)) == len(values)


def test_totp_secrets_are_160_bits_and_never_the_same():
    secrets = {crypto.totp_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(secret) for secret in secrets} == {20}


@pytest.mark.parametrize(("make", "characters"), [(crypto.token, 43), (crypto.public_id, 24)])
def test_random_names_never_meet(make, characters):
    made = {make() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(each) for each in made} == {characters}


def test_a_digest_is_sha_256():
    assert crypto.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(("one", "other"), list(itertools.product(["", "a", "b", "ab", "é", "１"], repeat=2)))
def test_two_secrets_are_the_same_or_not(one, other):
    assert crypto.same(one, other) is (one == other)
