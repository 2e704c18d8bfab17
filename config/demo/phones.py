"""The two pretend phones and what their authenticator apps show."""

import base64
import binascii
import time
from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.conf import settings
from django_otp.oath import totp

from config.demo.models import PhoneEntry
from security.models import Enrollment
from security.totp import DIGITS, STEP


class SetupKeyForm(forms.Form):
    """What somebody types or pastes into the app of the new phone."""

    setup_key = forms.CharField(
        label="Setup key",
        max_length=400,
        help_text="Paste the key from the screen with the QR code, or the otpauth:// link.",
        error_messages={"required": "Paste the setup key."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_setup_key(self) -> str:
        typed = self.cleaned_data["setup_key"].strip()
        if typed.lower().startswith("otpauth://"):
            typed = parse_qs(typed.partition("?")[2]).get("secret", [""])[0]
        key = "".join(typed.split()).upper().rstrip("=")
        if not 16 <= len(key) <= 64 or _decoded(key) is None:
            raise forms.ValidationError("That is not a setup key: 32 letters and digits, in groups of four.")
        return key


def add(phone: str, account: str, secret: str) -> PhoneEntry:
    """Put an account on a phone; the same one again replaces its entry."""
    PhoneEntry.objects.filter(phone=phone, account=account).delete()
    return PhoneEntry.objects.create(phone=phone, account=account, secret=secret)


def account_of(key: str) -> str:
    """Whose pending enrollment this key is of, as the QR code would say."""
    for enrollment in Enrollment.objects.alive().select_related("person"):
        if base64.b32encode(enrollment.secret).decode() == key:
            return enrollment.person.email
    return settings.SITE_NAME


def entries() -> list[dict[str, Any]]:
    """One per account and phone, with the code it shows now."""
    left = STEP - int(time.time()) % STEP
    return [
        {
            "phone": entry.phone,
            "account": entry.account,
            "code": f"{totp(_decoded(entry.secret) or b'', step=STEP, digits=DIGITS):0{DIGITS}}",
            "seconds_left": left,
        }
        for entry in PhoneEntry.objects.order_by("pk")
    ]


def _decoded(key: str) -> bytes | None:
    try:
        return base64.b32decode(key + "=" * (-len(key) % 8))
    except (binascii.Error, ValueError):
        return None
