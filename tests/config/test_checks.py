"""What stops a start or a deployment, each with its own line."""

import pytest

from tests.config import production

CHECK = "from django.core.management import execute_from_command_line as run; run(['manage.py', 'check', {}])"
DEPLOY = CHECK.format("'--deploy', '--fail-level', 'WARNING'")


@pytest.mark.parametrize(
    ("trusted", "is_fine"),
    [
        ("0.0.0.0/0", False),
        ("::/0", False),
        ("128.0.0.0/1", False),
        ("10.0.0.1/32,::/15", False),
        ("10.0.0.0/8", True),
        ("2001:db8::/32", True),
    ],
)
def test_a_proxy_that_is_trusted_from_everywhere_stops_the_start(trusted, is_fine):
    done = production.run("import config.wsgi; print('started')", TRUSTED_PROXIES=trusted, PYTHONWARNINGS="ignore")
    assert (done.stdout == "started\n") is is_fine, done.stderr
    if not is_fine:
        [line] = done.stderr.splitlines()
        assert line.startswith("Rekey does not start: ")
        assert "security.E005" in line


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"SITE_URL": "http://account.example.com"}, "security.E004"),
        ({"DATABASE_URL": "sqlite:////tmp/rekey.sqlite3"}, "security.E006"),
    ],
)
def test_what_no_deployment_may_have(broken, error):
    done = production.run(DEPLOY, **broken)
    assert done.returncode == 1
    assert error in done.stderr


@pytest.mark.parametrize(
    ("loosened", "error"),
    [("settings.SECURITY_KEYS = {}", "security.E002"), ("settings.REDIS_URL = ''", "security.E003")],
)
def test_what_no_settings_of_ones_own_may_take_away(loosened, error):
    done = production.run(f"from django.conf import settings; {loosened}; {DEPLOY}")
    assert done.returncode == 1
    assert error in done.stderr
