"""Fields that more than one page asks for."""

import re
import unicodedata
from typing import TYPE_CHECKING

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = object

CODE_LONGEST = 64
PASSWORD_LONGEST = 128
LONG = {"class": "code code-long"}  # a whole recovery code is seen at once, also on a phone


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, even if that is nothing; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


class _Shared(dict[str, forms.Field]):
    """Fields of forms that never change them: a form copies the list, and not each field with all that it has."""

    def __deepcopy__(self, memo: object) -> dict[str, forms.Field]:
        return dict(self)


def shares_fields[F: type[forms.Form]](form: F) -> F:
    """All forms of this class have the same fields, those of classes made from it their own."""
    form.base_fields = _Shared(form.base_fields)
    return form


class CodeInput(forms.TextInput):
    """Where a code is typed: by this the page knows what helps there (components/field.html)."""


class CodeField(forms.CharField):
    """A code to type, paste, or let the phone fill in; spaces are nobody's mistake."""

    def __init__(self, label: StrOrPromise, required: StrOrPromise, **attrs: str) -> None:
        super().__init__(
            label=label,
            max_length=CODE_LONGEST,
            error_messages={"required": required, "max_length": _("That is too long for a code.")},
            widget=CodeInput(
                attrs={
                    "autocomplete": "one-time-code",
                    "inputmode": "numeric",
                    "autocapitalize": "off",
                    "spellcheck": "false",
                    "class": "code",
                    **attrs,
                }
            ),
        )


class MailedCodeField(CodeField):
    """The digits of a mailed code, also out of a sentence that was copied with them: the one group of eight in it."""

    EIGHT = re.compile(r"(?<![0-9])([0-9]{4}[\s-]?[0-9]{4})(?![0-9])")

    def clean(self, value: str) -> str:
        typed: str = super().clean(value)
        found = self.EIGHT.findall(typed)
        return found[0] if len(found) == 1 else typed


class LineField(forms.CharField):
    """What stands in mails and on pages: one line of it, and nothing that cannot be seen."""

    def clean(self, value: str) -> str:
        line: str = super().clean(value)
        if not line.isprintable():
            raise forms.ValidationError(_("Use letters, digits and signs only, in one line."))
        return line


class NameField(LineField):
    """What a device is called, or something else that somebody has several of."""

    def __init__(self, label: StrOrPromise = "", help_text: StrOrPromise = "") -> None:
        super().__init__(
            label=label or _("Name of the device"),
            help_text=help_text or _("Optional. It helps you tell your devices apart."),
            max_length=64,
            required=False,
            error_messages={"max_length": _("Use at most 64 characters.")},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )


@shares_fields
class AuthenticatorCodeForm(forms.Form):
    code = CodeField(_("Code"), _("Type the six digits your app shows."))


@shares_fields
class FactorForm(forms.Form):
    """A code of the app, or a recovery code: one field takes both."""

    code = CodeField(_("Code"), _("Type the six digits your app shows, or a recovery code."), inputmode="text", **LONG)


@shares_fields
class RecoveryCodeForm(forms.Form):
    code = CodeField(
        _("Recovery code"), _("Type one of your recovery codes."), inputmode="text", autocomplete="off", **LONG
    )


class PasswordField(forms.CharField):
    """The present password as it is typed, in the one form of Unicode that passwords are kept in (NFC)."""

    def clean(self, value: str) -> str:
        return unicodedata.normalize("NFC", super().clean(value))

    def __init__(self, label: StrOrPromise = "") -> None:
        super().__init__(
            label=label or _("Password"),
            strip=False,
            max_length=PASSWORD_LONGEST,
            error_messages={
                "required": _("Type your password."),
                "max_length": _("No password here is that long. Check what you pasted."),
            },
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )


class NewPasswordField(forms.CharField):
    """A password to be, exactly as it is typed; how good it is, is decided elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            label=_("New password"),
            help_text=_("At least 15 characters, any you like. A few words in a row are easy to remember."),
            strip=False,
            max_length=PASSWORD_LONGEST,
            error_messages={
                "required": _("Type the password you want."),
                "max_length": _("Use at most 128 characters."),
            },
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )

    def clean(self, value: str) -> str:
        return unicodedata.normalize("NFC", super().clean(value))


@shares_fields
class PasswordForm(forms.Form):
    password = PasswordField()
