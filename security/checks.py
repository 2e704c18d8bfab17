"""System checks: a setting outside its bounds, or a missing part, stops the deployment with a clear line."""

import ipaddress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from security.conf import Conf

WIDEST_PROXY = {4: 8, 6: 16}  # bits; a trusted network that is wider is a mistake


@register(Tags.security)
def numbers_are_within_bounds(**kwargs: Any) -> list[CheckMessage]:
    """security.E001: every number of conf.py lies within the bounds written beside it."""
    return [
        Error(
            f"SECURITY_{number.name} ({number.meaning}) is {value}.",
            hint=f"It must lie between {number.lowest} and {number.highest}.",
            id="security.E001",
        )
        for number in Conf.numbers()
        if not number.lowest <= (value := number.__get__(None)) <= number.highest
    ]


@register(Tags.security)
def there_is_a_keyring(**kwargs: Any) -> list[CheckMessage]:
    """security.E002: secrets are sealed with keys of their own, never with SECRET_KEY."""
    if getattr(settings, "SECURITY_KEYS", None):
        return []
    return [Error("SECURITY_KEYS is empty.", hint="id:base64 of 32 random bytes", id="security.E002")]


@register(Tags.security, deploy=True)
def the_site_is_https(**kwargs: Any) -> list[CheckMessage]:
    """security.E004: the links in mails lead to a site that nobody on the way can read."""
    if settings.SITE_URL.startswith("https://"):
        return []
    return [Error("SITE_URL is not https.", hint="https://account.example.com", id="security.E004")]


@register(Tags.security, deploy=True)
def there_is_a_broker(**kwargs: Any) -> list[CheckMessage]:
    """security.E003: without a broker, mails would be sent inside requests."""
    if settings.REDIS_URL:
        return []
    return [Error("REDIS_URL is not set.", hint="redis://host:6379/0", id="security.E003")]


@register(Tags.security)
def no_proxy_is_trusted_from_everywhere(**kwargs: Any) -> list[CheckMessage]:
    """security.E005: whoever may say where people come from has no limits and leaves no address (ASVS 4.1.3)."""
    networks = map(ipaddress.ip_network, getattr(settings, "TRUSTED_PROXIES", []))
    return [
        Error(
            f"TRUSTED_PROXIES has {network}: half the world may say where people come from.",
            hint="Name the addresses of your own proxies.",
            id="security.E005",
        )
        for network in networks
        if network.prefixlen < WIDEST_PROXY[network.version]
    ]


@register(Tags.security, deploy=True)
def the_database_has_row_locks(**kwargs: Any) -> list[CheckMessage]:
    """security.E006: PostgreSQL's row locks tell two requests at once apart, and its trigger keeps the record."""
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        return []
    return [Error("The database is not PostgreSQL.", hint="postgres://user@host/rekey", id="security.E006")]
