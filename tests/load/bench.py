"""`make bench`: measures in one run on this machine and writes docs/performance.md. Ratios count, not milliseconds.

Starts its own PostgreSQL and Redis, as the tests do. The web runs in this process, so its processor time can be told
from the database's; the hasher is production's, and its share is shown apart.
"""

import os
import shutil
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "performance.md"
JOURNEYS = 30


def main() -> None:
    from tests.servers import Postgres, Redis, free_port, temporary_folder

    folder = temporary_folder()
    for name in ("postgres", "redis"):
        (folder / name).mkdir()
    postgres, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
    postgres.start()
    redis.start()
    os.environ.update(
        DATABASE_URL=postgres.url,
        REDIS_URL=redis.url,
        EMAIL_URL=f"smtp://127.0.0.1:{free_port()}",
        DJANGO_SETTINGS_MODULE="config.settings.test",
    )
    try:
        REPORT.write_text(report(measured()))
        sys.stdout.write(REPORT.read_text())
    finally:
        postgres.stop()
        redis.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measured() -> dict[str, object]:
    """Everything the report says, from one run."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher"]
    del settings.SECURITY_POLICIES_KEPT  # as in production
    for limit in ("FAILURES_A_MINUTE", "ACCOUNTS_AN_HOUR", "MAILS_AN_HOUR"):  # everybody comes from one network here
        setattr(settings, f"SECURITY_BLOCK_{limit}", 10**6)
    setup_test_environment()
    call_command("migrate", verbosity=0)
    found = {"journeys": journeys(), "screens": screens(), "qr": qr(), "weights": weights()}
    return {**found, "sameness": sameness()}


def journeys() -> dict[str, float]:
    """Journeys from sign-in to receipt: processor time of the web, and of the hasher in it."""
    from django.contrib.auth.hashers import check_password, make_password

    from tests.load import measure
    from tests.people import PASSWORD

    encoded = make_password(PASSWORD)
    hasher = measure.cpu(lambda: check_password(PASSWORD, encoded), 20)
    travellers = [somebody(f"bench{number}@example.com") for number in range(JOURNEYS + 1)]
    measure.whole_journey(travellers.pop())
    walls, began = [], time.process_time()
    for owner in travellers:
        started = time.perf_counter()
        measure.whole_journey(owner)
        walls.append(time.perf_counter() - started)
    web = (time.process_time() - began) / JOURNEYS * 1000
    return {"a second": 1 / statistics.median(walls), "web": web, "hasher": 2 * hasher}


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


def report(found: dict[str, object]) -> str:
    from tests.load.report import page

    return page(found)


if __name__ == "__main__":
    main()
