"""The boundary of the pages around signing in: shape and length, never a decision."""

from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_LONGEST = 128


class EmailField(forms.EmailField):
    """An address, to be filled in by the browser where it knows it."""

    def __init__(self) -> None:
        super().__init__(
            label=_("E-mail address"),
            max_length=254,
            error_messages={
                "required": _("Type your e-mail address."),
                "invalid": _("That is not an e-mail address. It looks like name@example.com."),
                "max_length": _("That is too long for an e-mail address."),
            },
            widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
        )


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


class EmailForm(forms.Form):
    email = EmailField()


class PasswordForm(forms.Form):
    password = PasswordField()
