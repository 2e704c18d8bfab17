"""The only reader of the process environment: every variable Rekey honours, with clear refusals.

Secrets may also come from a file: `NAME_FILE=/run/secrets/name`. Nonsense stops the start with one line.
"""

import base64
import binascii
import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from config import pool

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PREPARED_FROM = 3  # times that a statement was asked on a connection
SMTP_TIMEOUT = 8  # seconds; shorter than the lease of a message that is being sent


def provide(**defaults: str) -> None:
    """Give variables a value where the environment has none (development, demo and tests only)."""
    for name, value in defaults.items():
        if not os.environ.get(f"{name}_FILE"):
            os.environ.setdefault(name, value)


def override(**values: str) -> None:
    """Set variables whatever the environment says; an empty value takes one away (the demo only)."""
    for name, value in values.items():
        os.environ.pop(f"{name}_FILE", None)
        os.environ.pop(name, None)
        if value:
            os.environ[name] = value


def is_set(name: str) -> bool:
    """Whether the environment says anything about this variable."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def text(name: str, default: str | None = None) -> str:
    """The variable as text, from `NAME_FILE` where that is set; refuses to start without one."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            value: str | None = Path(path).read_text().strip() or default
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error}") from error
    else:
        value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. See docs/operations.md for what it holds.")
    return value


def words(name: str) -> list[str]:
    """A comma-separated variable as a list; empty where it is not set."""
    return [word.strip() for word in text(name, "").split(",") if word.strip()]


def keyring(name: str) -> dict[str, bytes]:
    """`id:base64 of 32 bytes,…` as an ordered mapping; the first key is the current one."""
    keys: dict[str, bytes] = {}
    for entry in words(name) or [text(name)]:
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        is_id = key_id.isascii() and key_id.isalnum() and len(key_id) <= 32
        if not is_id or len(key) != 32 or key_id in keys:
            raise ImproperlyConfigured(f"{name}: every entry is id:base64 of 32 bytes, each id once.")
        keys[key_id] = key
    return keys


def networks(name: str) -> list[str]:
    """Comma-separated CIDR blocks."""
    blocks = words(name)
    for block in blocks:
        try:
            ipaddress.ip_network(block)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error
    return blocks


def _url(name: str, example: str, *schemes: str) -> SplitResult:
    """A well-formed address of one of these schemes."""
    try:
        url = urlsplit(text(name))
        port = url.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}. It looks like {example}") from error
    if url.scheme not in schemes or port == 0 or any(character.isspace() for character in url.netloc):
        raise ImproperlyConfigured(f"{name}: it looks like {example}")
    return url


def database(name: str) -> dict[str, Any]:
    """A database address (`postgres://…`, `sqlite:///…`) as Django's settings want it.

    PostgreSQL's connections come from a pool of the process, unless the query says `pool=off` or keeps connections by
    `conn_max_age`; `pool_max_size` and `pool_timeout` (seconds) change it. Statements are prepared, unless it says
    `prepare=off`, as it has to behind a pooler that hands connections around.
    """
    example = "postgres://user:password@db.example.com/rekey"
    url = _url(name, example, "postgres", "postgresql", "sqlite")
    config: dict[str, Any] = environ.Env.db_url_config(text(name))
    options = config.setdefault("OPTIONS", {})
    of_pool = {key: options.pop(f"pool_{key}") for key in ("max_size", "timeout") if f"pool_{key}" in options}
    switches = {key: options.pop(key, "on") for key in ("pool", "prepare")}
    is_right = all(isinstance(value, int) and value > 0 for value in of_pool.values())
    if not is_right or not set(switches.values()) <= {"on", "off"}:
        raise ImproperlyConfigured(f"{name}: pool=off, prepare=off, or pool_max_size and pool_timeout as whole numbers")
    if url.scheme != "sqlite" and switches["pool"] == "on" and not config.get("CONN_MAX_AGE"):
        options["pool"] = pool.options(**of_pool)
    if url.scheme != "sqlite" and switches["prepare"] == "on":
        options |= {"server_side_binding": True, "prepare_threshold": PREPARED_FROM}
    return config


def redis(name: str) -> str:
    """A Redis address."""
    _url(name, "redis://localhost:6379/0", "redis", "rediss", "unix")
    return text(name)


def site(name: str) -> str:
    """The site's own address without a slash at its end, for the links in mails."""
    example = "https://account.example.com"
    url = _url(name, example, "http", "https")
    if not url.hostname or url.path.strip("/") or url.query or url.fragment or url.username:
        raise ImproperlyConfigured(f"{name}: it looks like {example}")
    is_usual = url.port in (None, {"http": 80, "https": 443}[url.scheme])  # as browsers say it: passkeys compare it
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}" + ("" if is_usual else f":{url.port}")


def mailers(name: str) -> dict[str, Any]:
    """`smtp://`, `smtp+tls://` or `smtps://` as Django's MAILERS.

    Plain SMTP leaves the machine only with `?tls=none`, so that nobody sends codes in clear by accident.
    """
    example = "smtp+tls://user:password@mail.example.com:587"
    url = _url(name, example, "smtp", "smtp+tls", "smtps")
    if not url.hostname:
        raise ImproperlyConfigured(f"{name}: it looks like {example}")
    plain = url.scheme == "smtp"
    if plain and url.hostname not in LOOPBACK and parse_qs(url.query).get("tls") != ["none"]:
        raise ImproperlyConfigured(f"{name}: plain smtp:// to another machine needs ?tls=none; better is smtp+tls://")
    options = {
        "host": url.hostname,
        "port": url.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[url.scheme],
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "use_tls": url.scheme == "smtp+tls",
        "use_ssl": url.scheme == "smtps",
        "timeout": SMTP_TIMEOUT,
    }
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def address(name: str, default: str) -> str:
    """A plain mail address, without a display name."""
    value = text(name, default)
    try:
        validate_email(value)
    except ValidationError:
        if value != default:  # account@127.0.0.1 of a site without a name is nobody's mistake
            raise ImproperlyConfigured(f"{name}: a plain address, like account@example.com") from None
    return value


def whole_number(name: str, default: int) -> int:
    """A number of seconds, 0 or more."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name}: a whole number of seconds, such as {default}; 0 for none.")
    return int(value)


def choice(name: str, *allowed: str) -> str:
    """One of the allowed words; the first is the default."""
    value = text(name, allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: one of {', '.join(allowed)}.")
    return value
