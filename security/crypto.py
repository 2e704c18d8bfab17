"""The only room with keys in it: sealing, derived values, digests, and comparison of secrets.

Keys come from the keyring `SECURITY_KEYS` (id → 32 bytes, the first is current), never from SECRET_KEY. Each use has
a key of its own, derived with HKDF (RFC 5869) under a label.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12
NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")


class Unsealable(Exception):
    """What was sealed has been altered or moved to another row, or its key is not in the keyring."""


def current_key_id() -> str:
    """The id of the key with which new things are sealed and derived."""
    return next(iter(settings.SECURITY_KEYS))


def has_key(key_id: str) -> bool:
    """Whether this key is still in the keyring."""
    return key_id in settings.SECURITY_KEYS


@cache
def _subkey(key: bytes, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"rekey {label}".encode()).derive(key)


@cache
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _key(key_id: str, label: str) -> bytes:
    try:
        return _subkey(settings.SECURITY_KEYS[key_id], label)
    except KeyError:
        raise Unsealable(f"no key {key_id} in the keyring") from None


def seal(secret: bytes, *, bound_to: str) -> str:
    """Encrypt and authenticate with AES-256-GCM (NIST SP 800-38D), tied to the row named by `bound_to`."""
    key_id, nonce = current_key_id(), secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(_key(key_id, "seal")).encrypt(nonce, secret, bound_to.encode())
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, bound_to: str) -> bytes:
    """What `seal` was given. Raises Unsealable for anything else than an untouched value in its own row."""
    key_id, _, encoded = sealed.partition(".")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return _cipher(_key(key_id, "seal")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise Unsealable("altered, or of another row") from error


def reseal(sealed: str, *, bound_to: str) -> str:
    """The same secret under the current key. Raises Unsealable like `unseal`."""
    return seal(unseal(sealed, bound_to=bound_to), bound_to=bound_to)


def derive(label: str, *parts: str, key_id: str | None = None) -> bytes:
    """HMAC-SHA-256 over the length-prefixed parts, under the key for this label (32 bytes)."""
    message = b"".join([len(part := text.encode()).to_bytes(4) + part for text in parts])
    return hmac.digest(_key(key_id or current_key_id(), label), message, "sha256")


def digest(secret: str) -> str:
    """What is stored in place of a random token: its SHA-256, enough for 128 random bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token() -> str:
    """256 random bits for a URL, a cookie or a nonce."""
    return secrets.token_urlsafe(32)


def public_id() -> str:
    """An opaque name of a row that people may see: 96 random bits, and no secret."""
    return in_letters(secrets.token_bytes(12))


def public_ids(number: int) -> list[str]:
    """So many of them that begin alike, with 72 random bits each. An index takes them in at one place; for thousands
    that have nothing in common it would be read and written all over.
    """
    beginning, rest = secrets.token_bytes(3), secrets.token_bytes(9 * number)
    return [in_letters(beginning + rest[at : at + 9]) for at in range(0, 9 * number, 9)]


def in_letters(value: bytes) -> str:
    """Bytes as letters, two each. A mail that has them in a link has no run of digits but its code."""
    return value.hex().translate(NO_DIGITS)


def is_public_id(text: str) -> bool:
    """Whether this could be the public id of a row; whatever else stands in an address is not looked up."""
    return len(text) == 24 and text.isascii() and text.isalnum()


def pick(signs: str) -> str:
    """One of these signs, each as likely as the others."""
    return secrets.choice(signs)


def shuffled(signs: str) -> list[str]:
    """These signs in a random order."""
    return secrets.SystemRandom().sample(signs, len(signs))


def totp_secret() -> bytes:
    """160 random bits for a new authenticator (RFC 4226 R6)."""
    return secrets.token_bytes(20)


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
