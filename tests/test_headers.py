"""What browsers are told by production's settings, on every kind of answer; asked in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import django, json
django.setup()
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
from django.test import Client
client = Client(SERVER_NAME="account.example.com")
found = {}
for path in ("/sign-in/", "/nowhere/", "/security/", "/sign-out/"):
    answer = client.get(path, secure=True)
    found[path] = [answer.status_code, dict(answer.headers)]
answer = client.post("/sign-in/", {"email": "x"}, secure=True)
found["cookies"] = {name: [str(morsel["secure"]), str(morsel["httponly"]), morsel["samesite"], morsel["path"],
                           morsel["domain"], str(morsel["max-age"])] for name, morsel in client.cookies.items()}
plain = client.get("/sign-in/")
found["plain"] = [plain.status_code, plain["Location"]]
forged = client.get("/sign-in/", headers={"X-Forwarded-Proto": "https"})
found["forged"] = [forged.status_code, forged["Location"]]
found["host"] = [client.get("/sign-in/", secure=True, headers={"Host": "evil.test"}).status_code, ""]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def production() -> dict:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "SECRET_KEY": "x" * 25 + "0123456789" * 4,
        "SECURITY_KEYS": "k1:ZGV2ZWxvcG1lbnQgb25seSwgMzIgYnl0ZXMgbG9uZyE=",
        "SITE_URL": "https://account.example.com",
        "TRUSTED_PROXIES": "10.0.0.0/8",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("path", ["/sign-in/", "/nowhere/", "/security/", "/sign-out/"])
def test_every_answer_is_strict(production, path):
    _, headers = production[path]
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert "max-age=63072000; includeSubDomains" in headers["Strict-Transport-Security"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers


def test_cookies_belong_to_this_host_and_this_window(production):
    cookies = production["cookies"]
    assert set(cookies) == {"__Host-csrf"}
    assert all(flags == ["True", "True", "Lax", "/", "", ""] for flags in cookies.values())


def test_plain_http_is_sent_to_https_and_a_forged_header_does_not_help(production):
    assert production["plain"] == [301, "https://account.example.com/sign-in/"]
    assert production["forged"] == [301, "https://account.example.com/sign-in/"]


def test_another_host_is_refused(production):
    assert production["host"][0] == 400


def test_signing_out_is_a_post(production):
    assert production["/sign-out/"][0] == 405
