"""Sign in & security: how somebody signs in, and the receipt after a journey."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from security import activity, browser, news
from security.flows import enrollments, recovery_codes
from security.gate import has_proven, proven_once, signed_in, to_step_up
from security.models import Authenticator, Enrollment, Event, Passkey, Session
from security.models.enrollment import Entrance, Proof
from security.models.session import count_of
from security.prepared import Prepared, moment, number

RECEIPT_LASTS = timedelta(minutes=30)


def _bound_lately() -> QuerySet[Enrollment, tuple[Any, ...]]:
    events = Event.objects.filter(person_id=number("person"), enrollment_id=OuterRef("public_id"))
    detail = events.filter(kind__startswith="authenticator.").order_by("pk").values("detail")[:1]
    rows = Enrollment.objects.filter(session=number("session"), person_id=number("person"))
    rows = rows.filter(bound_at__gt=moment("lately")).annotate(ended=Subquery(detail)).order_by("-bound_at")[:1]
    return rows.values_list("bound_id", "entrance", "proof", "replaces_id", "replaces__name", "ended")


BOUND_LATELY = Prepared(_bound_lately)
PAIRED = Prepared(lambda: Authenticator.objects.filter(user_id=number("person")).paired().order_by("bound_at", "pk"))
KEPT = Prepared(lambda: Passkey.objects.filter(user_id=number("person")).kept())


@require_safe
@proven_once
def page(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    paired = PAIRED.all(person=person.pk)
    devices = [device for device in paired if device.confirmed]
    codes, codes_suspended_at, kept = _other_ways(person) if paired else (None, None, [])
    keys = [passkey for passkey in kept if passkey.confirmed]
    others = (codes and codes.left) or any(passkey.backup_state for passkey in keys)  # wherever that device is
    profile, told = person.security_profile, news.of(request)
    live, trusted = count_of(person)
    context: dict[str, Any] = {
        "devices": devices,
        "is_enabled": bool(paired),
        "news": told,
        "waits": any(one.kind == "held" for one in told),
        "receipt": _receipt(request, devices, kept, codes_suspended_at),
        "codes": codes,
        "passkeys": keys,
        "has_suspended_passkeys": len(kept) > len(keys),
        "has_one_way_in": len(devices) == 1 and not others and not profile.is_on_probation,
        "sessions": live,
        "browsers": trusted,
        "recent": activity.latest(person),
    }
    return render(request, "security/page.html", context)


def _other_ways(person: Any) -> tuple[recovery_codes.State | None, datetime | None, list[Passkey]]:
    """The live set of recovery codes, when a reset suspended another one, and the passkeys."""
    if not person.security_profile.has_other_ways:
        return None, None, []
    return *recovery_codes.kept(person), KEPT.all(person=person.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest) -> HttpResponse:
    """The button "Cancel the reset". What was begun elsewhere is ended by a session that has proven what it can."""
    person: Any = request.user
    if request.method != "POST":
        return redirect("security:page")
    if has_proven(request):
        enrollments.cancel(person, actor=browser.actor(request))
    elif not enrollments.cancel(person, actor=browser.actor(request), begun_in=_row(request)):
        return to_step_up(request)
    return redirect("security:page")


def _receipt(
    request: HttpRequest, devices: list[Authenticator], keys: list[Passkey], codes_suspended_at: datetime | None
) -> dict[str, Any] | None:
    """What the journey that ended in this browser a moment ago has changed."""
    bound, entrance, proof, replaces, old_name, ended = _bound_in(request) or (None,) * 6
    device = next((device for device in devices if device.pk == bound), None)
    if device is None:
        return None
    ended = ended or {}
    return {
        "entrance": entrance,
        "device": device,
        "old": {"name": old_name} if replaces else None,
        "sessions_ended": int(ended.get("sessions_ended", 0)),
        "browsers_ended": int(ended.get("browsers_ended", 0)),
        "codes_are_void": proof == Proof.RECOVERY_CODE and entrance != Entrance.ADD,
        "passkeys_are_suspended": any(_was_suspended_by(device, passkey.suspended_at) for passkey in keys),
        "codes_are_suspended": _was_suspended_by(device, codes_suspended_at),
    }


def _bound_in(request: HttpRequest) -> tuple[Any, ...] | None:
    """The last device that was bound in this browser's session, if that was a moment ago."""
    person: Any = request.user
    if not person.security_profile.was_reset_within(2 * RECEIPT_LASTS):
        return None
    lately = timezone.now() - RECEIPT_LASTS
    return BOUND_LATELY.first(session=_row(request).pk, person=person.pk, lately=lately)


def _was_suspended_by(device: Authenticator, at: datetime | None) -> bool:
    return at is not None and at >= device.bound_at


def _row(request: HttpRequest) -> Session:
    return request.session.row  # type: ignore[attr-defined]
