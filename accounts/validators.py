"""What an address and a new password must be, besides Django's own rules."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from zxcvbn_rs_py import zxcvbn

from accounts import advice

OURS = ("Rekey",)
GUESSABLE_BELOW = 3


def validate_ascii_address(address: str) -> None:
    """Refuses letters that only look like the ones mail servers know: `ſ` is no `s`, though a database folds them. A
    domain of another script is typed in its `xn--` form.

    Refuses quotes as browsers do, though RFC 5321 has them (4.1.2, which advises against them): `"ro\\bin"@` is the
    mailbox of `robin@`, and would have a count of mails of its own; and Django takes control characters in them.
    """
    if not address.isascii():
        raise ValidationError(_("Use only plain letters, digits and signs in the address."), code="not_ascii")
    if '"' in address:
        raise ValidationError(_("That is not an e-mail address. It looks like name@example.com."), code="invalid")


def own_words(user: Any = None) -> set[str]:
    """What everybody would try first here: the name of the site, the person's address and name, and their parts."""
    texts = [*OURS, settings.SITE_NAME]
    if user is not None:
        local, _at, domain = user.email.partition("@")
        texts += [user.email, local, domain, domain.partition(".")[0], user.name]
    words = {part for text in texts for part in (text, *re.split(r"[\W_]+", text))}
    return {word for word in map(_letters, words) if len(word) >= 3}


def _letters(text: str) -> str:
    """The text without case, spaces and signs."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


class OwnWordsValidator:
    """Refuses a password that is nothing but own words, repeated, joined, or with digits at the end (ASVS 6.2.11).

    The whole password is compared: one that only contains such a word is as good as the rest of it.
    """

    def validate(self, password: str, user: Any = None) -> None:
        words, text = own_words(user), _letters(password)
        if self._is_made_of(words, text) or self._is_made_of(words, text.rstrip("0123456789")):
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def _is_made_of(self, words: set[str], text: str) -> bool:
        reached = {0}
        for start in range(len(text)):
            if start in reached:
                reached |= {start + len(word) for word in words if text.startswith(word, start)}
        return bool(text) and len(text) in reached

    def get_help_text(self) -> str:
        return str(_("Do not make it of the name of this site, your address or your name: those are tried first."))


class LongEnoughValidator(MinimumLengthValidator):
    """Refuses what is too short (NIST SP 800-63B-4 3.1.1.2, ASVS 6.2.1)."""

    def get_error_message(self) -> str:
        return ngettext(
            "This password is too short. Use at least %(n)d character.",
            "This password is too short. Use at least %(n)d characters.",
            self.min_length,
        ) % {"n": self.min_length}

    def get_help_text(self) -> str:
        return ngettext(
            "Your password needs at least %(n)d character.",
            "Your password needs at least %(n)d characters.",
            self.min_length,
        ) % {"n": self.min_length}


class UnlikeThePersonValidator(UserAttributeSimilarityValidator):
    """Refuses what is much like the person's address or name (ASVS 6.2.11)."""

    def get_error_message(self) -> str:
        return str(_("This password is too similar to your address or your name."))

    def get_help_text(self) -> str:
        return str(_("Your password must not be like your address or your name."))


class AnyCommonPasswordValidator(CommonPasswordValidator):
    """Refuses what is on Django's list of common passwords, with or without spaces and signs put in between.

    What is only like them, zxcvbn finds (NIST SP 800-63B-4 3.1.1.2, ASVS 6.2.4).
    """

    def validate(self, password: str, user: Any = None) -> None:
        for spelled in (password, _letters(password)):
            super().validate(spelled, user)

    def get_error_message(self) -> str:
        return str(_("This password is too common: it is on the lists that are tried first. Choose other words."))


class NotExposedValidator:
    """Refuses the password that somebody else may know (ASVS 6.2.10). It costs a hash only where there is one."""

    def validate(self, password: str, user: Any = None) -> None:
        from security.models import SecurityProfile  # passkeys, among these models, need the user model first

        is_exposed = user is not None and user.pk and SecurityProfile.objects.of(user).password_exposed_at
        if is_exposed and user.check_password(password):
            raise ValidationError(self.get_help_text(), code="password_exposed")

    def get_help_text(self) -> str:
        return str(_("It must not be one that somebody else may know."))


class GuessableValidator:
    """Refuses what zxcvbn would guess in less than 10⁸ tries, and says why and what would be better."""

    def validate(self, password: str, user: Any = None) -> None:
        own, letters = sorted(own_words(user)), _letters(password)
        is_dressed_up = 3 * len(letters) >= 2 * len(password)  # spaces and signs between letters do not hide a word
        spelled = [password, letters] if is_dressed_up else [password]
        found = min((zxcvbn(text, own) for text in spelled), key=lambda result: int(result.score))
        if int(found.score) < GUESSABLE_BELOW:
            raise ValidationError(advice.words(found.feedback), code="password_guessable")

    def get_help_text(self) -> str:
        return str(_("Your password must be hard to guess, also for a program that knows what people like to choose."))


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
