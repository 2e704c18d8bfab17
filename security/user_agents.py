"""What a browser calls itself, in a few words: never trusted, only shown."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from ua_parser import Domain, Parser
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver

LONG_NUMBER = re.compile(r"\d{5,}")
READ_AT_MOST, LENGTH = 400, 120
_alone = Lock()  # threads that ask at the same time would each make a parser, and the memory is never given back


def parser() -> Parser:
    """What reads the header. To make it takes a tenth of a second: ask for it before anybody waits."""
    with _alone:
        return _made()


@cache
def _made() -> Parser:
    """Without the devices, which nobody asks for and which take 15 MB of memory, and without programs that name
    themselves first, or Apple's library: browsers begin with Mozilla.
    """
    browsers, systems, _ = load_lazy_builtins()
    return Parser(Resolver((_of_browsers(browsers), _of_browsers(systems), [])))


def _of_browsers(matchers: Iterable[Any]) -> list[Any]:
    return [one for one in matchers if not one.regex.startswith("^") and "CFNetwork" not in one.regex]


@lru_cache(maxsize=1000)
def in_words(header: str) -> str:
    """The User-Agent header as "Firefox (Linux)"."""
    found = parser()(header[:READ_AT_MOST], Domain.USER_AGENT | Domain.OS)
    parts = [part.family for part in (found.user_agent, found.os) if part and part.family != "Other"]
    families = [LONG_NUMBER.sub("", family) for family in parts]  # beside a mailed code no other number stands
    return " ".join([*families[:1], *(f"({family})" for family in families[1:])])[:LENGTH]
