"""The production settings: they start only when everything is there, and nothing in them is loose."""

import pytest

from tests.config import production

START = "import django; django.setup(); print('started')"


def test_it_starts_with_everything_it_needs():
    done = production.run(START)
    assert (done.stdout, done.returncode) == ("started\n", 0), done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECURITY_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL"])
def test_it_does_not_start_without(name):
    done = production.run(START, **{name: None})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name} is not set." in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_a_server_says_in_one_line_why_it_does_not_start(door):
    done = production.run(f"import config.{door}", SITE_URL=None)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("Rekey does not start: SITE_URL is not set.")


@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_a_server_does_not_start_with_a_number_out_of_its_bounds(door):
    done = production.run(
        f"from django.conf import settings; settings.SECURITY_CODE_TRIES = 50; import config.{door}",
        PYTHONWARNINGS="ignore",
    )
    assert done.returncode == 1
    assert "Rekey does not start: " in done.stderr
    assert "SECURITY_CODE_TRIES (guesses at one mailed code) is 50." in done.stderr


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("SECURITY_KEYS", "k1:short"),
        ("REDIS_URL", "localhost"),
        ("EMAIL_URL", "smtp://mail.example.com"),
        ("SITE_URL", "account.example.com"),
        ("TRUSTED_PROXIES", "everybody"),
        ("LOG_FORMAT", "xml"),
        ("DEFAULT_FROM_EMAIL", "Robin <robin@example.com>"),
        ("SUPPORT_EMAIL", "nobody"),
    ],
)
def test_nonsense_stops_the_start_with_one_clear_line(name, nonsense):
    done = production.run(START, **{name: nonsense})
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith(f"django.core.exceptions.ImproperlyConfigured: {name}: ")


@pytest.fixture(scope="module")
def values():
    names = ["DEBUG", "ALLOWED_HOSTS", "DEFAULT_FROM_EMAIL", "SUPPORT_EMAIL", "SITE_NAME", "SECURE_PROXY_SSL_HEADER"]
    names += ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "X_FRAME_OPTIONS", "SECURE_CSP", "INSTALLED_APPS"]
    names += ["CELERY_TASK_ALWAYS_EAGER", "CELERY_ACCEPT_CONTENT", "SESSION_ENGINE", "TRUSTED_PROXIES"]
    return production.values(*names)


def test_what_is_not_said_follows_from_the_address_of_the_site(values):
    assert values["ALLOWED_HOSTS"] == ["account.example.com"]
    assert values["DEFAULT_FROM_EMAIL"] == values["SUPPORT_EMAIL"] == "account@account.example.com"
    assert values["SITE_NAME"] == "My Account"


def test_nothing_is_loose(values):
    assert values["DEBUG"] is False
    assert values["SECURE_SSL_REDIRECT"] is True
    assert values["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert values["X_FRAME_OPTIONS"] == "DENY"
    assert values["SESSION_ENGINE"] == "security.sessions"
    assert values["CELERY_ACCEPT_CONTENT"] == ["json"]
    assert not values["CELERY_TASK_ALWAYS_EAGER"]
    assert not any("demo" in app for app in values["INSTALLED_APPS"])


def test_nothing_is_inline_and_nothing_comes_from_another_host(values):
    assert values["SECURE_CSP"]["default-src"] == ["'none'"]
    assert {source for sources in values["SECURE_CSP"].values() for source in sources} <= {"'none'", "'self'"}


def test_a_proxy_is_believed_only_where_there_is_one(values):
    assert (values["TRUSTED_PROXIES"], values["SECURE_PROXY_SSL_HEADER"]) == ([], None)
    behind = production.values("TRUSTED_PROXIES", "SECURE_PROXY_SSL_HEADER", TRUSTED_PROXIES="10.0.0.0/8")
    assert behind["TRUSTED_PROXIES"] == ["10.0.0.0/8"]
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_the_checks_of_a_deployment_find_nothing():
    done = production.run(
        "import sys; from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_number_out_of_its_bounds_is_found_at_deployment():
    done = production.run(
        "from django.conf import settings; settings.SECURITY_CODE_TRIES = 50;"
        "from django.core.management import execute_from_command_line as run; run(['manage.py', 'check'])"
    )
    assert done.returncode == 1
    assert "security.E001" in done.stderr
