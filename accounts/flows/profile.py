"""What somebody is called, the language we speak to them, and the clock we tell them the time by."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from accounts.models import User
from security import events
from security.actor import Actor
from security.models import Kind, SecurityProfile


def speaks(code: str) -> bool:
    """Whether this site has that language."""
    return code in dict(settings.LANGUAGES)


def is_zone(name: str) -> bool:
    """Whether this is a time zone of the IANA database."""
    return name in _zones()


@cache
def _zones() -> set[str]:
    return available_timezones() - {"localtime", "Factory"}


@transaction.atomic
def change(person: User, *, name: str, language: str, time_zone: str, actor: Actor) -> None:
    """Write down what they typed. `language` is one that the site speaks, `time_zone` one of the IANA database."""
    SecurityProfile.objects.lock(person)
    before, columns = person.name, {"name": name, "language": language, "time_zone": time_zone}
    changed = [column for column, value in columns.items() if getattr(person, column) != value]
    for column in changed:
        setattr(person, column, columns[column])
    if not changed:
        return
    person.save(update_fields=changed)
    said: dict[str, Any] = {"name": name, "old_name": before} if "name" in changed else {}
    events.record(Kind.PROFILE_CHANGED, person, actor, **said)


def speak(person: User, language: str) -> None:
    """From now on speak this language to them, on pages and in mails. Raises ValueError for one we do not have."""
    if not speaks(language):
        raise ValueError(language)
    if person.language != language:
        person.language = language
        person.save(update_fields=["language"])


def use_clock(person: User, time_zone: str) -> None:
    """From now on tell them the time by this clock. Raises ValueError for one that does not exist."""
    if not is_zone(time_zone):
        raise ValueError(time_zone)
    if person.time_zone != time_zone:
        person.time_zone = time_zone
        person.save(update_fields=["time_zone"])
