"""Fields that more than one page asks for."""

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


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, even if that is nothing; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


class CodeField(forms.CharField):
    """A code to type, paste, or let the phone fill in; spaces are nobody's mistake."""

    def __init__(self, label: StrOrPromise, required: StrOrPromise, **attrs: str) -> None:
        super().__init__(
            label=label,
            max_length=CODE_LONGEST,
            error_messages={"required": required, "max_length": _("That is too long for a code.")},
            widget=forms.TextInput(
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


class AuthenticatorCodeForm(forms.Form):
    code = CodeField(_("Code"), _("Type the six digits your app shows."))


class PasswordField(forms.CharField):
    """The present password, exactly as it is typed."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Password"),
            strip=False,
            max_length=PASSWORD_LONGEST,
            error_messages={
                "required": _("Type your password."),
                "max_length": _("No password here is that long. Check what you pasted."),
            },
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )


class PasswordForm(forms.Form):
    password = PasswordField()
