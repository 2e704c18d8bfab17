"""`make bench`: measures in one run on this machine and writes docs/performance.md. Ratios count, not milliseconds.

Starts its own PostgreSQL and Redis, as the tests do, and both sites, ours and the floor, in processes of their own.
"""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "performance.md"
JOURNEYS = int(os.environ.get("BENCH_JOURNEYS", "40"))


def main() -> None:
    from tests.servers import Postgres, Redis, free_port, temporary_folder

    folder = temporary_folder()
    for name in ("postgres", "redis"):
        (folder / name).mkdir()
    postgres, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
    postgres.start()
    redis.start()
    postgres._run([postgres.bin / "createdb", "-h", postgres.folder, "-U", "rekey", "floor"])
    os.environ.update(
        DATABASE_URL=f"{postgres.url}&pool=off",
        FLOOR_DATABASE_URL=f"postgres://rekey@/floor?host={postgres.folder}&prepare=off",
        REDIS_URL=redis.url,
        EMAIL_URL=f"smtp://127.0.0.1:{free_port()}",
        DJANGO_SETTINGS_MODULE="tests.load.settings",
    )
    try:
        found = measured(postgres, redis)
        from tests.load.report import page  # it needs Django, which is ready by now

        REPORT.write_text(page(found))
        sys.stdout.write(REPORT.read_text())
    finally:
        postgres.stop()
        redis.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measured(postgres: Any, redis: Any) -> dict[str, Any]:
    """Everything the report says, from one run."""
    prepare()
    from tests.load import inside, journeys, mail, million, rate
    from tests.people import make

    found: dict[str, Any] = {}
    say("the journey")
    pair = journeys.Pair(postgres, redis.url)
    found["journeys"] = journeys.compare(pair, [travellers(number) for number in range(JOURNEYS + 1)])
    pair.stop()
    say("a page, sixteen at a time")
    pair = journeys.Pair(postgres, redis.url, workers=2, threads=4)
    found["rate"] = rate.compare(pair, *travellers(900))
    found["growth"] = rate.growth(pair.ours, travellers(901)[0])
    pair.stop()
    say("mail")
    postman = mail.Postman()
    found["mail"] = mail.compare(postman, [make(f"reader{number}@example.com") for number in range(700)], postgres.url)
    postman.stop()
    if million.ACCOUNTS:
        say(f"{million.ACCOUNTS:,} accounts")
        found["million"] = million.compare(postgres, redis.url)
    say("statements, bytes, the hasher")
    found |= {"screens": inside.screens(), "qr": inside.qr(), "weights": inside.weights()}
    production_hasher()
    return found | {"hasher": inside.hasher(), "sameness": inside.sameness()}


def say(what: str) -> None:
    sys.stderr.write(f"measuring: {what}\n")


def prepare() -> None:
    """The tables of both sites, and the people of the floor."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    call_command("migrate", verbosity=0)
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.load.floor.settings"}
    subprocess.run([sys.executable, "-m", "tests.load.floor.people", str(1000)], cwd=ROOT, env=env, check=True)
    setup_test_environment()


def production_hasher() -> None:
    from django.test.utils import override_settings

    override_settings(PASSWORD_HASHERS=["accounts.hashers.Argon2Hasher"]).enable()


def travellers(number: int) -> tuple[Any, Any]:
    """The same person here and there."""
    from tests.load.floor import SECRET
    from tests.load.walk import Traveller

    ours = traveller(f"bench{number}@example.com")
    secret = base64.b32encode(SECRET).decode()
    return ours, Traveller(ours.email, secret, lambda visitor: visitor.told["X-Code"])


def traveller(email: str) -> Any:
    """Somebody who is made for it, on our site; the codes that are mailed to them are known."""
    from security import codes
    from security.models import Enrollment
    from tests.load.walk import Traveller
    from tests.people import make

    owner = make(email)

    def mailed(visitor: Any) -> str:
        latest = Enrollment.objects.filter(person=owner.user).latest("pk")
        return codes.grouped(latest.codes.latest("generation"))

    assert owner.phone
    return Traveller(owner.user.email, owner.phone.secret, mailed)


if __name__ == "__main__":
    main()
