"""How long something is good for is said as it is set, in letters and on pages."""

import pytest
from django.core import mail

from security import outbox
from security.refusals import lifetime

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 seconds"),
        (30 * MINUTE, "30 minutes"),
        (2 * HOUR, "2 hours"),
        (DAY, "24 hours"),
        (DAY + HOUR, "25 hours"),
        (2 * DAY, "2 days"),
        (2 * DAY + HOUR, "49 hours"),
        (14 * DAY, "14 days"),
    ],
)
def test_days_are_said_where_they_are_whole(seconds, words):
    assert lifetime(seconds) == words


@pytest.mark.django_db
def test_a_link_for_a_password_says_how_long_it_is_set_to_live(owner, clock, settings):
    settings.SECURITY_PASSWORD_LINK_LIFETIME = 2 * HOUR
    owner.post("/forgot-password/", email=owner.user.email)
    outbox.sweep()
    assert "good for 2 hours and for one use" in mail.outbox[-1].body


@pytest.mark.django_db
def test_the_prompt_says_how_long_a_browser_is_set_to_be_trusted(owner, clock, settings):
    settings.SECURITY_TRUSTED_BROWSER = 7 * DAY
    owner.give_password()
    page = owner.get("/sign-in/code/").content.decode()
    assert "Trust this browser for 7 days" in page
