"""The whole journey over HTTP, as a browser would make it, on our site and on the floor: the same requests."""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import pyotp

from tests.people import FIREFOX, PASSWORD

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
KEY = re.compile(r'id="setup-key".*?>(.*?)</code>', re.S)


class Visitor:
    """A browser with cookies and one kept connection; it follows nothing by itself."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.page, self.token, self.led_to = "", "", ""
        self.told: dict[str, str] = {}  # every header that was ever sent, the last value of each

    def ask(self, path: str, form: dict[str, str] | None = None) -> int:
        headers = {"User-Agent": FIREFOX, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode({"csrfmiddlewaretoken": self.token, **form})
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        self.page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        if found := TOKEN.search(self.page):
            self.token = found[1]
        self.led_to = urlsplit(answer.headers.get("Location", "")).path
        self.told |= dict(answer.headers)
        return answer.status


@dataclass
class Traveller:
    """Somebody with a phone, about to pair a new one. `mailed` says what was mailed to them, where nobody mails it."""

    email: str
    secret: str
    mailed: Callable[[Visitor], str]


@dataclass
class Request:
    """One request of the journey: its name, whether it is a GET or a POST, and the answer that is right."""

    name: str
    path: str
    form: Callable[[Visitor], dict[str, str]] | None = None


def requests(who: Traveller) -> Iterator[Request]:
    """From the sign-in page to the receipt. Each screen is looked at and answered right."""
    new: list[str] = []

    def code(secret: str) -> str:
        return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30)

    def screen(name: str, path: str, form: Callable[[Visitor], dict[str, str]], to: str = "") -> Iterator[Request]:
        yield Request(f"GET {name}", path)
        yield Request(f"POST {name}", to or path, form)

    def scanned(visitor: Visitor) -> dict[str, str]:
        found = KEY.search(visitor.page)
        assert found
        new.append(re.sub(r"<[^>]+>|\s", "", found[1]))
        return {"name": "New phone"}

    def mailed(visitor: Visitor) -> dict[str, str]:
        return {"code": who.mailed(visitor)}

    def base(name: str) -> str:
        return f"/security/reset/{name}/"

    yield from screen("sign in", "/sign-in/", lambda visitor: {"email": who.email})
    yield from screen("sign-in password", "/sign-in/password/", lambda visitor: {"password": PASSWORD})
    yield from screen("sign-in code", "/sign-in/code/", lambda visitor: {"code": code(who.secret)})
    yield Request("GET /security/", "/security/")
    yield from screen("email", base("email"), lambda visitor: {"email": who.email})
    yield from screen("password", base("password"), lambda visitor: {"password": PASSWORD})
    yield from screen("proof", base("proof"), lambda visitor: {}, to=f"{base('proof')}mail/")
    yield Request("GET notice", base("notice"))
    yield Request("POST notice", base("notice"), lambda visitor: {})
    yield Request("GET code", base("code"))
    yield Request("POST code", base("code"), mailed)
    for name in ("verified", "app"):
        yield from screen(name, base(name), lambda visitor: {})
    yield from screen("scan", base("scan"), scanned)
    yield from screen("confirm", base("confirm"), lambda visitor: {"code": code(new[0])})
    yield Request("GET receipt", "/security/")


def journey(
    port: int,
    who: Traveller,
    after: Callable[[str], None] = lambda name: None,
    before: Callable[[str], None] = lambda name: None,
) -> Visitor:
    """Walk it; `before` and `after` are called around each request, what is typed is known before. Raises
    AssertionError where a request is not answered well.
    """
    visitor = Visitor(port)
    for request in requests(who):
        form = request.form(visitor) if request.form else None
        before(request.name)
        status = visitor.ask(request.path, form)
        wanted = 302 if request.form else 200
        assert status == wanted, f"{request.name}: {status}, {visitor.led_to}\n{visitor.page}"
        after(request.name)
    return visitor
