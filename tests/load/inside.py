"""What is measured inside of the benchmark's own process: statements and bytes of every screen, the hasher, the QR
code, and whether answers tell who has an account.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def hasher() -> float:
    """Milliseconds of processor time of one check of a password."""
    from django.contrib.auth.hashers import check_password, make_password

    from tests.load import measure
    from tests.people import PASSWORD

    encoded = make_password(PASSWORD)
    return measure.cpu(lambda: check_password(PASSWORD, encoded), 20)


def somebody(email: str) -> object:
    from tests.people import make

    owner = make(email)
    owner.reads_mail = False
    return owner


def screens() -> dict[str, list[object]]:
    from tests.load import measure

    seen = {}
    for way in ("mail", "old code"):
        owner = somebody(f"{way.replace(' ', '-')}@example.com")
        owner.sign_in(ahead=-1)  # type: ignore[attr-defined]
        seen[way] = measure.screens(owner, way)  # type: ignore[arg-type]
    return seen


def sameness() -> dict[str, tuple[float, float]]:
    """Answers for addresses with an account and without one."""
    from tests.load import sameness
    from tests.people import Someone

    reference = somebody("known@example.com")
    for number in range(0, 2 * sameness.ASKED, 2):
        somebody(f"known{number}@example.com")
    return sameness.medians("known{}@example.com", lambda turn: Someone(reference.user))  # type: ignore[attr-defined]


def qr() -> dict[str, float]:
    """Our QR code, and the same matrix with the library's own search of the best mask and its SVG writer."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    from security import crypto
    from security.reset import qr as ours
    from tests.load import measure

    text = ours.otpauth(crypto.totp_secret(), "a.rather.long.address@department.example.com")

    def library() -> None:
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
        code.add_data(text)
        code.make_image(image_factory=SvgPathImage).to_string()

    return {"ours": measure.cpu(lambda: ours.svg(text, "QR code"), 100), "library": measure.cpu(library, 30)}


def weights() -> dict[str, float]:
    scripts = [path for path in (ROOT / "static/js").glob("*.js") if path.name != "demo.js"]
    return {
        "CSS": (ROOT / "static/site.css").stat().st_size / 1000,
        "own JavaScript, all modules": sum(path.stat().st_size for path in scripts) / 1000,
    }
