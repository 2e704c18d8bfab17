"""Verification codes are computed, not kept: worker and checker derive the same eight digits from the same row."""

from security import crypto
from security.models import VerificationCode

DIGITS = 8


def digits(code: VerificationCode) -> str:
    """The eight digits of this code; nothing but the keyring and the row are needed, and nothing is stored.

    HMAC-SHA-256 over purpose, nonce, address and generation; 128 of its bits modulo 10^8, so no digit is favoured.
    """
    parts = (code.purpose, code.nonce, code.address, str(code.generation))
    value = crypto.derive("verification code", *parts, key_id=code.key_id)
    return f"{int.from_bytes(value[:16]) % 10**DIGITS:0{DIGITS}}"


def grouped(code: VerificationCode) -> str:
    """The digits as people read them: `1234 5678`."""
    eight = digits(code)
    return f"{eight[:4]} {eight[4:]}"


def is_right(code: VerificationCode, typed: str) -> bool:
    """Whether these are its digits; spaces and hyphens are forgiven."""
    return crypto.same(digits(code), "".join(typed.replace("-", " ").split()))
