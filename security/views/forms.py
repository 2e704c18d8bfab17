"""Forms of the pages around Sign in & security. They check shape and length and decide nothing."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security.conf import conf
from security.flows import recovery_codes
from security.forms import LONG, CodeField, NameField, NewPasswordField, PasswordField
from security.refusals import Reason

CODE_REASONS = {Reason.WRONG_CODE, Reason.WRONG_RECOVERY_CODE, Reason.NO_PROOF, Reason.CODE_SPENT}


class DeviceForm(forms.Form):
    name = NameField()


class PasskeyForm(forms.Form):
    name = NameField(_("Name of the passkey"), _("Optional. It helps you tell your passkeys apart."))


class ContestForm(forms.Form):
    """The password of now or then, something older than the change, and a new password."""

    password = PasswordField(label=_("Your password, the present one or the one you had before the change"))
    code = CodeField(
        _("A code of a device, or a recovery code, that you had before the change"),
        _("Type a code of a device that you had before, or an older recovery code."),
        inputmode="text",
        **LONG,
    )
    new_password = NewPasswordField()

    def __init__(self, data: QueryDict | None, *, asks_code: bool) -> None:
        super().__init__(data)
        if not asks_code:  # a passkey was shown instead
            del self.fields["code"]

    def check_new_password(self, person: Any) -> None:
        """Raises django's ValidationError for a password that breaks the rules."""
        validate_password(self.cleaned_data["new_password"], person)

    def field_of(self, reason: Reason) -> str | None:
        """The field that a refusal is about, or None for the form as a whole."""
        if reason == Reason.WRONG_PASSWORD:
            return "password"
        return "code" if reason in CODE_REASONS else None


class SheetForm(forms.Form):
    """The codes of the page that shows them, one a line, on their way into a file: that many codes and nothing else."""

    codes = forms.CharField(max_length=1000)

    def clean_codes(self) -> list[str]:
        codes: list[str] = self.cleaned_data["codes"].split()
        if len(codes) != conf.RECOVERY_CODES or not all(map(recovery_codes.looks_like_one, codes)):
            raise forms.ValidationError("not a sheet")
        return [recovery_codes.grouped(recovery_codes.tidy(code)) for code in codes]


class RehearsalForm(forms.Form):
    """The last two characters of one code; which one was asked comes back with the answer."""

    code = CodeField("", _("Type two characters."), inputmode="text", autocomplete="off", autocapitalize="characters")

    def __init__(self, data: QueryDict | None, *, position: int) -> None:
        super().__init__(data)
        self.fields["code"].label = gettext("The last two characters of code %(number)d") % {"number": position}

    @staticmethod
    def position_of(data: QueryDict) -> int | None:
        """The number of the code that was asked for."""
        number = data.get("position", "")
        return int(number) if number in map(str, range(1, conf.RECOVERY_CODES + 1)) else None
