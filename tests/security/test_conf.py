"""The numbers, and the checks that stop a deployment which bends them."""

import pytest
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from security.conf import Conf, conf

pytestmark = pytest.mark.usefixtures("policies_are_kept")
NUMBERS = list(Conf.numbers())
BY_NAME = [pytest.param(number, id=number.name) for number in NUMBERS]


def found(*, deploy=False) -> list[str]:
    """The ids of what the checks of security find."""
    messages = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=deploy)
    return [message.id for message in messages if message.id.startswith("security.E")]


# The numbers of the design, section 8.
DESIGN = {
    "CODE_LIFETIME": 600,
    "CODE_PATIENCE": 1800,
    "CODE_TRIES": 5,
    "CODE_FAILURES_A_DAY": 10,
    "CODE_COOL_DOWN": 60,
    "CODE_RESENDS": 3,
    "CODE_MAILS_AN_HOUR": 5,
    "CODE_MAILS_A_DAY": 10,
    "ENROLLMENT_LIFETIME": 1800,
    "RECOVERY_STARTS_A_DAY": 3,
    "RECOVERIES_A_MONTH": 2,
    "TOTP_WINDOW": 1,
    "TOTP_DRIFT_HINT": 10,
    "FAILURES_FREE": 5,
    "FAILURE_WAIT": 30,
    "FAILURE_WAIT_LONGEST": 3600,
    "FAILURES_A_DAY": 50,
    "PENDING_LIFETIME": 600,
    "SESSION_IDLE": 1800,
    "SESSION_LIFETIME": 43200,
    "STAFF_SESSION_IDLE": 900,
    "STAFF_SESSION_LIFETIME": 28800,
    "SESSION_TOUCH": 60,
    "SESSION_GRACE": 30,
    "OUTBOX_LEASE": 12,
}


@pytest.mark.parametrize(("name", "value"), DESIGN.items(), ids=DESIGN)
def test_the_numbers_are_those_of_the_design(name, value):
    assert getattr(conf, name) == value


@pytest.mark.parametrize("number", BY_NAME)
def test_every_number_lies_within_its_bounds_and_says_what_it_means(number):
    assert number.lowest <= number.default <= number.highest
    assert getattr(conf, number.name) == number.default
    assert number.meaning


@pytest.mark.parametrize("number", BY_NAME)
def test_a_setting_of_its_name_decides(number, settings):
    setattr(settings, f"SECURITY_{number.name}", number.lowest)
    assert getattr(conf, number.name) == number.lowest
    assert found() == []


@pytest.mark.parametrize("number", BY_NAME)
@pytest.mark.parametrize("beyond", ["lowest", "highest"])
def test_e001_a_number_outside_its_bounds_stops_the_start(number, beyond, settings):
    value = number.lowest - 1 if beyond == "lowest" else number.highest + 1
    setattr(settings, f"SECURITY_{number.name}", value)
    [error] = checks.run_checks(tags=[checks.Tags.security])
    assert error.id == "security.E001"
    assert error.is_serious()
    assert f"SECURITY_{number.name}" in error.msg
    assert str(value) in error.msg
    assert f"between {number.lowest} and {number.highest}" in error.hint


def test_a_number_is_not_changed_in_the_code():
    with pytest.raises(AttributeError, match="SECURITY_CODE_TRIES in the settings"):
        conf.CODE_TRIES = 6
    assert conf.CODE_TRIES == 5


@pytest.mark.parametrize("keys", [{}, None])
def test_e002_there_must_be_a_keyring(settings, keys):
    settings.SECURITY_KEYS = keys
    assert found() == ["security.E002"]


def test_e003_a_deployment_must_have_a_broker(settings):
    settings.SITE_URL, settings.REDIS_URL = "https://account.example.com", ""
    assert found() == []
    assert found(deploy=True) == ["security.E003"]


@pytest.mark.parametrize("url", ["http://account.example.com", "http://127.0.0.1:8000"])
def test_e004_a_deployment_must_be_https(settings, url):
    settings.SITE_URL = url
    assert found() == []
    assert found(deploy=True) == ["security.E004"]


def test_a_deployment_with_all_of_it_passes(settings):
    settings.SITE_URL = "https://account.example.com"
    assert found(deploy=True) == []


def test_the_command_stops_with_a_clear_line(settings):
    settings.SECURITY_CODE_TRIES = 6
    with pytest.raises(SystemCheckError) as stopped:
        call_command("check")
    assert "SECURITY_CODE_TRIES (guesses at one mailed code) is 6." in str(stopped.value)
    assert "It must lie between 1 and 5." in str(stopped.value)
