"""The account's own pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from security import checkup
from security.gate import has_proven, signed_in


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:home" if request.user.is_authenticated else "accounts:sign_in")


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The details of the check-up are for a session that has proven a second factor (DESIGN 3)."""
    person: Any = request.user
    known = checkup.facts(person)
    has_second = bool(request.session.row.second_factor)  # type: ignore[attr-defined]
    is_proven = has_proven(request) and (has_second or not known.has_factor)
    context = {"checkup": checkup.of(known), "is_enabled": known.has_factor, "is_proven": is_proven}
    context |= {"codes_left": known.codes.left if known.codes and _came_by_code(request) else None}
    return render(request, "accounts/home.html", context)


def _came_by_code(request: HttpRequest) -> bool:
    """Whether a recovery code opened this session: the phone may be gone."""
    return request.session.row.second_factor == "recovery_code"  # type: ignore[attr-defined]
