"""For `compose.yaml`: every secret of the site, made once, each where only its readers see it."""

import base64
import secrets
import sys
from pathlib import Path


def main(site: Path, database: Path, redis: Path) -> None:
    """Write what is missing into these three folders; what is there stays as it is."""
    passwords = {name: _kept(database / name, secrets.token_urlsafe(32)) for name in ("postgres", "owner", "site")}
    of_redis = _kept(redis / "password", secrets.token_urlsafe(32))
    _kept(site / "secret_key", secrets.token_urlsafe(64))
    _kept(site / "security_keys", "k1:" + base64.b64encode(secrets.token_bytes(32)).decode())
    _kept(site / "database_url", f"postgres://rekey_site:{passwords['site']}@database/rekey?conn_max_age=60")
    _kept(database / "owner_url", f"postgres://rekey_owner:{passwords['owner']}@database/rekey")
    _kept(site / "redis_url", f"redis://:{of_redis}@redis:6379/0")


def _kept(path: Path, value: str) -> str:
    if not path.exists():
        path.write_text(value)
        path.chmod(0o444)  # each container reads as somebody else; none but its own has the folder
    return path.read_text()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
