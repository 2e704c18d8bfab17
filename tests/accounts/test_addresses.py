"""Letters that only look like the ones of an address: refused everywhere, and never counted apart."""

import io
import sys

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import User
from security.models import Event, Throttle
from tests.people import PASSWORD, make
from tests.web import alert_of

LOOK_ALIKES = [
    "ſissi@example.com",  # PostgreSQL's upper() makes an S of it
    "sıssi@example.com",
    "sİssi@example.com",
    "sissi@ſite.example",
    "sissi@exämple.com",
    "sissi@еxample.com",  # a Cyrillic е
    "sissi@example.сom",
    "sissi@example。com",
    "ｓissi@example.com",
    "sissi\u200b@example.com",
]


@pytest.fixture
def sissi(db, clock):
    return make("sissi@example.com", has_device=False)


@pytest.mark.parametrize("typed", LOOK_ALIKES)
def test_an_address_with_a_look_alike_is_refused_at_sign_in(sissi, typed):
    page = sissi.post("/sign-in/", email=typed)
    assert page.status_code == 200
    assert "address" in alert_of(page)
    assert sissi.get("/sign-in/password/").url == "/sign-in/"


@pytest.mark.parametrize("typed", LOOK_ALIKES)
def test_it_opens_no_second_lane_for_guesses(sissi, typed):
    sissi.post("/sign-in/", email="sissi@example.com")
    for _ in range(5):
        sissi.post("/sign-in/password/", password="a wrong guess")
    sissi.post("/sign-in/", email=typed)
    page = sissi.post("/sign-in/password/", password=PASSWORD)
    assert page.status_code == 200
    assert "Too many wrong answers" in alert_of(page)
    assert Throttle.objects.get().failures == 5


@pytest.mark.parametrize("typed", LOOK_ALIKES)
def test_no_account_is_made_with_one(db, monkeypatch, typed):
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD))
    with pytest.raises(CommandError, match="address"):
        call_command("create_account", typed, "--password-stdin")
    with pytest.raises(CommandError, match="address"):
        call_command("create_account", typed, "--invite")
    assert not User.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("typed", LOOK_ALIKES)
@pytest.mark.parametrize("column", ["email", "recovery_email"])
def test_no_account_is_valid_with_one(sissi, column, typed):
    setattr(sissi.user, column, typed)
    with pytest.raises(ValidationError) as refused:
        sissi.user.full_clean()
    assert list(refused.value.message_dict) == [column]


def test_a_domain_of_another_script_is_typed_in_its_plain_form(db, clock):
    abroad = make("sissi@xn--exmple-cua.com", has_device=False)
    abroad.user.full_clean()
    abroad.sign_in()
