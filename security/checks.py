"""System checks: a setting outside its bounds, or a missing part, stops the deployment with a clear line."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from security.conf import Conf


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
