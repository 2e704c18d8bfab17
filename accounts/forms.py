"""The boundary of the pages around signing in: shape and length, never a decision."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import zones
from accounts.flows import profile
from accounts.validators import validate_ascii_address
from security.forms import (
    FactorForm,
    LineField,
    MailedCodeField,
    NewPasswordField,
    PasswordField,
    PasswordForm,
    shares_fields,
)

MESSAGE_LONGEST = 2000
UNKNOWN_ZONE = _("Choose a time zone of the list.")
UNKNOWN_LANGUAGE = _("Choose one of these languages.")

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = object

__all__ = [
    "AddressCodeForm",
    "AddressForm",
    "EmailForm",
    "NewPasswordForm",
    "PasswordChangeForm",
    "PasswordForm",
    "PersonalInfoForm",
    "ProvenNewPasswordForm",
    "SupportForm",
]


class EmailField(forms.EmailField):
    """An address, to be filled in by the browser where it knows it."""

    def __init__(self, label: StrOrPromise = "", *, autocomplete: str = "username") -> None:
        super().__init__(
            label=label or _("E-mail address"),
            max_length=254,
            validators=[validate_ascii_address],
            error_messages={
                "required": _("Type your e-mail address."),
                "invalid": _("That is not an e-mail address. It looks like name@example.com."),
                "max_length": _("That is too long for an e-mail address."),
            },
            widget=forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        )


@shares_fields
class EmailForm(forms.Form):
    email = EmailField()


class NewPasswordForm(forms.Form):
    new_password = NewPasswordField()


class AddressForm(forms.Form):
    """A new address. Capitals do not count, so they go: one mailbox is one line in every count of mails."""

    address = EmailField(_("New e-mail address"), autocomplete="email")

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        return address.lower()


class AddressCodeForm(forms.Form):
    code = MailedCodeField(_("Verification code"), _("Type the eight digits from the e-mail."))


class ProvenNewPasswordForm(FactorForm, NewPasswordForm):
    """A new password, and a second factor to prove that it may be set."""

    field_order = ["new_password", "code"]


class PasswordChangeForm(forms.Form):
    password = PasswordField(label=_("Present password"))
    new_password = NewPasswordField()

    def clean(self) -> None:
        typed = self.cleaned_data
        if typed.get("password") and typed["password"] == typed.get("new_password"):
            self.add_error("new_password", _("That is the password you typed above. Choose another one."))


class MessageField(forms.CharField):
    """A few lines to a person; a line break is one character, whatever the browser sends."""

    def __init__(self) -> None:
        super().__init__(
            label=_("What happened?"),
            help_text=_("Optional. No passwords and no codes, please."),
            required=False,
            max_length=MESSAGE_LONGEST,
            error_messages={"max_length": _("Use at most 2000 characters. What you wrote is still here: shorten it.")},
            widget=forms.Textarea(attrs={"rows": "6"}),
        )

    def to_python(self, value: str | None) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class SupportForm(forms.Form):
    email = EmailField()
    message = MessageField()


class PersonNameField(LineField):
    """What a person wants to be called."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Name"),
            help_text=_("Optional. We greet you with it."),
            required=False,
            max_length=150,
            error_messages={"max_length": _("Use at most 150 characters.")},
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )


class TimeZoneField(forms.CharField):
    """A zone of the IANA database, one of those that are offered or any other; nothing, until one is chosen."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Time zone"),
            help_text=_("All times on these pages and in our mails are told by this clock."),
            required=False,
            max_length=64,
            error_messages={"max_length": UNKNOWN_ZONE},
            widget=forms.Select(),
        )

    def clean(self, value: str) -> str:
        name: str = super().clean(value)
        if name and not profile.is_zone(name):
            raise forms.ValidationError(UNKNOWN_ZONE)
        return name


class PersonalInfoForm(forms.Form):
    name = PersonNameField()
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Of these pages, and of the mails that we send."),
        choices=lambda: settings.LANGUAGES,
        error_messages={"required": UNKNOWN_LANGUAGE, "invalid_choice": UNKNOWN_LANGUAGE},
    )
    time_zone = TimeZoneField()

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        chosen = str(self["time_zone"].value() or "")
        nothing = [] if self.initial.get("time_zone") else [("", _("Not chosen yet (UTC)"))]
        widget: Any = self.fields["time_zone"].widget
        widget.choices = [*nothing, *zones.offered(*filter(profile.is_zone, [chosen]))]
