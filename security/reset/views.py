"""The nine screens, in their order: read the form, call one flow, go on or say what was wrong."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from security import answers, browser, policy
from security.flows import authenticators, challenge, sessions
from security.forms import posted
from security.gate import to_a_device
from security.models import Authenticator, Enrollment
from security.models.enrollment import Entrance
from security.person import masked
from security.refusals import Refusal, duration
from security.reset import around, flow, forms, journey, qr, start, status
from security.reset.gate import enrollment_of, forward, screen, show
from security.transactions import atomic


@to_a_device
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Opens without an enrollment: its POST begins one. `?add=1` adds a device, `?device=` says which is replaced."""
    person: Any = request.user
    entrance = start.entrance_for(person, adds=request.GET.get("add") == "1")
    replaced = _replaced(person, entrance, request.GET.get("device", ""))
    form = forms.EmailForm(posted(request), initial={"email": person.email})
    latest = enrollment_of(request)
    if request.method == "POST" and form.is_valid():
        try:
            begun = _begin(request, entrance, replaced, form.cleaned_data["email"])
        except flow.Overtaken:
            return forward(request, enrollment_of(request))
        if not isinstance(begun, Refusal):
            return redirect("security:reset:password")
        form.add_error("email", str(begun))
    under_way = latest if latest and latest.is_open else None
    has_expired = under_way is not None and under_way.has_expired
    taken_up = under_way if under_way and not has_expired and under_way.entrance == entrance else None
    more = {"entrance": entrance, "replaced": replaced, "has_expired": has_expired}
    return show(request, "email", taken_up or journey.Start(entrance), form, **more)


def _begin(
    request: HttpRequest, entrance: Entrance, replaced: Authenticator | None, address: str
) -> Enrollment | Refusal:
    return start.confirm_email(
        request.user,  # type: ignore[arg-type]
        address,
        entrance=entrance,
        replaces=replaced,
        session=request.session,  # type: ignore[arg-type]
        actor=browser.actor(request),
    )


def _replaced(person: Any, entrance: Entrance, public_id: str) -> Authenticator | None:
    """The device that is named, else the oldest live one; none where nothing is replaced."""
    if entrance != Entrance.RESET:
        return None
    standing = authenticators.standing(person)
    return next((row for row in standing if row.public_id == public_id), standing[0] if standing else None)


