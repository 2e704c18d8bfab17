"""The production settings, read in a process of their own with an environment of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ENVIRONMENT = {
    "SECRET_KEY": "0123456789abcdef" * 4,
    "SECURITY_KEYS": f"k1:{KEY}",
    "DATABASE_URL": "postgres://rekey:secret@db.example/rekey",
    "REDIS_URL": "redis://redis.example:6379/0",
    "EMAIL_URL": "smtp+tls://rekey:secret@mail.example:587",
    "SITE_URL": "https://account.example.com",
    "DJANGO_SETTINGS_MODULE": "config.settings.base",
    "PATH": "/usr/bin:/bin",
}
READ = """
import json, sys
from django.conf import settings
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1:]}, default=str))
"""


def run(code: str, *args: str, **env: str | None) -> subprocess.CompletedProcess[str]:
    """Python code under the production settings; a variable that is None is not set."""
    variables = {name: value for name, value in {**ENVIRONMENT, **env}.items() if value is not None}
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=variables, check=False, timeout=120)


def values(*names: str, **env: str | None) -> dict[str, Any]:
    """What these settings are."""
    done = run(READ, *names, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
