"""The account's own pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from security.gate import signed_in
from security.models import Authenticator


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:home" if request.user.is_authenticated else "accounts:sign_in")


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    has_device = Authenticator.objects.of(person).live().exists()
    return render(request, "accounts/home.html", {"is_enabled": has_device})
