"""The account's own pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from security.flows import challenge
from security.gate import signed_in


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:home" if request.user.is_authenticated else "accounts:sign_in")


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    return render(request, "accounts/home.html", {"is_enabled": challenge.is_needed(person)})
