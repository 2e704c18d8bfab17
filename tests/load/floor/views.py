"""Signing in with a code from the app, and pairing a new phone by a code that would be mailed."""

import secrets
import time
from base64 import b32encode

from django.contrib.auth import authenticate, get_user_model, login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_otp.oath import TOTP

from security.reset import qr
from tests.load.floor.models import Device

SCREENS = ["email", "password", "proof", "notice", "code", "verified", "app", "scan", "confirm"]


def page(request: HttpRequest, title: str, *, field: str = "", error: str = "", **more: object) -> HttpResponse:
    return render(request, "page.html", {"title": title, "field": field, "error": error, **more})


def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["address"] = request.POST["email"]
        return redirect("/sign-in/password/")
    return page(request, "Sign in", field="email")


def password(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        user = authenticate(request, username=request.session["address"], password=request.POST["password"])
        if user is not None:
            request.session["pending"] = user.pk
            return redirect("/sign-in/code/")
        error = "That is not the right password."
    return page(request, "Your password", field="password", error=error)


def code(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        user = get_user_model().objects.get(pk=request.session["pending"])
        with transaction.atomic():
            device = Device.objects.select_for_update().get(user=user)
            if step := right_step(bytes(device.secret), request.POST["code"], device.last_step):
                device.last_step = step
                device.save(update_fields=["last_step"])
        if step:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("/security/")
        error = "That is not the right code."
    return page(request, "Your code", field="code", error=error)


def right_step(secret: bytes, typed: str, last_step: int) -> int:
    """The time step of this code, or 0."""
    now = int(time.time()) // 30
    for step in (now - 1, now, now + 1):
        totp = TOTP(secret)
        totp.time = step * 30
        if step > last_step and f"{totp.token():06d}" == typed:
            return step
    return 0


@login_required
def security(request: HttpRequest) -> HttpResponse:
    return page(request, "Sign in & security", devices=list(Device.objects.filter(user=request.user)))


@login_required
def reset(request: HttpRequest, screen: str) -> HttpResponse:
    if request.session.get("screen", "email") != screen:
        request.session["screen"] = screen = "email"
    if request.method == "POST" and (answer := ANSWERS[screen](request)):
        return answer
    return page(request, screen, **(shown(request) if screen == "scan" else {"field": FIELDS.get(screen, "")}))


FIELDS = {"email": "email", "password": "password", "code": "code", "confirm": "code"}


def shown(request: HttpRequest) -> dict[str, object]:
    secret = bytes.fromhex(request.session["secret"])
    picture = qr.svg(qr.otpauth(secret, request.user.get_username()), "QR code")
    return {"field": "name", "picture": picture, "key": b32encode(secret).decode()}


def onward(request: HttpRequest, screen: str) -> HttpResponse:
    following = SCREENS[SCREENS.index(screen) + 1]
    request.session["screen"] = following
    return redirect(f"/security/reset/{following}/")


def email(request: HttpRequest) -> HttpResponse | None:
    return onward(request, "email") if request.POST["email"] == request.user.get_username() else None


def password_again(request: HttpRequest) -> HttpResponse | None:
    return onward(request, "password") if request.user.check_password(request.POST["password"]) else None


def notice(request: HttpRequest) -> HttpResponse:
    request.session["mailed"] = f"{secrets.randbelow(10**8):08d}"
    answer = onward(request, "notice")
    answer["X-Code"] = request.session["mailed"]  # nobody mails it
    return answer


def mailed_code(request: HttpRequest) -> HttpResponse | None:
    is_right = secrets.compare_digest(request.POST["code"].replace(" ", ""), request.session["mailed"])
    return onward(request, "code") if is_right else None


def app(request: HttpRequest) -> HttpResponse:
    request.session["secret"] = secrets.token_hex(20)
    return onward(request, "app")


def scan(request: HttpRequest) -> HttpResponse:
    request.session["name"] = request.POST["name"]
    return onward(request, "scan")


def confirm(request: HttpRequest) -> HttpResponse | None:
    secret = bytes.fromhex(request.session["secret"])
    step = right_step(secret, request.POST["code"], -1)
    if not step:
        return None
    with transaction.atomic():
        Device.objects.filter(user=request.user).delete()
        Device.objects.create(user=request.user, name=request.session["name"], secret=secret, last_step=step)
    for key in ("secret", "screen", "mailed", "name"):
        request.session.pop(key, None)
    request.session.cycle_key()
    return redirect("/security/")


ANSWERS = {
    "email": email,
    "password": password_again,
    "proof": lambda request: onward(request, "proof"),
    "notice": notice,
    "code": mailed_code,
    "verified": lambda request: onward(request, "verified"),
    "app": app,
    "scan": scan,
    "confirm": confirm,
}
