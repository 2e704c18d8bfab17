"""The details of an event as staff read them: what its owner is told first, and then everything else by its name."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from security import words
from security.letters.letter import moment
from security.models import Asks, Event, GroupPolicy

HIDDEN = {"subject"}  # a digest of an address that was typed
FIRST = ("reason", "ticket", "checked", "asked_by", "second_approver")
# Every word that an event declares and its owner is not told (words.UNTOLD); a test keeps them together.
NAMES: dict[str, Any] = {
    "reason": _("reason"),
    "ticket": _("ticket"),
    "checked": _("what was checked"),
    "asked_by": _("asked by"),
    "second_approver": _("a second member of staff agreed"),
    "asked": _("people asked"),
    "asks_for": _("asks people to"),
    "at_sign_in": _("at sign-in"),
    "before": _("before"),
    "by_invitation": _("by invitation"),
    "campaign": _("campaign"),
    "change": _("event it is about"),
    "comfort": _("begun in"),
    "entrance": _("entered by"),
    "epoch": _("epoch"),
    "factors": _("waits that ended"),
    "generation": _("number of the code"),
    "group": _("group"),
    "groups": _("groups"),
    "hold": _("wait in seconds"),
    "is_new_browser": _("in a new browser"),
    "lapses_at": _("lapses on"),
    "limit": _("limit"),
    "passkey": _("passkey"),
    "moment": _("devices paired before"),
    "number": _("number of events"),
    "old_device": _("former device"),
    "people": _("people"),
    "renewed": _("secrets sealed anew"),
    "replaces": _("replaces a device"),
    "risks": _("risk signals"),
    "row": _("row of the policy"),
    "rows": _("removed rows"),
    "session": _("session"),
    "set": _("set of recovery codes"),
    "step": _("step"),
    "under": _("under the key"),
    "values": _("values"),
    "was_held": _("it was waiting"),
    "was_serious": _("a code was sent or it was proved"),
    "were": _("until then"),
    "what": _("what"),
}
MOMENTS = {"lapses_at", "moment"}


def shown(event: Event) -> dict[str, Any]:
    """Every detail that anybody may read."""
    return {key: value for key, value in event.detail.items() if key not in HIDDEN}


def lines(event: Event) -> Iterator[tuple[str, str]]:
    """A name and what stands there, line by line; the name is empty where a sentence says it all."""
    detail = shown(event)
    yield from (("", sentence) for sentence in words.said(event, {}))
    rest = sorted(detail.keys() - words.TOLD.keys() - set(FIRST))
    for key in (*FIRST, *rest):
        if detail.get(key) not in (None, ""):
            yield f"{NAMES.get(key, key)}: ", _said(key, detail[key])


def _said(key: str, value: Any) -> str:
    if key in MOMENTS:
        return moment(value)
    if key == "asks_for":
        return str(Asks(value).label)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{_column(name)}: {_said(name, one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "–"
    return "–" if value is None else str(value)


def _column(name: str) -> str:
    """The label of a policy's column, or the name itself."""
    columns = {column.name: column for column in GroupPolicy._meta.concrete_fields}
    return str(columns[name].verbose_name) if name in columns else name
