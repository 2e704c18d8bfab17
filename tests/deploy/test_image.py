"""What the Dockerfile copies is all that the site needs, and what compose.yaml says fits together."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.servers import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
VALUES = dict(re.findall(r"\b([A-Z_]+)=(\S+)", DOCKERFILE.split("compileall")[1].split("USER")[0]))


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The files of the image, with what is made while it is built."""
    folder = tmp_path_factory.mktemp("image")
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE.split("WORKDIR")[1], re.M):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, folder / target)
    manage(folder, "collectstatic", "--noinput", "--verbosity", "0")
    return folder


def manage(folder, *words, **env):
    values = {"PATH": os.environ["PATH"], **VALUES, **env}
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=folder, env=values, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_passes_the_checks_with_nothing_set_but_secrets(image):
    env = {"SECRET_KEY": "x7" * 32 + "%&-_"}
    assert "no issues" in manage(image, "check", "--deploy", "--fail-level", "WARNING", **env)


def test_the_site_in_it_answers(image, transactional_db, shared_processes):
    port = free_port()
    env = {"PATH": os.environ["PATH"], **VALUES, "DATABASE_URL": shared_processes.env["DATABASE_URL"]}
    env["REDIS_URL"] = settings.REDIS_URL
    command = re.search(r'^CMD \["gunicorn", (.+?)\]$', DOCKERFILE, re.M | re.S)[1]
    words = re.findall(r'"([^"]+)"', command.replace("0.0.0.0:8000", f"127.0.0.1:{port}"))
    site = subprocess.Popen([sys.executable, "-m", "gunicorn", *words], cwd=image, env=env, stderr=subprocess.DEVNULL)
    look = [sys.executable, "deploy/is_alive.py", str(port)]

    def is_alive():
        return subprocess.run(look, cwd=image, env=env, stderr=subprocess.DEVNULL, check=False).returncode == 0

    try:
        wait_until(is_alive, "the site", 30)
    finally:
        site.terminate()
        site.wait(10)
    assert not is_alive()


def test_every_secret_is_made_once_and_where_it_is_looked_for(tmp_path):
    keys = COMPOSE["services"]["keys"]
    folders = {place.split(":")[1]: tmp_path / place.split(":")[0] for place in keys["volumes"]}
    for folder in folders.values():
        folder.mkdir()
    command = [sys.executable, ROOT / "deploy" / "make_keys.py", *folders.values()]
    assert keys["command"].split()[2:] == list(folders)
    subprocess.run(list(map(str, command)), check=True)
    made = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    subprocess.run(list(map(str, command)), check=True)
    assert {path: path.read_text() for path in made} == made

    wanted = set(re.findall(r"/run/(?:keys|database|redis)/[a-z_]+", (ROOT / "compose.yaml").read_text()))
    for name in wanted:
        place = Path(name)
        assert (folders[str(place.parent)] / place.name) in made, name


def test_only_migrations_run_as_the_owner():
    of_the_owner = {
        name
        for name, service in COMPOSE["services"].items()
        if any("database_keys:" in volume for volume in service.get("volumes", []))
    }
    assert of_the_owner == {"keys", "database", "roles", "migrate", "rights"}


def test_what_the_site_is_told_is_what_it_reads():
    base = (ROOT / "config" / "settings" / "base.py").read_text()
    for name in COMPOSE["services"]["web"]["environment"]:
        assert f'"{name.removesuffix("_FILE")}"' in base, name


def test_nothing_of_the_site_can_write():
    for name in ("web", "worker", "beat", "migrate"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER 10001$", DOCKERFILE, re.M)
