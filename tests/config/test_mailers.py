"""EMAIL_URL: into Django's MAILERS, and never a code in clear over a network by accident."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture
def mailers(monkeypatch):
    def read(url):
        monkeypatch.delenv("THING_FILE", raising=False)
        monkeypatch.setenv("THING", url)
        return env.mailers("THING")

    return read


def test_everything_an_address_says(mailers):
    assert mailers("smtp+tls://rek%40ey:p%2Fss%3A@mail.example.com:2587") == {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": "mail.example.com",
                "port": 2587,
                "username": "rek@ey",
                "password": "p/ss:",
                "use_tls": True,
                "use_ssl": False,
                "timeout": 8,
            },
        }
    }


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "use_ssl"),
    [
        ("smtp+tls://mail.example.com", 587, True, False),
        ("smtps://mail.example.com", 465, False, True),
        ("smtp://localhost", 25, False, False),
        ("smtp://localhost:1025", 1025, False, False),
    ],
)
def test_the_three_sorts(mailers, url, port, use_tls, use_ssl):
    options = mailers(url)["default"]["OPTIONS"]
    assert (options["port"], options["use_tls"], options["use_ssl"]) == (port, use_tls, use_ssl)
    assert (options["username"], options["password"]) == ("", "")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_plain_smtp_may_stay_on_this_machine(mailers, host):
    assert mailers(f"smtp://{host}")["default"]["OPTIONS"]["use_tls"] is False


@pytest.mark.parametrize(
    "host", ["mail.example.com", "10.0.0.1", "localhost.example.com", "127.0.0.1.example", "0.0.0.0"]
)
@pytest.mark.parametrize("query", ["", "?tls=", "?tls=yes", "?TLS=none", "?tls=none&tls=yes"])
def test_plain_smtp_does_not_leave_the_machine(mailers, host, query):
    with pytest.raises(ImproperlyConfigured, match=r"plain smtp:// to another machine needs \?tls=none"):
        mailers(f"smtp://{host}{query}")


def test_plain_smtp_leaves_the_machine_for_those_who_say_so(mailers):
    options = mailers("smtp://mail.example.com?tls=none")["default"]["OPTIONS"]
    assert (options["host"], options["use_tls"], options["use_ssl"]) == ("mail.example.com", False, False)


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp+ssl://m", "smtps://", "smtp:///x", "console://"]
)
def test_what_is_no_mail_server(mailers, url):
    with pytest.raises(ImproperlyConfigured, match=r"^THING: it looks like smtp\+tls://"):
        mailers(url)


@pytest.mark.parametrize("port", ["port", "99999", "-1"])
def test_a_port_that_is_none(mailers, port):
    with pytest.raises(ImproperlyConfigured, match=r"^THING: Port .* It looks like smtp\+tls://"):
        mailers(f"smtps://mail.example.com:{port}")


def test_a_password_is_never_in_the_refusal(mailers):
    for url in ("smtp://rekey:hunter2@mail.example.com", "http://rekey:hunter2@m", "smtps://rekey:hunter2@m:port"):
        with pytest.raises(ImproperlyConfigured) as refused:
            mailers(url)
        assert "hunter2" not in str(refused.value)
