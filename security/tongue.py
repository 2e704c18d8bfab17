"""Speaking to somebody in their language and by their clock."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone, translation

from security.person import Person

# Every clock can tell a moment between these, and some days later or earlier; near the ends of the calendar none can.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@contextmanager
def of(person: Person, *, chosen: str = "") -> Iterator[str]:
    """Words and times are this person's for as long as this lasts; says which language that is.

    What they have just `chosen` comes first; where they never chose one, it is the one that is active.
    """
    spoken = translation.get_language()
    language = _language(chosen or person.language or spoken or "")
    in_it = nullcontext() if language == spoken else translation.override(language)
    with in_it, timezone.override(_zone(person.time_zone or settings.TIME_ZONE)):
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
