"""Saying no on a page: words beside the field, and for machines the status where a whole network has to wait."""

import math

from django.forms import Form
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from security.refusals import Reason, Refusal


def refuse(form: Form, field: str | None, refusal: Refusal) -> None:
    """Say it beside this field, or for the form as a whole; what was typed stays."""
    form.add_error(field, str(refusal))
    form.refusal = refusal  # type: ignore[attr-defined]


def refusal_of(form: Form | None) -> Refusal | None:
    """Why this form was refused, if it was."""
    return getattr(form, "refusal", None)


def finish(response: HttpResponse, form: Form | None = None) -> HttpResponse:
    """The page, in the language that is spoken now; 429 with `Retry-After` where its form was refused because a network
    has to wait (RFC 6585).
    """
    response.headers["Content-Language"] = get_language() or ""
    return busy(response, refusal_of(form))


def busy(response: HttpResponse, refusal: Refusal | None) -> HttpResponse:
    """The same answer, with that status if this is why it was refused."""
    if refusal is not None and refusal.reason == Reason.BUSY_NETWORK and refusal.until is not None:
        response.status_code = 429
        response["Retry-After"] = str(max(1, math.ceil((refusal.until - timezone.now()).total_seconds())))
    return response
