"""What staff put around every page: links and announcements, read from the cache, and from the database while that is
away. What comes out of the cache is not trusted: it is checked like what somebody typed.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language
from redis.exceptions import RedisError

from accounts.models import Announcement, PortalLink, User
from accounts.models.portal import Severity, validate_link

log = logging.getLogger("accounts.portal")

KEY = "portal"
KEPT_FOR = 60  # seconds
CIRCUIT_SECONDS = 5.0
_away_until = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the words of whoever looks."""

    words: str
    link: str
    language: str = ""  # of the words, where it is not the one that is spoken


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement in the words of whoever looks."""

    public_id: str
    severity: str
    title: str
    body: str
    link: Link | None
    may_be_closed: bool
    language: str


def links(place: str) -> list[Link]:
    """Those that stand here, in their order."""
    rows = [row for row in _content()["links"] if row["place"] == place and row["texts"] and _is_safe(row["link"])]
    spoken = ((row["link"], *_words(row["texts"])) for row in rows)
    return [Link(words["text"], link, language) for link, language, words in spoken]


def announcements(person: Any) -> list[Told]:
    """What is told now, the gravest first, but for what this person has closed."""
    closed = set(person.closed_announcements) if person.is_authenticated else set()
    now = timezone.now().timestamp()
    rows = [row for row in _content()["announcements"] if row["starts"] <= now and (row["ends"] or now + 1) > now]
    rows.sort(key=lambda row: _ORDER.index(row["severity"]))
    shown = [row for row in rows if row["id"] not in closed and row["texts"]]
    return [_told(row, may_close=person.is_authenticated) for row in shown]


def close(person: User, public_id: str) -> None:
    """Show it to this person no more. Nothing happens for one that is not there, or that nobody may close."""
    current = {row["id"]: row["may_close"] for row in _content()["announcements"]}
    if current.get(public_id):
        kept = [one for one in person.closed_announcements if one in current and one != public_id]
        person.closed_announcements = [*kept, public_id]
        person.save(update_fields=["closed_announcements"])


def forget() -> None:
    """Read it anew: something was changed. Where the cache is away, its copy is a minute old at the most."""
    _ask_cache(lambda: cache.delete(KEY))


LINK_WORDS, TOLD_WORDS = {"text"}, {"title", "body", "link_text"}
_ORDER = [Severity.OUTAGE, Severity.WARNING, Severity.NEWS]


def _told(row: dict[str, Any], *, may_close: bool) -> Told:
    language, words = _words(row["texts"])
    link = Link(words["link_text"] or words["title"], row["link"]) if row["link"] and _is_safe(row["link"]) else None
    return Told(
        row["id"], row["severity"], words["title"], words["body"], link, may_close and row["may_close"], language
    )


def _words(texts: dict[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """Those of the language that is spoken, else the site's own, else whichever there are; and which one that is, if it
    is another than is spoken.
    """
    spoken = get_language() or settings.LANGUAGE_CODE
    language = next((code for code in (spoken, settings.LANGUAGE_CODE) if code in texts), next(iter(texts)))
    return "" if language == spoken else language, texts[language]


def _is_safe(link: str) -> bool:
    try:
        validate_link(link)
    except ValidationError:
        return False
    return True


def _content() -> dict[str, Any]:
    content = _ask_cache(lambda: cache.get(KEY))
    if not _is_whole(content):
        content = _read()
        _ask_cache(lambda: cache.set(KEY, content, KEPT_FOR))
    return content


def _is_whole(content: Any) -> bool:
    """Whether this is what `_read` makes. It may be of an older release, or of nobody of ours."""
    try:
        links = all(
            {"place"} <= row.keys() and isinstance(row["link"], str) and _has_words(row, LINK_WORDS)
            for row in content["links"]
        )
        told = all(
            {type(row["starts"]), type(row["ends"])} <= {float, type(None)}
            and row["severity"] in _ORDER
            and {"id", "link", "may_close"} <= row.keys()
            and _has_words(row, TOLD_WORDS)
            for row in content["announcements"]
        )
    except (AttributeError, KeyError, TypeError):
        return False
    return links and told


def _has_words(row: dict[str, Any], names: set[str]) -> bool:
    return all(words.keys() == names for words in row["texts"].values())


def _ask_cache(call: Any) -> Any:
    """What the cache says; nothing while it is away, which costs half a second once in five."""
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return call()
    except (RedisError, ValueError) as error:
        _away_until = time.monotonic() + CIRCUIT_SECONDS
        log.warning("the cache does not answer (%s); the portal is read from the database", type(error).__name__)
        return None


def _read() -> dict[str, Any]:
    """All of it, past announcements left out; a few statements, whatever there is."""
    links = PortalLink.objects.filter(is_shown=True).prefetch_related("texts")
    told = Announcement.objects.exclude(ends_at__lte=timezone.now()).prefetch_related("texts")
    return {
        "links": [
            {
                "place": row.place,
                "link": row.link,
                "texts": {text.language: {"text": text.text} for text in row.texts.all()},
            }
            for row in links
        ],
        "announcements": [
            {
                "id": row.public_id,
                "severity": row.severity,
                "starts": row.starts_at.timestamp(),
                "ends": _stamp(row.ends_at),
                "link": row.link,
                "may_close": row.is_dismissible,
                "texts": {
                    text.language: {"title": text.title, "body": text.body, "link_text": text.link_text}
                    for text in row.texts.all()
                },
            }
            for row in told
        ],
    }


def _stamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
