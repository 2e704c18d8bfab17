"""Every address of the site, found by walking the resolver, and paths to it."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import quote, unquote_to_bytes

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True)
class Address:
    """An address as the resolver has it; `route` may have arguments in it."""

    route: str

    @cached_property
    def arguments(self) -> list[str]:
        """Their names, in order."""
        return [found[2] or found[3] for found in ARGUMENT.finditer(self.route)]

    @property
    def is_for_scripts(self) -> bool:
        """Whether JSON is read there, as the ceremonies of passkeys are."""
        return self.route.endswith(("/begin/", "/finish/"))

    def path(self, *arguments: str) -> str:
        """A path with these arguments; where they do not lead here, with others that do."""
        for tried in (arguments, ["x" for _ in arguments], ["security" for _ in arguments]):
            each = iter(tried)
            filled = ARGUMENT.sub(lambda _, each=each: next(each), self.route)
            path = "/" + filled.removesuffix("$")
            if route_of(path) == self.route:
                return path
        raise AssertionError(f"no path leads to {self.route}")


@cache
def every_address() -> tuple[Address, ...]:
    def walk(resolver: URLResolver, prefix: str) -> list[str]:
        found = []
        for pattern in resolver.url_patterns:
            route = prefix + (str(pattern.pattern).removeprefix("^") if prefix else str(pattern.pattern))
            found += [route] if isinstance(pattern, URLPattern) else walk(pattern, route)
        return found

    return tuple(Address(route) for route in dict.fromkeys(walk(get_resolver(), "")))


def route_of(path: str) -> str:
    """Which address answers at this path; an empty string if none does."""
    try:
        return resolve(path).route
    except Resolver404:
        return ""


def on_the_wire(path: str) -> str:
    """The path as WSGI has it: its bytes, one sign each."""
    return path.encode(errors="surrogatepass").decode("latin-1")


def from_link(link: str) -> tuple[str, str]:
    """Path and query of a link on a page."""
    path, _, query = link.partition("#")[0].partition("?")
    return unquote_to_bytes(path).decode("latin-1"), quote(query, safe="%/=&?:+,;@!$'()*~")
