"""Authenticator codes of RFC 6238 (SHA-1, 6 digits, 30 s): django-otp computes them, this says which one counts."""

import re

from django_otp.oath import TOTP

from security import crypto
from security.conf import conf

STEP = 30
DIGITS = 6
SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


def tidy(code: str) -> str:
    """A code as typed or pasted, without the spaces people and apps put into it."""
    return "".join(code.split())


def matching_step(secret: bytes, code: str, *, after: int, window: int | None = None) -> int | None:
    """The time step whose code this is, newer than `after` and at most `window` steps from now; None for no match.

    Only six ASCII digits count. A step is good once: store it, and pass it as `after` the next time (RFC 6238 5.2).
    """
    if not SIX_DIGITS.fullmatch(code):
        return None
    totp = TOTP(secret, step=STEP, digits=DIGITS)
    totp.time = totp.time  # one clock reading for all candidates
    reach = conf.TOTP_WINDOW if window is None else window
    for drift in sorted(range(-reach, reach + 1), key=abs):
        totp.drift = drift
        if totp.t() > after and crypto.same(f"{totp.token():0{DIGITS}}", code):
            return totp.t()
    return None


def minutes_off(secret: bytes, code: str) -> float | None:
    """By how many minutes the phone's clock seems slow (negative) or fast, when a code fits only outside the window."""
    step = matching_step(secret, code, after=-1, window=conf.TOTP_DRIFT_HINT)
    if step is None:
        return None
    now = TOTP(secret, step=STEP, digits=DIGITS).t()
    return (step - now) * STEP / 60
