"""What a browser calls itself, in a few words: never trusted, only shown."""

import re
from functools import cache, lru_cache

from ua_parser import Domain, Parser
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver

LONG_NUMBER = re.compile(r"\d{5,}")
READ_AT_MOST, LENGTH = 400, 120


@cache
def _parser() -> Parser:
    """Without the devices, which nobody asks for and which take 15 MB of memory."""
    browsers, systems, _ = load_lazy_builtins()
    return Parser(Resolver((browsers, systems, [])))


@lru_cache(maxsize=1000)
def in_words(header: str) -> str:
    """The User-Agent header as "Firefox (Linux)"."""
    found = _parser()(header[:READ_AT_MOST], Domain.USER_AGENT | Domain.OS)
    parts = [part.family for part in (found.user_agent, found.os) if part and part.family != "Other"]
    families = [LONG_NUMBER.sub("", family) for family in parts]  # beside a mailed code no other number stands
    return " ".join([*families[:1], *(f"({family})" for family in families[1:])])[:LENGTH]
