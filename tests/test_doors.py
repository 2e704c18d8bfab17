"""Every address is behind a gate, or on this list of open doors."""

from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

OPEN_DOORS = {
    "accounts:root": "sends people on",
    "accounts:sign_in": "the entrance",
    "accounts:sign_in_password": "needs an address typed in this browser",
    "accounts:sign_in_code": "needs a pending sign-in",
    "accounts:sign_in_recovery_code": "needs a pending sign-in",
    "security:undo": "the link is the key",
    "accounts:sign_in_new_device": "needs a pending sign-in",
    "accounts:invitation": "the link is the key",
    "accounts:forgot_password": "for people who cannot sign in; the same answer for everybody",
    "accounts:new_password": "the link is the key",
    "accounts:well_known_password": "sends password managers on",
    "health_live": "for load balancers",
    "health_ready": "for monitors; says nothing to strangers",
    "metrics": "the token is the key",
    "security_txt": "for whoever has found a hole",
    "well_known_passkeys": "tells password managers where the page is",
    "accounts:sign_in_passkey_begin": "asks for whatever passkey there is; says nothing of anybody",
    "accounts:sign_in_passkey": "the passkey is the key",
    "accounts:sign_in_code_passkey_begin": "needs a pending sign-in",
    "accounts:sign_in_code_passkey": "needs a pending sign-in",
    "accounts:new_password_passkey_begin": "the link is the key",
    "accounts:new_password_passkey": "the link is the key",
    "security:undo_passkey_begin": "the link is the key",
    "security:undo_passkey": "the link is the key",
    "accounts:ask_support": "for those who cannot get in; answers everybody the same",
    "security:link": "the link is half of the key, the password the other",
    "accounts:help": "for people who cannot sign in",
    "accounts:article": "for people who cannot sign in",
    "accounts:language": "who cannot read a page must not need an account to change that",
    "accounts:sign_out": "ends whatever session there is",
    "admin:login": "leads to the one sign-in there is",
}


def doors(resolver: URLResolver, space: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found[f"{space}{pattern.name}"] = pattern.callback
        else:
            found |= doors(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
    return found


def is_of_the_admin(view: Any) -> bool:
    """Django wraps each of its views anew at every call, in `StaffSite.admin_view`, which is `gate.staff`."""
    return hasattr(view, "admin_site") or hasattr(view, "model_admin")


def test_every_address_has_a_gate_or_is_known_to_have_none():
    found = doors(get_resolver())
    gated = {name for name, view in found.items() if hasattr(view, "door") or is_of_the_admin(view)}
    assert set(found) - gated == set(OPEN_DOORS)


def test_a_gate_lets_nobody_in_who_is_signed_out(client, db):
    for name, path in {"accounts:home": "/account/", "security:page": "/security/"}.items():
        answer = client.get(path)
        assert answer.status_code == 302, name
        assert answer.url == f"/sign-in/?next={path.replace('/', '%2F')}"
