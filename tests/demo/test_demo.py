"""`make demo`, as a newcomer starts it: SQLite, no Redis, no SMTP, its own data, and nobody from outside."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from tests.people import PASSWORD
from tests.servers import QUIET, answers, die_with_parent, free_port, wait_until
from tests.web import Browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def _alone() -> Iterator[None]:
    """Every demo has the same data: these tests wait for each other, in whichever process they are."""
    with (ROOT / "var" / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    port = free_port()
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.demo", "PORT": str(port)}
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=env, preexec_fn=die_with_parent(signal.SIGKILL), **QUIET)
    wait_until(lambda: answers(port), "the demo", 30)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def state(browser: Browser) -> dict:
    return json.loads(browser.get("/demo/state.json").text)


def code_of(browser: Browser, phone: str, account: str) -> str:
    entries = state(browser)["phones"]
    return next(entry["code"] for entry in entries if (entry["phone"], entry["account"]) == (phone, account))


def test_the_story_is_lived_with_the_pretend_phones(demo):
    owner = Browser(demo)
    owner.post("/sign-in/", email="owner@example.com")
    owner.post("/sign-in/password/", password=PASSWORD)
    page = owner.post("/sign-in/code/", code=code_of(owner, "Old phone", "owner@example.com"))
    assert page.path == "/account/"
    owner.post("/security/reset/email/", email="owner@example.com")
    owner.post("/security/reset/password/", password=PASSWORD)
    owner.press("/security/reset/proof/mail/", owner.token("/security/reset/proof/"))
    page = owner.post("/security/reset/notice/")
    assert "Sent " in page.text
    mail = state(owner)["mails"][-1]
    assert mail["to"] == ["owner@example.com"]
    assert set(mail) == {"to", "subject", "text", "html"}
    code = next(line.strip() for line in mail["text"].splitlines() if line.strip().replace(" ", "").isdigit())
    owner.post("/security/reset/code/", code=code)
    owner.post("/security/reset/verified/")
    page = owner.post("/security/reset/app/")
    key = page.text.split('id="setup-key"')[1].split(">", 1)[1].split("</code>")[0]
    key = "".join(key.replace("<span>", " ").replace("</span>", " ").split())

    page = owner.post("/demo/", setup_key=" ".join([key[:16], key[16:]]).lower())
    assert page.path == "/demo/"
    assert code_of(owner, "New phone", "owner@example.com") == pyotp.TOTP(key).now()
    owner.post("/security/reset/scan/", name="My new phone")
    page = owner.post("/security/reset/confirm/", code=code_of(owner, "New phone", "owner@example.com"))
    assert page.path == "/security/"
    assert "My new phone" in page.text


def test_nonsense_for_the_new_phone_is_answered(demo):
    for nonsense in ("", "0189", "x" * 300, "otpauth://totp/x?issuer=y", "otpauth://[x", "otpauth://a℀b/"):
        page = Browser(demo).post("/demo/", setup_key=nonsense)
        assert (page.status, page.path) == (200, "/demo/")
        assert 'role="alert"' in page.text


def test_a_demo_on_a_port_in_use_leaves_the_data_alone(demo):
    """Another demo may be running, and its data is the same file."""
    port, database = demo.rpartition(":")[2], ROOT / "var" / "demo.sqlite3"
    before = database.stat()
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.demo"}
    command = [sys.executable, "manage.py", "demo", "--port", port]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert "make demo PORT=8080" in done.stderr
    assert "Traceback" not in done.stderr
    assert (database.stat().st_ino, database.stat().st_ctime) == (before.st_ino, before.st_ctime)
    assert Browser(demo).get("/demo/").status == 200


def test_the_three_people_are_there(demo):
    phones = {(entry["phone"], entry["account"]) for entry in state(Browser(demo))["phones"]}
    assert {("Old phone", "owner@example.com"), ("Old phone", "staff@example.com")} <= phones
    newcomer = Browser(demo)
    newcomer.post("/sign-in/", email="new@example.com")
    assert newcomer.post("/sign-in/password/", password=PASSWORD).path == "/account/"
    assert "Not enabled" in newcomer.get("/security/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"X-Forwarded-Host": "demo.example.com"},
        {"Host": "demo.example.com"},
    ],
)
def test_nothing_that_comes_through_a_tunnel_is_served(demo, headers):
    browser = Browser(demo)
    browser.opener.addheaders = list(headers.items())
    if "Host" in headers:
        import urllib.request

        request = urllib.request.Request(demo + "/demo/", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 400
    else:
        assert browser.get("/demo/").status == 403


def test_the_demo_takes_no_database_from_the_environment(demo, tmp_path):
    """It deletes its data at every start; never somebody else's."""
    precious = tmp_path / "precious.sqlite3"
    precious.write_text("precious")
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.demo", "DATABASE_URL": f"sqlite:///{precious}"}
    script = "from django.conf import settings; print(settings.DATABASES['default']['NAME'])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("var/demo.sqlite3")


def test_no_other_settings_know_the_demo(client):
    assert client.get("/demo/").status_code == 404
    assert client.get("/demo/state.json").status_code == 404
