"""What goes over the wire: a request as a WSGI server hands it on, and the whole answer; no test client in between."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from http.cookies import SimpleCookie
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

HOST = "localhost:8000"  # where passkeys fit
FORM = "application/x-www-form-urlencoded"


@cache
def application() -> Any:
    """The very one that gunicorn is given."""
    from config.wsgi import application

    return application


@contextmanager
def one_connection() -> Iterator[None]:
    """For so long, no request takes the connection away in which the test has its transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@dataclass(frozen=True)
class Ask:
    """A request. `path` is what stands after decoding, one sign a byte; names of headers are those of WSGI."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    length: int | None = None  # what is said of the body, if that is not true
    cookies: list[tuple[str, str]] = field(default_factory=list)  # beside, or instead of, those of the browser
    is_alone: bool = False  # without a token against forgery


@dataclass(frozen=True)
class Answer:
    ask: Ask
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def kind(self) -> str:
        """Its content type, without what else is said of it."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @cached_property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str:
        """Where it leads, whether a browser or a script is told."""
        return self.header("Location") or str(self.said.get("redirect_url", ""))

    @cached_property
    def said(self) -> dict[str, Any]:
        """What it tells a script."""
        said = json.loads(self.body) if self.kind == "application/json" and self.body else None
        return said if isinstance(said, dict) else {}


@dataclass
class Browser:
    """Keeps cookies, and sends the token against forgery with every form."""

    cookies: dict[str, str]
    agent: str
    address: str
    headers: dict[str, str] = field(default_factory=dict)  # with every request

    def send(self, ask: Ask) -> Answer:
        """Ask, and take over the cookies of the answer."""
        begun: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            begun[:] = [int(status.partition(" ")[0]), headers]

        parts = application()(self.environ(ask), start_response)
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        self._keep(begun[1])
        return Answer(ask, begun[0], begun[1], body)

    def environ(self, ask: Ask) -> dict[str, Any]:
        from django.conf import settings

        token = {} if ask.is_alone else {"HTTP_X_CSRFTOKEN": self.cookies.get(settings.CSRF_COOKIE_NAME, "")}
        pairs = [*self.cookies.items(), *ask.cookies]
        said = {"CONTENT_LENGTH": str(len(ask.body) if ask.length is None else ask.length)}
        return {
            "REQUEST_METHOD": ask.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": ask.path,
            "QUERY_STRING": ask.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": HOST,
            "HTTP_USER_AGENT": self.agent,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in pairs),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(ask.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **(said if ask.body or ask.length is not None else {}),
            **({"CONTENT_TYPE": ask.content_type} if ask.content_type else {}),
            **token,
            **self.headers,
            **ask.headers,
        }

    def _keep(self, headers: list[tuple[str, str]]) -> None:
        for value in (value for name, value in headers if name == "Set-Cookie"):
            for name, morsel in SimpleCookie(value).items():
                if morsel["max-age"] == 0 or morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value
