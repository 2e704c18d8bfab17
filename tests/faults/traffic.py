"""People who go through the whole journey while something fails, as people do: they load the page again, and go on."""

import html
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException

import pyotp

from tests.people import PASSWORD
from tests.web import TOKEN, Answer, Browser

ALERT = re.compile(r'<h1>.*?</h1>|role="alert".*?</div>|class="field-error".*?</p>', re.S)
KEY = re.compile(r'id="setup-key".*?>(.*?)</code>', re.S)
PATIENCE = 180  # seconds that somebody tries for


@dataclass
class Seen:
    """What everybody saw together."""

    answers: Counter[int] = field(default_factory=Counter)
    dropped: int = 0
    errors: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)  # who never got to the end, and what they saw last
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: Answer) -> None:
        with self.lock:
            self.answers[answer.status] += 1
            if answer.status >= 500 and (answer.status != 503 or "try again" not in answer.text.lower()):
                self.errors.append(f"{answer.status} {answer.path}: {answer.text[:500]}")


class Person:
    """Somebody who lost their phone: their address, the site, and how they read their mail."""

    def __init__(
        self, site: str, email: str, codes: Callable[[str], list[str]], seen: Seen, clock: Callable[[], float]
    ) -> None:
        self.browser, self.email, self.codes, self.seen, self.clock = Browser(site), email, codes, seen, clock
        self.secret, self.refused = "", set[str]()
        self.has_confirmed, self.typed_step = False, 0

    def travel(self) -> float | None:
        """Go to the receipt; how long it took, or None if it was never reached."""
        began = time.monotonic()
        page = last = None
        while time.monotonic() - began < PATIENCE:
            try:
                last = page = self._step(page or self._load("/security/"))
            except (OSError, HTTPException):
                with self.seen.lock:
                    self.seen.dropped += 1
                page = None
            if page is None or page.status >= 500:
                time.sleep(0.5)
                page = None
            elif page.path == "/security/" and self.has_confirmed:
                return time.monotonic() - began
            time.sleep(0.05)
        with self.seen.lock:
            self.seen.stuck.append(f"{self.email}: {_seen_on(last) if last else 'nothing'}")
        return None

    def _load(self, path: str) -> Answer:
        answer = self.browser.get(path)
        self.seen.note(answer)
        return answer

    def _send(self, page: Answer, path: str = "", **data: str) -> Answer:
        token = TOKEN.search(page.text)
        assert token, f"no form on {page.path} ({page.status})"
        answer = self.browser.press(path or page.path, token[1], **data)
        self.seen.note(answer)
        return answer

    def _step(self, page: Answer) -> Answer:
        """What they do with the page in front of them; the next page."""
        screen = page.path.rstrip("/").rpartition("/")[2]
        match page.path, screen:
            case _ if page.status >= 500:
                return page
            case "/sign-in/", _:
                return self._send(page, email=self.email)
            case "/sign-in/password/", _:
                return self._send(page, password=PASSWORD)
            case "/sign-in/code/", _:
                return self._sign_in_or_begin(page)
            case _, "code":
                return self._enter_mailed_code(page)
            case _, "scan":
                return self._scan(page)
            case _, "confirm":
                self.has_confirmed = True
                return self._send(page, code=self._code())
            case _, "notice" | "verified" | "app":
                return self._send(page)
        return self._load("/security/")

    def _sign_in_or_begin(self, page: Answer) -> Answer:
        """With the new phone if it may be paired already, and the answer was lost; else by the way for a lost phone."""
        if self.has_confirmed:
            while int(self.clock()) // 30 <= self.typed_step:  # a code is good once: they wait for the next one
                time.sleep(0.5)
            answer = self._send(page, code=self._code())
            if answer.path != page.path or answer.status >= 500:
                return answer
            page, self.has_confirmed = answer, False
        return self._send(page, "/sign-in/code/new-device/")

    def _enter_mailed_code(self, page: Answer) -> Answer:
        """The newest code that has arrived and was not refused; a new one is asked for where none will come."""
        fresh = [code for code in self.codes(self.email) if code not in self.refused]
        if fresh:
            answer = self._send(page, code=fresh[-1])
            if answer.path == page.path and answer.status == 200:
                self.refused.add(fresh[-1])
            return answer
        time.sleep(0.3)
        if "Could not be delivered" in html.unescape(page.text):
            return self._send(page, "/security/reset/code/again/")
        return self._load(page.path)

    def _scan(self, page: Answer) -> Answer:
        found = KEY.search(page.text)
        assert found
        self.secret = re.sub(r"<[^>]+>|\s", "", found[1])
        return self._send(page, name="New phone")

    def _code(self) -> str:
        self.typed_step = int(self.clock()) // 30
        return pyotp.TOTP(self.secret).generate_otp(self.typed_step)


def _seen_on(page: Answer) -> str:
    said = ALERT.findall(page.text)
    return f"{page.status} {page.path} {' '.join(re.sub(r'<[^>]+>', ' ', one) for one in said).split()}"


def crowd(people: list[Person], at_once: int) -> list[float | None]:
    """Let all of them travel, so many at once; how long each took."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(Person.travel, people))
