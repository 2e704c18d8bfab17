"""Queries and bytes have budgets; they are counted, so that they hold on every machine."""

import pytest

from tests.load import measure

GET, SECURITY, POST = 6, 12, 16
pytestmark = pytest.mark.usefixtures("policies_are_kept")


@pytest.mark.parametrize("way", ["mail", "old code"])
def test_every_screen_keeps_to_its_budget(owner, clock, way):
    owner.sign_in()
    seen = {screen.name: screen for screen in measure.screens(owner, way)}
    assert seen.pop("/security/").get <= SECURITY
    over = {
        name: (screen.get, screen.post)
        for name, screen in seen.items()
        if screen.get > GET or (screen.post > POST and name != "confirm")
    }
    assert over == {}


def test_a_journey_hashes_the_password_twice(owner, clock, settings, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    original = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args, **more: hashed.append(1) or original(*args, **more))
    measure.whole_journey(owner)
    assert len(hashed) == 2
