"""What a request says of its body, looked at before Django reads it: everything here is UTF-8.

Django would decode addresses and forms by any codec of Python that a stranger names in `Content-Type`. Some of those
are no text and some make text that cannot be written, and a header that it cannot read fails before any handler of
errors is there. Whoever sends such a thing has sent a body of no kind, which is no form.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

NAME = b"content-type"


def are_understood(content_type: str) -> bool:
    """Whether a body of this kind can be read, and is in UTF-8 as far as it is text."""
    try:
        _, said = parse_header_parameters(content_type)
    except ValueError:
        return False
    return said.get("charset", "utf-8").lower() in ("utf-8", "utf8")


def of_wsgi(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, asked with bodies that it understands."""

    def asked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not are_understood(environ.get("CONTENT_TYPE", "")):
            environ["CONTENT_TYPE"] = ""
        return application(environ, start_response)

    return asked


def of_asgi(application: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The same for an ASGI server."""

    async def asked(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = scope.get("headers", [])
        if any(name == NAME and not are_understood(value.decode("latin-1")) for name, value in headers):
            scope = {**scope, "headers": [(name, value) for name, value in headers if name != NAME]}
        await application(scope, receive, send)

    return asked
