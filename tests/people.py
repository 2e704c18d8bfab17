"""The people of the tests, each with a browser and the phones they hold."""

import base64
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyotp
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from security import codes, crypto, outbox
from security.actor import Actor
from security.flows import recovery_codes
from security.models import Authenticator, Enrollment
from security.sessions import SessionStore
from tests.mail import CODE

PASSWORD = "correct horse battery staple"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SCREENS = ["email", "password", "proof", "notice", "code", "verified", "app", "scan", "confirm"]


@dataclass
class Phone:
    """An independent implementation of RFC 6238 that was given a secret."""

    secret: str

    def code(self, ahead: int = 0) -> str:
        return pyotp.TOTP(self.secret).generate_otp(int(time.time()) // 30 + ahead)


@dataclass
class Someone:
    """A person at a browser. `phone` is what signs them in now, `new_phone` what they scan into."""

    user: User
    phone: Phone | None = None
    client: Client = field(default_factory=lambda: Client(headers={"User-Agent": FIREFOX}))
    new_phone: Phone | None = None
    reads_mail: bool = True
    link: str = ""  # a link in a mail that they are about to follow

    def elsewhere(self) -> "Someone":
        """The same person at another browser."""
        return Someone(self.user, self.phone)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(path, data)

    def screen(self, name: str, /) -> Any:
        return self.get(f"/security/reset/{name}/")

    def answer(self, name: str, /, **data: Any) -> Any:
        return self.post(f"/security/reset/{name}/", **data)

    def give_password(self) -> Any:
        self.post("/sign-in/", email=self.user.email)
        return self.post("/sign-in/password/", password=PASSWORD)

    def sign_in(self, ahead: int = 0) -> "Someone":
        response = self.give_password()
        if self.phone:
            assert response.url == "/sign-in/code/", response.url
            response = self.post("/sign-in/code/", code=self.phone.code(ahead))
        assert response.url == "/account/", response.url
        return self

    def sign_in_past_the_question(self) -> "Someone":
        """Sign in with the old device while a new one waits: "Is this you?" is asked first."""
        self.give_password()
        assert self.phone
        response = self.post("/sign-in/code/", code=self.phone.code())
        assert response.url.startswith("/security/reset/held/"), response.url
        return self

    def begin_locked_out(self) -> "Someone":
        self.give_password()
        response = self.post("/sign-in/code/new-device/")
        assert response.url == "/security/reset/notice/", response.url
        return self

    @property
    def enrollment(self) -> Enrollment:
        return Enrollment.objects.filter(person=self.user).latest("started_at")

    def answer_right(self, name: str, way: str = "mail") -> Any:
        """Answer this screen as its owner would; `way` is mail or old code."""
        match name:
            case "email":
                return self.answer(name, email=self.user.email)
            case "password":
                return self.answer(name, password=PASSWORD)
            case "proof" if way == "mail":
                return self.post("/security/reset/proof/mail/")
            case "proof":
                assert self.phone
                return self.answer(name, code=self.phone.code(ahead=1))
            case "code":
                return self.answer(name, code=self.mailed_code())
            case "scan":
                self.new_phone = Phone(self.setup_key())
                return self.answer(name, name="New phone")
            case "confirm":
                assert self.new_phone
                return self.answer(name, code=self.new_phone.code())
        return self.answer(name)

    def mailed_code(self) -> str:
        """From the mail; computed where other processes send it and the test is about something else."""
        if self.reads_mail:
            return newest_code(self.user.email)
        return codes.grouped(self.enrollment.codes.latest("generation"))

    def setup_key(self) -> str:
        page = self.screen("scan").content.decode()
        key = page.split('id="setup-key"', 1)[1].split(">", 1)[1].split("</code>", 1)[0]
        return "".join(part for part in key.replace("<span>", " ").replace("</span>", " ").split())

    def walk_to(self, screen: str, way: str = "mail") -> "Someone":
        """Bring the journey to this screen, whatever its entrance; "done" goes to the end."""
        response = self.get(f"/security/reset/{'confirm'}/")
        for _ in range(len(SCREENS) + 1):
            here = response.url.rstrip("/").rsplit("/", 1)[-1]
            if here == screen or (screen == "done" and response.url == "/security/"):
                return self
            response = self.answer_right(here, way)
            assert response.status_code == 302, response.content.decode()[:3000]
        raise AssertionError(f"{screen} was never reached; at {response.url}")


def long_ago() -> datetime:
    """When an address was confirmed that may receive what opens an account."""
    return timezone.now() - timedelta(days=30)


def newest_code(address: str) -> str:
    """The newest code mailed to this address, after everything promised was delivered."""
    outbox.sweep()
    mails = [message for message in mail.outbox if address in message.to]
    codes = [code for message in mails for code in CODE.findall(message.body)]
    assert codes, f"no code was mailed to {address}: {[m.subject for m in mail.outbox]}"
    return codes[-1]


def make(email: str, *, has_device: bool = True, **columns: Any) -> Someone:
    """An account with an authenticator that was never used, or without one."""
    user = User.objects.create_user(email, PASSWORD, **columns)
    if not has_device:
        return Someone(user)
    return Someone(user, add_device(user, "Old phone"))


def add_device(user: User, name: str) -> Phone:
    secret = crypto.totp_secret()
    device = Authenticator(user=user, name=name, last_step=-1, proof="mailed_code")
    device.seal(secret)
    device.save()
    return Phone(base64.b32encode(secret).decode())


def add_codes(user: User) -> list[str]:
    """Ten recovery codes, made in a browser that is no part of the test. Whoever is signed in is signed out by it."""
    sheet = recovery_codes.make(user, session=SessionStore(), actor=Actor())
    assert isinstance(sheet, recovery_codes.Sheet)
    return sheet.codes
