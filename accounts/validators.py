"""What an address and a new password must be, besides Django's own rules."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


def validate_ascii_address(address: str) -> None:
    """Refuses letters that only look like the ones mail servers know: `ſ` is no `s`, though a database folds them.

    A domain of another script is typed in its `xn--` form.
    """
    if not address.isascii():
        raise ValidationError(_("Use only plain letters, digits and signs in the address."), code="not_ascii")


class MaximumLengthValidator:
    """Refuses what is longer than we hash, instead of cutting it off (NIST SP 800-63B-4 3.1.1.2)."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return ngettext(
            "Your password may have at most %(n)d character.",
            "Your password may have at most %(n)d characters.",
            self.max_length,
        ) % {"n": self.max_length}
