"""What stands around a screen of the journey. It is the same for everybody who is there, and written once."""

from dataclasses import dataclass
from functools import cache, lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from security.reset.journey import Step


@dataclass(frozen=True, slots=True)
class Around:
    """Three pieces of the page, and where Back leads to, if anywhere."""

    title: str
    progress: str
    devices: str
    back: str


def of(step: Step, shown: list[Step], *, is_signed_in: bool) -> Around:
    """What stands around this step among those that are shown, in the language that is active."""
    write = _of.__wrapped__ if settings.DEBUG else _of  # there somebody may be at work on the templates
    return write(get_language(), step, tuple(shown), is_signed_in)


@cache
def address(name: str) -> str:
    """The path of the screen of this name."""
    return reverse(f"security:reset:{name}")


@lru_cache(maxsize=500)
def _of(_language: str | None, step: Step, shown: tuple[Step, ...], is_signed_in: bool) -> Around:
    index = shown.index(step)
    said = {
        "step": step,
        "position": index + 1,
        "steps": [(number, number < index, number == index) for number in range(len(shown))],
        "looks": list(dict.fromkeys(["laptop", *(one.look for one in shown)])),
        "is_signed_in": is_signed_in,
    }
    title, progress, devices = (
        render_to_string(f"components/journey_{name}.html", said) for name in ("title", "progress", "devices")
    )
    return Around(title, progress, devices, address(shown[index - 1].name) if index else "")
