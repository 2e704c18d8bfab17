"""Forms of the pages around Sign in & security. They check shape and length and decide nothing."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from security.forms import CodeField, NewPasswordField, PasswordField
from security.refusals import Reason

CODE_REASONS = {Reason.WRONG_CODE, Reason.WRONG_RECOVERY_CODE, Reason.NO_PROOF, Reason.CODE_SPENT}


class ContestForm(forms.Form):
    """The password of now or then, something older than the change, and a new password."""

    password = PasswordField(label=_("Your password, the present one or the one you had before the change"))
    code = CodeField(
        _("A code of a device, or a recovery code, that you had before the change"),
        _("Type a code of a device that you had before, or an older recovery code."),
        inputmode="text",
    )
    new_password = NewPasswordField()

    def check_new_password(self, person: Any) -> None:
        """Raises django's ValidationError for a password that breaks the rules."""
        validate_password(self.cleaned_data["new_password"], person)

    def field_of(self, reason: Reason) -> str | None:
        """The field that a refusal is about, or None for the form as a whole."""
        if reason == Reason.WRONG_PASSWORD:
            return "password"
        return "code" if reason in CODE_REASONS else None
