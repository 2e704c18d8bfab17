"""The boundary of the pages around signing in: shape and length, never a decision."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.validators import validate_ascii_address
from security.forms import PASSWORD_LONGEST, PasswordForm

__all__ = ["EmailForm", "NewPasswordForm", "PasswordForm"]


class EmailField(forms.EmailField):
    """An address, to be filled in by the browser where it knows it."""

    def __init__(self) -> None:
        super().__init__(
            label=_("E-mail address"),
            max_length=254,
            validators=[validate_ascii_address],
            error_messages={
                "required": _("Type your e-mail address."),
                "invalid": _("That is not an e-mail address. It looks like name@example.com."),
                "max_length": _("That is too long for an e-mail address."),
            },
            widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
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


class EmailForm(forms.Form):
    email = EmailField()


class NewPasswordForm(forms.Form):
    new_password = NewPasswordField()
