"""What a page with passkeys needs: the library's scripts, where they ask, and their words in the person's language."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from security.templatetags.frame import only_reads

register = template.Library()
TOKEN = "-csrf-token-"  # noqa: S105  (stands in what is written once, until somebody's own is put there)


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
@only_reads
def passkey(
    context: dict[str, Any], view: str, *args: str, query: str = "", field: str = "", alone: bool = False
) -> str:
    """The offer to use a passkey, asking at `view`_begin and `view`; `alone` where the page has no other way. With
    `field` the browser offers its own below that field too, and the link is a button.
    """
    is_for_one = settings.DEBUG or args  # an address that carries the key of a mailed link is not kept
    write = _offer.__wrapped__ if is_for_one else _offer
    is_here = fits(context["request"].get_host())
    return _with_token(context, write(get_language(), view, args, query, field, bool(alone), is_here))


@register.simple_tag(takes_context=True)
@only_reads
def script_to_add_a_passkey(context: dict[str, Any]) -> str:
    """What asks the browser to make one."""
    return _with_token(context, _scripts("register", "security:passkey_add_begin", "security:passkey_add_finish"))


def _with_token(context: dict[str, Any], written: str) -> SafeString:
    return mark_safe(written.replace(TOKEN, str(context["csrf_token"])))  # noqa: S308  (letters and digits)


@lru_cache(maxsize=200)
def _offer(
    _language: str | None, view: str, args: tuple[str, ...], query: str, field: str, alone: bool, is_here: bool
) -> str:
    said = {"field": field, "alone": alone, "home": "" if is_here else home_of_passkeys()}
    scripts = _scripts("auth", f"{view}_begin", view, args, query=query, field=field) if is_here else ""
    return render_to_string("components/passkey.html", {**said, "scripts": scripts})


def _scripts(
    script: str, begin: str, finish: str, args: tuple[str, ...] = (), *, query: str = "", field: str = ""
) -> SafeString:
    """The library's script `auth` or `register`, where it asks, and its words in the language that is active."""
    configuration = {
        "autocompleteLoginFieldSelector": field or None,
        "nextFieldSelector": "#main input[name='next']",
        "csrfToken": TOKEN,
    }
    asked = {"begin": reverse(begin, args=args) + query, "complete": reverse(finish, args=args) + query}
    for ceremony in ("Authentication", "Registration"):
        configuration |= {f"{stage}{ceremony}Url": address for stage, address in asked.items()}
    loaded = '{}{}<script type="module" src="{}"></script><script type="module" src="{}"></script>'
    said = json_script(configuration, "otp_webauthn_config"), json_script(words(), "passkey-words")
    return format_html(loaded, *said, static("js/passkey.js"), static(f"django_otp_webauthn/otp_webauthn_{script}.js"))


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
