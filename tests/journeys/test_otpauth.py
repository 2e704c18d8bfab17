"""The picture that pairs a device, read by an independent decoder and understood by an independent library."""

from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
import zxingcpp
from PIL import Image

from security import crypto
from security.reset import qr

SITES = ["My Account", "Größe & Söhne", "社員 ポータル", "A: colon", "100 % sure?", "plus+plus"]
PEOPLE = ["owner@example.com", "owner+shop@example.com", "o'neill/x@example.com", "a.very.long.name@sub.example.co.uk"]


def photographed(text: str) -> str:
    """Draw the modules with their quiet zone, four pixels each, and read them back."""
    rows = qr.matrix(text)
    size = len(rows) + 2 * qr.QUIET_ZONE
    image = Image.new("L", (size, size), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + qr.QUIET_ZONE, y + qr.QUIET_ZONE), 0)
    found = zxingcpp.read_barcodes(image.resize((size * 4, size * 4), Image.Resampling.NEAREST))
    return found[0].text


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("account", PEOPLE)
def test_issuer_and_account_survive_the_camera(settings, site, account):
    settings.SITE_NAME = site
    secret = crypto.totp_secret()
    uri = photographed(qr.otpauth(secret, account))
    assert uri == qr.otpauth(secret, account)

    parts = urlsplit(uri)
    issuer = site.replace(":", " ")
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == f"/{issuer}:{account}"
    assert parts.path.count(":") == 1
    assert "+" not in uri
    assert " " not in uri
    asked = parse_qs(parts.query, strict_parsing=True)
    assert asked["issuer"] == [issuer]
    assert (asked["algorithm"], asked["digits"], asked["period"]) == (["SHA1"], ["6"], ["30"])
    assert "=" not in asked["secret"][0]

    totp = pyotp.parse_uri(uri)
    assert totp.byte_secret() == secret
    assert (totp.issuer, totp.name) == (issuer, account)


def test_the_path_draws_exactly_the_dark_modules():
    text = qr.otpauth(crypto.totp_secret(), "owner@example.com")
    drawn: set[tuple[int, int]] = set()
    for stroke in str(qr.svg(text, "QR code")).split(' d="')[1].split('"')[0].split("z"):
        if stroke:
            start, run = stroke[1:].split("v1")[0].split("h")
            x, y = map(int, start.split())
            drawn |= {(x + step, y) for step in range(int(run))}
    rows = qr.matrix(text)
    dark = {(x + qr.QUIET_ZONE, y + qr.QUIET_ZONE) for y, row in enumerate(rows) for x, on in enumerate(row) if on}
    assert drawn == dark


def test_the_title_is_text():
    assert "<b>" not in qr.svg("x", "<b>bold</b>")
