"""A body of which something strange is said: no form, and never an error of ours."""

import asyncio
import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from config import bodies

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
STRANGE = [
    f"{FORM}; charset=rot13",  # a codec of Python that makes no text
    f"{PARTS}; charset=base64",
    f"{PARTS}; charset=utf-7",  # makes halves of signs, which cannot be written
    "text/plain; charset=unicode_escape",
    "text/plain; charset=undefined",
    f"{FORM}; charset=latin-1",
    f"{FORM}; charset=nonsense",
    f"{FORM}; name*=nonsense''x",  # RFC 2231, in a charset that there is not
    "a/b; " + "x" * 20_000,
]
USUAL = [
    "",
    FORM,
    f"{FORM}; charset=UTF-8",
    f'{FORM}; charset="utf-8"',
    PARTS,
    "application/json",
    "text/plain",
    "nonsense",
]


def test_the_usual_ones_are_understood():
    assert [kind for kind in USUAL if not bodies.are_understood(kind)] == []
    assert [kind for kind in STRANGE if bodies.are_understood(kind)] == []


@pytest.mark.parametrize("kind", [*USUAL, *STRANGE])
def test_an_application_is_told_of_what_it_understands(kind):
    seen: list[str] = []

    async def application(scope, receive, send):
        seen.append(dict(scope["headers"]).get(b"content-type", b"").decode())

    headers = [(b"host", b"x"), (b"content-type", kind.encode())]
    call = bodies.of_asgi(application)({"type": "http", "headers": headers}, None, None)
    with ThreadPoolExecutor() as other:  # the browser of other tests has a loop that runs in this one
        other.submit(asyncio.run, call).result()
    bodies.of_wsgi(lambda environ, start_response: seen.append(environ["CONTENT_TYPE"]) or [])(
        {"CONTENT_TYPE": kind}, None
    )
    assert seen == ([kind, kind] if kind in USUAL else ["", ""])


def test_a_server_answers_whatever_is_said_of_a_body(site):
    place = urlsplit(site.url)
    half_a_sign = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n+2AA-@example.com\r\n--x--\r\n'
    for kind in STRANGE[:-1]:  # gunicorn takes none of the length of the last
        for method, expected in (("GET", 200), ("POST", 403)):  # a body of no kind brings no token
            connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
            connection.request(method, "/sign-in/?next=/%ff%5Cud800", half_a_sign, {"Content-Type": kind})
            assert connection.getresponse().status == expected, (method, kind)
            connection.close()
