"""What staff put around every page: links and announcements, read from the cache, and from the database while that is
away. What comes out of the cache is not trusted: only what bears our own seal is shown.
"""

import json
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
from security import crypto
from security.circuit import Circuit
from security.conf import conf

log = logging.getLogger("accounts.portal")

KEY, LABEL = "portal", "portal 1"  # the label changes with the shape of what is kept
KEPT_FOR = 60  # seconds
circuit = Circuit()
_kept: dict[str, Any] = {}
_kept_until = 0.0


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
    label: str  # what kind of announcement it is, where that is no news


def content() -> dict[str, Any]:
    """All of it, in all languages, for `links` and `announcements`; read anew after some seconds."""
    global _kept, _kept_until
    if time.monotonic() >= _kept_until:
        _kept, _kept_until = _shared(), time.monotonic() + conf.PORTAL_KEPT
    return _kept


def _shared() -> dict[str, Any]:
    found = _open(_ask_cache(lambda: cache.get(KEY)))
    if found is None:
        found = _read()
        sealed = _seal(found)
        _ask_cache(lambda: cache.set(KEY, sealed, KEPT_FOR))
    return found


def links(around: dict[str, Any], place: str) -> list[Link]:
    """Those that stand here, in their order."""
    if not around["links"]:
        return []
    rows = [row for row in around["links"] if row["place"] == place and row["texts"]]
    spoken = ((row["link"], *_words(row["texts"])) for row in rows)
    return [Link(words["text"], link, language) for link, language, words in spoken]


def announcements(around: dict[str, Any], person: Any) -> list[Told]:
    """What is told now, the gravest first, but for what this person has closed."""
    if not around["announcements"]:
        return []
    closed = set(person.closed_announcements) if person.is_authenticated else set()
    now = timezone.now().timestamp()
    rows = [row for row in around["announcements"] if row["starts"] <= now and (row["ends"] or now + 1) > now]
    rows.sort(key=lambda row: _ORDER.index(row["severity"]))
    shown = [row for row in rows if row["id"] not in closed and row["texts"]]
    return [_told(row, may_close=person.is_authenticated) for row in shown]


def close(person: User, public_id: str) -> None:
    """Show it to this person no more. Nothing happens for one that is not there, or that nobody may close."""
    current = {row["id"]: row["may_close"] for row in content()["announcements"]}
    if current.get(public_id):
        kept = [one for one in person.closed_announcements if one in current and one != public_id]
        person.closed_announcements = [*kept, public_id]
        person.save(update_fields=["closed_announcements"])


def forget() -> None:
    """Read it anew: something was changed. Where the cache is away, its copy is a minute old at the most."""
    global _kept_until
    _kept_until = 0.0
    _ask_cache(lambda: cache.delete(KEY))


_ORDER = [Severity.OUTAGE, Severity.WARNING, Severity.NEWS]


def _told(row: dict[str, Any], *, may_close: bool) -> Told:
    language, words = _words(row["texts"])
    link = Link(words["link_text"], row["link"]) if row["link"] else None
    return Told(
        public_id=row["id"],
        severity=row["severity"],
        title=words["title"],
        body=words["body"],
        link=link,
        may_be_closed=may_close and row["may_close"],
        language=language,
        label="" if row["severity"] == Severity.NEWS else str(Severity(row["severity"]).label),
    )


def _words(texts: dict[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """Those of the language that is spoken, else the site's own, else whichever there are; and which one that is, if it
    is another than is spoken.
    """
    spoken = get_language() or settings.LANGUAGE_CODE
    language = next((code for code in (spoken, settings.LANGUAGE_CODE) if code in texts), next(iter(texts)))
    return "" if language == spoken else language, texts[language]


def _seal(found: dict[str, Any]) -> str:
    body = json.dumps(found)
    return f"{_mac(body)} {body}"


def _open(kept: Any) -> dict[str, Any] | None:
    """What `_seal` was given; None for anything that this release of ours has not written."""
    mac, _, body = kept.partition(" ") if isinstance(kept, str) else ("", "", "")
    return json.loads(body) if body and crypto.same(mac, _mac(body)) else None


def _mac(body: str) -> str:
    return crypto.derive(LABEL, body).hex()


def _ask_cache(call: Any) -> Any:
    """What the cache says; nothing while it is away, which costs half a second once in five."""
    if circuit.is_open:
        return None
    try:
        return call()
    except (RedisError, ValueError) as error:
        circuit.trip()
        log.warning("the cache does not answer (%s); the portal is read from the database", type(error).__name__)
        return None


def _read() -> dict[str, Any]:
    """All of it, past announcements left out; a few statements, whatever there is."""
    links = [row for row in PortalLink.objects.filter(is_shown=True).prefetch_related("texts") if _is_safe(row.link)]
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
                "link": row.link if _is_safe(row.link) else "",
                "may_close": row.is_dismissible,
                "texts": {
                    text.language: {"title": text.title, "body": text.body, "link_text": text.link_text}
                    for text in row.texts.all()
                },
            }
            for row in told
        ],
    }


def _is_safe(link: str) -> bool:
    try:
        validate_link(link)
    except ValidationError:
        return False
    return True


def _stamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
