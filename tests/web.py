"""A plain HTTP browser for sites in other processes: cookies, forms, and the time an answer took."""

import html
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ALERT = re.compile(r'role="alert".*?</div>', re.S)


def alert_of(page: Any) -> str:
    """What a page of Django's test client says went wrong, with its marks of HTML as characters; empty if nothing."""
    return html.unescape(" ".join(ALERT.findall(page.content.decode())))


@dataclass
class Answer:
    status: int
    path: str
    text: str
    seconds: float


class Browser:
    """Follows redirects, as browsers do."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str, data: dict[str, str] | None = None) -> Answer:
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(self.site + path, body, {"Referer": self.site + path} if body else {})
        began = time.monotonic()
        try:
            with self.opener.open(request, timeout=30) as response:
                return self._answer(response, response.status, began)
        except urllib.error.HTTPError as refused:
            return self._answer(refused, refused.code, began)

    def post(self, path: str, **data: str) -> Answer:
        """Look at the page, then send its form; the time is that of the sending."""
        page = self.get(path)
        token = TOKEN.search(page.text)
        assert token, f"no form on {page.path} ({page.status})"
        return self.press(path, token[1], **data)

    def press(self, path: str, token: str, **data: str) -> Answer:
        return self.get(path, {"csrfmiddlewaretoken": token, **data})

    def token(self, path: str) -> str:
        found = TOKEN.search(self.get(path).text)
        assert found
        return found[1]

    def _answer(self, response: Any, status: int, began: float) -> Answer:
        text = response.read().decode()
        return Answer(status, urllib.parse.urlsplit(response.geturl()).path, text, time.monotonic() - began)