@sensitive_post_parameters("password")
@screen("password")
def password(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    form = forms.PasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        refusal = flow.confirm_password(
            enrollment,
            form.cleaned_data["password"],
            session=request.session,  # type: ignore[arg-type]
            actor=browser.actor(request),
        )
        if refusal is None:
            return _to_the_next(enrollment)
        answers.refuse(form, "password", refusal)
    return show(request, "password", enrollment, form)


@sensitive_post_parameters("code")
@screen("proof")
def proof(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    form = (forms.RecoveryCodeForm if _with_code(request) else forms.ProofForm)(posted(request))
    if request.method == "POST" and form.is_valid():
        refusal = flow.prove(enrollment, form.cleaned_data["code"], actor=browser.actor(request))
        if refusal is None:
            return _to_the_next(enrollment)
        answers.refuse(form, "code", refusal)
    return _show_proof(request, enrollment, form)


@screen("proof", only="POST")
def choose_mail(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    """The button "Set up a new mobile device" of the screen `proof`."""
    refusal = flow.choose_mail(enrollment)
    if refusal is None:
        return _to_the_next(enrollment)
    return _show_proof(request, enrollment, forms.ProofForm(), refusal)


def _show_proof(
    request: HttpRequest, enrollment: Enrollment, form: Any, refusal: Refusal | None = None
) -> HttpResponse:
    person: Any = enrollment.person
    closed = policy.mailed_code(
        person, enrollment.entrance, person.security_profile, this=enrollment, lane=enrollment.lane
    )
    ways = challenge.ways(person, person.security_profile.proof_older_than)
    has_codes = policy.recovery_code(person) is None and ways.has_codes
    more = {"has_passkeys": ways.has_passkeys, "mail_is_closed": closed, "refusal": refusal, "has_codes": has_codes}
    return show(request, "proof", enrollment, form, with_code=_with_code(request), **more)


def _with_code(request: HttpRequest) -> bool:
    """Whether the link "Use a recovery code" was followed; the field takes every code all the same."""
    return browser.asked(request, "with") == "recovery-code"


@screen("notice")
def notice(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    replaces = enrollment.replaces is not None
    form = forms.NoticeForm(posted(request), enrollment.person, asks_about_old_device=replaces)
    if request.method == "POST" and form.is_valid():
        refusal = flow.promise_code(
            enrollment,
            form.chosen_address,
            stolen=form.cleaned_data.get("stolen", False),
            actor=browser.actor(request),
        )
        if refusal is None:
            return _to_the_next(enrollment)
        form.add_error(None, str(refusal))
    return show(
        request,
        "notice",
        enrollment,
        form,
        masked_address=masked(form.addresses[0]) if form.addresses else "",
        hold=_hold_of_offer(enrollment),
    )


def _hold_of_offer(enrollment: Enrollment) -> str:
    """How long the new device would have to wait after a mailed code."""
    person: Any = enrollment.person
    offer = policy.offer_mailed_code(enrollment, person.security_profile)
    return duration(timedelta(seconds=offer.hold)) if offer.hold else ""


@sensitive_post_parameters("code")
@screen("code")
def code(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    form = forms.CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        refusal = flow.check_code(enrollment, form.cleaned_data["code"], actor=browser.actor(request))
        if refusal is None:
            return _to_the_next(enrollment)
        answers.refuse(form, "code", refusal)
    return _show_code(request, enrollment, form)


@screen("code", only="POST")
def send_new_code(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    refusal = flow.send_new_code(enrollment, actor=browser.actor(request))
    if refusal is None:
        return redirect("security:reset:code")
    return _show_code(request, enrollment, forms.CodeForm(), refusal)


def _show_code(request: HttpRequest, enrollment: Enrollment, form: Any, refusal: Refusal | None = None) -> HttpResponse:
    to = masked(enrollment.address)
    return show(request, "code", enrollment, form, status=status.of(enrollment), masked_address=to, refusal=refusal)


@screen("code", only="GET")
def code_status(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    """What the page says about the mail, for the script that keeps it current."""
    return JsonResponse(status.of(enrollment).as_json())


@screen("verified")
def verified(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    if request.method == "POST":
        flow.read_result(enrollment)
        return _to_the_next(enrollment)
    return show(request, "verified", enrollment)


@screen("app")
def app(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    if request.method == "POST":
        flow.get_app_ready(enrollment)
        return _to_the_next(enrollment)
    return show(request, "app", enrollment)


@screen("scan")
def scan(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    form = forms.ScanForm(posted(request), initial={"name": enrollment.name})
    if request.method == "POST" and form.is_valid():
        flow.scan(enrollment, form.cleaned_data["name"])
        return _to_the_next(enrollment)
    key = qr.setup_key(enrollment.secret)
    address = qr.otpauth(enrollment.secret, enrollment.person.email)
    picture = qr.svg(address, _("QR code. Use the setup key beside it instead if you cannot scan it."))
    return show(request, "scan", enrollment, form, qr=picture, otpauth=address, key_groups=_groups(key))


def _groups(key: str) -> list[str]:
    return [key[start : start + 4] for start in range(0, len(key), 4)]


@sensitive_post_parameters("code")
@screen("confirm")
def confirm(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    form = forms.ConfirmForm(posted(request))
    if request.method == "POST" and form.is_valid():
        outcome = _finish(request, enrollment, form.cleaned_data["code"])
        if outcome is None:
            return redirect("security:held")
        if not isinstance(outcome, Refusal):
            return redirect("security:page")
        form.add_error("code", str(outcome))
    return show(request, "confirm", enrollment, form, hold=_hold_of(enrollment))


def _hold_of(enrollment: Enrollment) -> str:
    """How long the new device will have to wait, as far as is known before it is confirmed."""
    person: Any = enrollment.person
    decision = policy.decide(enrollment, person.security_profile)
    return duration(timedelta(seconds=decision.hold)) if decision.hold else ""


@atomic()
def _finish(request: HttpRequest, enrollment: Enrollment, code: str) -> Authenticator | Refusal | None:
    """The swap, and for somebody who was locked out the sign-in that follows from it: both, or neither."""
    actor = browser.actor(request)
    outcome = flow.confirm(enrollment, code, session=request.session, actor=actor)  # type: ignore[arg-type]
    if isinstance(outcome, Authenticator) and not request.user.is_authenticated:
        browser.sign_in(request, enrollment.person, outcome)
        row = request.session.row  # type: ignore[attr-defined]
        sessions.record_start(enrollment.person, outcome, actor=browser.actor(request), session=row)
    return outcome


def _to_the_next(enrollment: Enrollment) -> HttpResponse:
    step = journey.current(enrollment)
    return redirect(around.address(step.name) if step else "security:page")
