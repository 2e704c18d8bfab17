"""Sign in & security: how somebody signs in, and the receipt after a journey."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from security import browser
from security.flows import enrollments
from security.gate import signed_in
from security.models import Authenticator, Enrollment, Event, Session

RECEIPT_LASTS = timedelta(minutes=30)


@require_safe
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    devices = list(Authenticator.objects.of(request.user).live())  # type: ignore[arg-type]
    context = {"devices": devices, "under_way": _under_way(request), "receipt": _receipt(request, devices)}
    return render(request, "security/page.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest) -> HttpResponse:
    """The button "Cancel the reset": ends the open enrollment, begun here or elsewhere."""
    if request.method == "POST":
        enrollments.cancel(request.user, actor=browser.actor(request))  # type: ignore[arg-type]
    return redirect("security:page")


def _under_way(request: HttpRequest) -> dict[str, Any] | None:
    """The open enrollment of this person, if it is worth speaking of: begun here, or proven elsewhere."""
    enrollment = Enrollment.objects.of(request.user).alive().first()  # type: ignore[arg-type]
    if enrollment is None or enrollment.epoch != request.user.security_epoch:  # type: ignore[union-attr]
        return None
    is_here = enrollment.session_id == _row(request).pk
    if not is_here and enrollment.code_promised_at is None and enrollment.proved_at is None:
        return None
    return {"enrollment": enrollment, "is_here": is_here}


def _receipt(request: HttpRequest, devices: list[Authenticator]) -> dict[str, Any] | None:
    """What the journey that ended in this browser a moment ago has changed."""
    enrollment = (
        Enrollment.objects.filter(
            session=_row(request), person_id=request.user.pk, bound_at__gt=timezone.now() - RECEIPT_LASTS
        )
        .select_related("bound", "replaces")
        .order_by("-bound_at")
        .first()
    )
    if enrollment is None or enrollment.bound not in devices:
        return None
    event = Event.objects.filter(
        person_id=request.user.pk, enrollment_id=enrollment.public_id, kind__startswith="authenticator."
    ).first()
    ended = int(event.detail.get("sessions_ended", 0)) if event else 0
    return {"enrollment": enrollment, "device": enrollment.bound, "old": enrollment.replaces, "sessions_ended": ended}


def _row(request: HttpRequest) -> Session:
    return request.session.row  # type: ignore[attr-defined]
