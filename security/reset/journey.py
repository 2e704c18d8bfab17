"""The journey as a table: nine screens in their order, and the facts that answer them. Imports nothing of ours.

An enrollment is a row of facts (nullable times). The current screen is the first whose fact is missing; skipping is a
fact that is already true; going back forgets the later facts. That is all there is to the order of the journey.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One screen. Any of the facts in `answered_by` answers it; `look` is what the person has to look at meanwhile."""

    name: str
    title: Any
    answered_by: tuple[str, ...]
    look: str


STEPS = (
    Step("email", _("Sign in again"), ("email_confirmed_at",), "laptop"),
    Step("password", _("Sign in again"), ("password_confirmed_at",), "laptop"),
    Step("proof", _("Prove it’s you"), ("mail_chosen_at", "proved_at"), "old"),
    Step("notice", _("Prove it’s you"), ("code_promised_at", "proved_at"), "laptop"),
    Step("code", _("Prove it’s you"), ("proved_at",), "mail"),
    Step("verified", _("Prove it’s you"), ("result_read_at",), "laptop"),
    Step("app", _("Pair your new device"), ("app_ready_at",), "new"),
    Step("scan", _("Pair your new device"), ("scanned_at",), "new"),
    Step("confirm", _("Pair your new device"), ("bound_at",), "new"),
)

FACTS = (
    "email_confirmed_at",
    "password_confirmed_at",
    "mail_chosen_at",
    "code_promised_at",
    "proved_at",
    "result_read_at",
    "app_ready_at",
    "scanned_at",
    "bound_at",
)

# What is true from the start, by the entrance, and the screens that a journey from there never shows.
GIVEN: dict[str, tuple[str, ...]] = {
    "reset": (),
    "add": (),
    "set_up": ("mail_chosen_at",),
    "sign_in": ("email_confirmed_at", "password_confirmed_at", "mail_chosen_at"),
    "link": ("email_confirmed_at", "password_confirmed_at", "proved_at", "result_read_at"),
}
BY_MAIL = ("notice", "code")
NEVER_SHOWN: dict[str, tuple[str, ...]] = {
    "reset": (),
    "add": BY_MAIL,
    "set_up": ("proof",),
    "sign_in": ("email", "password", "proof"),
    "link": ("email", "password", "proof", "notice", "code", "verified"),
}


class Start:
    """A journey that nobody has begun yet: an entrance, and not one fact."""

    def __init__(self, entrance: str) -> None:
        self.entrance = entrance

    def __getattr__(self, fact: str) -> None:
        if fact not in FACTS:
            raise AttributeError(fact)


def step(name: str) -> Step:
    """The step of this name; KeyError where there is none."""
    return _BY_NAME[name]


def screens(facts: Any) -> list[Step]:
    """The screens this journey shows, as far as is known now."""
    by_other_proof = facts.proved_at is not None and facts.mail_chosen_at is None
    hidden = {*NEVER_SHOWN[facts.entrance], *(BY_MAIL if by_other_proof else ())}
    return [step for step in STEPS if step.name not in hidden]


def current(facts: Any) -> Step | None:
    """The first screen whose fact is missing; None once the device is bound."""
    return next((step for step in STEPS if not _is_answered(step, facts)), None)


def is_open(step: Step, facts: Any) -> bool:
    """Whether this screen may be seen and answered: the current one, or an earlier one that this journey shows."""
    now = current(facts)
    return now is not None and STEPS.index(step) <= STEPS.index(now) and step in screens(facts)


def facts_after(step: Step, entrance: str) -> list[str]:
    """The facts to forget when this screen is answered again: those of all later screens, but for what was given."""
    later = {fact for other in STEPS[STEPS.index(step) + 1 :] for fact in other.answered_by}
    return [fact for fact in FACTS if fact in (later | {*step.answered_by}) and fact not in GIVEN[entrance]]


def _is_answered(step: Step, facts: Any) -> bool:
    return any(getattr(facts, fact) is not None for fact in step.answered_by)


_BY_NAME = {step.name: step for step in STEPS}
