"""What a page with passkeys needs: the library's scripts, where they ask, and their words in the person's language."""

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.middleware import csrf
from django.templatetags.static import static
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()


def fits(host: str) -> bool:
    """Whether passkeys of this site work under that name: they are bound to it (WebAuthn Level 3, 5.1.2)."""
    name, ours = host.rpartition(":")[0] or host, settings.OTP_WEBAUTHN_RP_ID
    return name == ours or name.endswith(f".{ours}")


@register.simple_tag(takes_context=True)
def passkeys_fit(context: dict[str, Any]) -> bool:
    """Whether there is any use in offering one here."""
    return fits(context["request"].get_host())


@register.simple_tag
def home_of_passkeys() -> str:
    """The address under which they work."""
    return str(settings.OTP_WEBAUTHN_ALLOWED_ORIGINS[0])


@register.simple_tag(takes_context=True)
def passkey_scripts(context: dict[str, Any], begin: str, finish: str, field: str = "", script: str = "auth") -> str:
    """The script `auth` or `register`, asking at these addresses; `field` is where the browser offers what it has."""
    configuration = {
        "autocompleteLoginFieldSelector": field or None,
        "nextFieldSelector": "#main input[name='next']",
        "csrfToken": csrf.get_token(context["request"]),
    }
    for ceremony in ("Authentication", "Registration"):
        configuration |= {f"begin{ceremony}Url": begin, f"complete{ceremony}Url": finish}
    return json_script(configuration, "otp_webauthn_config") + _the_same(get_language(), script)


@cache
def _the_same(_language: str | None, script: str) -> SafeString:
    own, theirs = static("js/passkey.js"), static(f"django_otp_webauthn/otp_webauthn_{script}.js")
    loaded = '{}<script type="module" src="{}"></script><script type="module" src="{}"></script>'
    return format_html(loaded, json_script(words(), "passkey-words"), own, theirs)


def words() -> dict[str, str]:
    """What the scripts say, in our words and the language that is active. A test knows whether one is missing."""
    stopped = _("That was stopped. Try again, or use another way.")
    later = _("That did not work. Load the page again, or use another way.")
    technical = "A technical problem occurred that prevents you from registering a Passkey for this site."
    return {
        "Verify with Passkey": _("Use a passkey"),
        "Verifying...": _("Waiting for your passkey …"),
        "Finishing verification...": _("Checking …"),
        "Verification successful!": _("It is you."),
        "Verification aborted.": stopped,
        "Verification canceled or not allowed.": stopped,
        "Verification failed. A server error occurred.": later,
        "Verification failed. An unknown error occurred.": later,
        "Verification failed. An unknown server error occurred.": later,
        "Verification failed. Could not retrieve parameters from the server.": later,
        "An error occurred during verification.": later,
        "Register a Passkey": _("Add a passkey"),
        "Registering...": _("Waiting for your passkey …"),
        "Finishing registration...": _("Checking …"),
        "Registration successful!": _("Your passkey is added."),
        "Registration aborted.": stopped,
        "Registration aborted or not allowed.": stopped,
        "Registration failed. A server error occurred.": later,
        f"Registration failed. {technical}": later,
        "Registration failed. An unknown error occurred.": later,
        "Registration failed. The server was unable to verify this passkey.": later,
        "Registration failed. Unable to fetch registration options from server.": later,
        "Registration failed. You most likely already have a Passkey registered for this site.": _(
            "What you chose is a passkey of this account already. Use another one."
        ),
        "An error occurred during registration.": later,
    }
