"""Errors told to Sentry, where SENTRY_DSN says so: what failed and where in the code, and nothing of the person.

Only lines of the log at level error lead to a report, with their trace. What a report may hold is listed here; a
request, its form, cookies and headers, the values of variables and whatever else the library likes to add is not in it
(ASVS 16.2.5).
"""

import re
from typing import Any

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.utils import BadDsn

from config import logs
from security import trail

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "server_name", "sdk")
KEPT_OF_A_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")
ADDRESS = re.compile(r"[^\s@<>()'\"=]+@[^\s@<>()'\"]+")
NUMBER = re.compile(r"\d[\d ]{4,}\d")  # a code
TOKEN = re.compile(r"[A-Za-z0-9_.+/=-]{32,}")


def start(dsn: str) -> None:
    """Tell errors to this address from now on."""
    try:
        sentry_sdk.init(
            dsn,
            before_send=scrubbed,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[LoggingIntegration(level=None), AtexitIntegration(callback=lambda pending, timeout: None)],
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            enable_metrics=False,
            send_default_pii=False,
        )
    except BadDsn:
        raise ImproperlyConfigured("SENTRY_DSN: it looks like https://key@sentry.example.com/1") from None


def scrubbed(event: Any, hint: Any) -> Any:
    """What is left of a report: the code, the kind of error, and the ids of the log's lines."""
    kept = {name: event[name] for name in KEPT if name in event}
    said = event.get("logentry") or {}
    if message := said.get("formatted") or said.get("message"):
        kept["logentry"] = {"message": masked(str(message))}
    if "exception" in event:
        kept["exception"] = {"values": [_exception(value) for value in event["exception"].get("values", [])]}
    kept["tags"] = dict(trail.marks())
    return kept


def masked(text: str) -> str:
    """The text with three dots for whatever looks like an address, a code or a key."""
    for pattern in (ADDRESS, TOKEN, NUMBER):
        text = pattern.sub("...", text)
    return logs.without_keys(text)


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "value": masked(str(value.get("value") or "")),
        "stacktrace": {"frames": [{name: frame.get(name) for name in KEPT_OF_A_FRAME} for frame in frames]},
    }
