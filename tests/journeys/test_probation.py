"""Probation: after a swap by mail, changes need something that is older than it."""

import pytest

from security.models import TrustedBrowser
from tests.people import PASSWORD, add_device

DAY = 86400


class TestProbation:
    @pytest.fixture
    def replaced(self, owner, clock):
        owner.tablet = add_device(owner.user, "Tablet")
        clock.forward(1)
        owner.sign_in().walk_to("done")
        owner.phone = owner.new_phone
        clock.forward(60)
        return owner

    def test_it_is_shown_with_its_end(self, replaced):
        shown = replaced.get("/account/").content.decode()
        assert "Until 27 November 2036, 12:00" in shown

    @pytest.mark.parametrize("purpose", ["password", "email", "recovery_codes", "remove_device"])
    def test_no_change_with_the_new_device(self, replaced, clock, purpose):
        answer = replaced.post(f"/security/step-up/?for={purpose}", password=PASSWORD, code=replaced.phone.code())
        assert answer.status_code == 200
        assert "27 November 2036" in answer.content.decode()

    @pytest.mark.parametrize("purpose", ["password", "email", "recovery_codes", "remove_device"])
    def test_but_with_an_older_one(self, replaced, clock, purpose):
        path = f"/security/step-up/?for={purpose}&next=/account/"
        assert replaced.post(path, password=PASSWORD, code=replaced.tablet.code()).url == "/account/"

    def test_looking_around_needs_no_older_one(self, replaced, clock):
        clock.forward(minutes=11)
        assert replaced.post("/security/step-up/?next=/account/", code=replaced.phone.code()).url == "/account/"

    def test_no_reset_and_no_other_device_with_the_new_one(self, replaced, clock):
        for query in ("", "?add=1"):
            replaced.post(f"/security/reset/email/{query}", email=replaced.user.email)
            replaced.walk_to("proof")
            clock.forward(31)
            assert replaced.answer("proof", code=replaced.phone.code()).status_code == 200

    def test_no_browser_is_trusted(self, replaced, clock):
        other = replaced.elsewhere()
        other.give_password()
        clock.forward(31)
        assert "Trust this browser" not in other.get("/sign-in/code/").content.decode()
        other.post("/sign-in/code/", code=replaced.phone.code(), trust_browser="on")
        assert not TrustedBrowser.objects.exists()

    def test_it_ends_after_72_hours(self, replaced, clock):
        clock.forward(3 * DAY)
        replaced.sign_in()
        clock.forward(31)
        path = "/security/step-up/?for=email&next=/account/"
        assert replaced.post(path, password=PASSWORD, code=replaced.phone.code()).url == "/account/"
