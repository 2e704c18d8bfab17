"""The forms of the journey, one a screen that asks something. They check shape and length and decide nothing."""

from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from security.forms import (
    CodeField,
    FactorForm,
    MailedCodeField,
    NameField,
    PasswordForm,
    RecoveryCodeForm,
    shares_fields,
)
from security.person import Person, masked


@shares_fields
class EmailForm(forms.Form):
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Type the address of your account."),
            "max_length": _("That is too long for an e-mail address."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )


__all__ = [
    "CodeForm",
    "ConfirmForm",
    "EmailForm",
    "NoticeForm",
    "PasswordForm",
    "ProofForm",
    "RecoveryCodeForm",
    "ScanForm",
]

ProofForm = FactorForm


@shares_fields
class NoticeForm(forms.Form):
    """To which of the confirmed addresses the code goes; asked only where there is a choice. Values are positions in
    the list, so that no address stands in the page in full.
    """

    address = forms.ChoiceField(
        label=_("Send the code to"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of your addresses.")},
        required=False,
    )
    stolen = forms.BooleanField(
        label=_("My old device was stolen"),
        required=False,
        widget=forms.CheckboxInput({"aria-describedby": "stolen-help"}),
    )

    def __init__(self, data: object, person: Person, *, asks_about_old_device: bool) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.addresses = person.seasoned_addresses()
        if len(self.addresses) < 2:
            del self.fields["address"]
        else:
            choices = [(str(position), masked(address)) for position, address in enumerate(self.addresses)]
            own: Any = deepcopy(self.fields["address"])
            own.choices, own.initial, self.fields["address"] = choices, "0", own
        if not asks_about_old_device:
            del self.fields["stolen"]

    @property
    def chosen_address(self) -> str:
        return self.addresses[int(self.cleaned_data.get("address") or 0)]


@shares_fields
class CodeForm(forms.Form):
    code = MailedCodeField(_("Verification code"), _("Type the eight digits from the e-mail."))


@shares_fields
class ScanForm(forms.Form):
    name = NameField()


@shares_fields
class ConfirmForm(forms.Form):
    code = CodeField(_("Code from your new device"), _("Type the six digits your new device shows."))
