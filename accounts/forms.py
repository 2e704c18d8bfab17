"""The boundary of the pages around signing in: shape and length, never a decision."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.validators import validate_ascii_address
from security.forms import NewPasswordField, PasswordForm

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


class EmailForm(forms.Form):
    email = EmailField()


class NewPasswordForm(forms.Form):
    new_password = NewPasswordField()
