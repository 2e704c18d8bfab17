"""What somebody is called, the language we speak to them, and the clock we tell them the time by."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from accounts.models import User
from security import events
from security.actor import Actor
from security.models import Kind, SecurityProfile
from security.transactions import atomic


def is_zone(name: str) -> bool:
    """Whether this is a time zone of the IANA database."""
    return name in _zones()


@cache
def _zones() -> set[str]:
    return available_timezones() - {"localtime", "Factory"}


@atomic()
def change(person: User, *, name: str, language: str, time_zone: str, actor: Actor) -> None:
    """Write down what they typed. `language` is one that the site speaks, `time_zone` one of the IANA database."""
    SecurityProfile.objects.lock(person)
    before = person.name
    if changed := _write(person, name=name, language=language, time_zone=time_zone):
        said: dict[str, Any] = {"name": name, "old_name": before} if "name" in changed else {}
        events.record(Kind.PROFILE_CHANGED, person, actor, **said)


def speak(person: User, language: str) -> None:
    """From now on speak this language to them, on pages and in mails; it is one that the site has."""
    _write(person, language=language)


def use_clock(person: User, time_zone: str) -> None:
    """From now on tell them the time by this clock, one of the IANA database."""
    _write(person, time_zone=time_zone)


def _write(person: User, **columns: str) -> list[str]:
    """Save what is new of it; says which columns that were."""
    changed = [column for column, value in columns.items() if getattr(person, column) != value]
    for column in changed:
        setattr(person, column, columns[column])
    if changed:
        person.save(update_fields=changed)
    return changed
