"""The picture that pairs a device: the otpauth address of a secret, and its QR code as one SVG path."""

import base64
from urllib.parse import quote

import qrcode
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET_ZONE = 4
MASK = 3  # fixed: searching the best of the eight takes several times as long, and every reader reads all of them


def setup_key(secret: bytes) -> str:
    """The secret in base32, as people type it into an app."""
    return base64.b32encode(secret).decode()


def otpauth(secret: bytes, account: str) -> str:
    """The Key URI of this secret: issuer in prefix and parameter, equal, percent-encoded after RFC 3986."""
    issuer = quote(settings.SITE_NAME.replace(":", " ").strip(), safe="")
    label = f"{issuer}:{quote(account.replace(':', ' '), safe='@')}"
    return f"otpauth://totp/{label}?secret={setup_key(secret)}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"


def matrix(text: str) -> list[list[bool]]:
    """The modules of the QR code, without its quiet zone; error correction M."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return code.get_matrix()


def svg(text: str, title: str) -> SafeString:
    """Dark on light in every theme, without a style attribute; one path, a run of dark modules a stroke of it."""
    rows = matrix(text)
    size = len(rows) + 2 * QUIET_ZONE
    path = "".join(_runs(row, y + QUIET_ZONE) for y, row in enumerate(rows))
    return format_html(
        '<svg id="qr" class="qr" role="img" aria-labelledby="qr-title" viewBox="0 0 {size} {size}"'
        ' shape-rendering="crispEdges"><title id="qr-title">{title}</title>'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}"/></svg>',
        size=size,
        title=title,
        path=path,
    )


def _runs(row: list[bool], y: int) -> str:
    """The dark runs of one row, each as a rectangle one module high."""
    parts, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            parts.append(f"M{start + QUIET_ZONE} {y}h{x - start}v1H{start + QUIET_ZONE}z")
            start = None
    return "".join(parts)
