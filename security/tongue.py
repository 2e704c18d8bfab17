"""Speaking to somebody in their language and by their clock."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation

from security.person import Person


@contextmanager
def of(person: Person) -> Iterator[str]:
    """Words and times are this person's for as long as this lasts; says which language that is."""
    language = _language(person.language)
    with translation.override(language), timezone.override(_zone(person.time_zone)):
        yield language


def _language(code: str) -> str:
    try:
        return translation.get_supported_language_variant(code)
    except LookupError:
        return settings.LANGUAGE_CODE


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)
