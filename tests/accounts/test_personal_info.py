"""Personal info: name, language, time zone, in the person's own words and clock."""

import pytest

from accounts import zones
from accounts.flows import profile
from security.models import Event, Kind

pytestmark = pytest.mark.django_db
PAGE = "/account/personal-info/"
GOOD = {"name": "Robin Doe", "language": "de", "time_zone": "Europe/Berlin"}


def save(someone, **more):
    return someone.post(PAGE, **{**GOOD, **more})


def test_all_three_are_kept_and_used_from_the_next_page_on(owner):
    owner.sign_in()
    assert save(owner).url == f"{PAGE}?done=saved"
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.language, owner.user.time_zone) == ("Robin Doe", "de", "Europe/Berlin")
    assert '<html lang="de"' in owner.get(PAGE).content.decode()


def test_times_are_told_by_their_clock(owner, clock):
    owner.sign_in()
    save(owner, language="en", time_zone="Asia/Tokyo")
    assert "24 November 2036, 21:00 (JST)" in owner.get("/security/activity/").content.decode()


def test_a_change_of_the_name_is_told_in_the_activity(owner):
    owner.sign_in()
    before = owner.user.name
    save(owner, language="en")
    event = Event.objects.get(kind=Kind.PROFILE_CHANGED)
    assert event.detail == {"name": "Robin Doe", "old_name": before}
    assert "Personal info changed" in owner.get("/security/activity/").content.decode()


def test_what_is_saved_unchanged_is_no_event(owner):
    owner.sign_in()
    save(owner)
    save(owner)
    assert Event.objects.filter(kind=Kind.PROFILE_CHANGED).count() == 1


@pytest.mark.parametrize(
    ("field", "bad", "words"),
    [
        ("name", "Robin\nDoe", "in one line"),
        ("name", "x" * 151, "at most 150 characters"),
        ("language", "xx", "Choose one of these languages"),
        ("language", "", "Choose one of these languages"),
        ("time_zone", "Mars/Olympus", "Choose a time zone of the list"),
        ("time_zone", "localtime", "Choose a time zone of the list"),
        ("time_zone", "../../etc/passwd", "Choose a time zone of the list"),
        ("time_zone", "Europe/Berlin\0", "characters are not allowed"),
        ("time_zone", "x" * 500, "Choose a time zone of the list"),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_nothing_is_lost(owner, field, bad, words):
    owner.sign_in()
    page = save(owner, **{field: bad})
    said = page.content.decode()
    assert page.status_code == 200
    assert f'id="id_{field}_error"' in said
    assert words in said
    assert field == "name" or 'value="Robin Doe"' in said
    owner.user.refresh_from_db()
    assert owner.user.language != "de"


def test_whoever_changes_their_name_has_not_chosen_a_clock(owner):
    owner.sign_in()
    assert '<option value="" selected>Not chosen yet (UTC)</option>' in owner.get(PAGE).content.decode()
    assert save(owner, language="en", time_zone="").status_code == 302
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.time_zone) == ("Robin Doe", "")
    assert "Use that clock" in owner.get("/account/").content.decode()


def test_what_is_chosen_can_be_changed_and_not_taken_back(owner):
    owner.sign_in()
    save(owner, language="en")
    assert "Not chosen yet" not in owner.get(PAGE).content.decode()


def test_the_language_stays_in_this_browser_after_signing_out(owner):
    owner.sign_in()
    save(owner)
    owner.post("/sign-out/")
    assert '<html lang="de"' in owner.get("/sign-in/").content.decode()


def test_a_name_is_optional(owner):
    owner.sign_in()
    assert save(owner, name="").status_code == 302
    owner.user.refresh_from_db()
    assert owner.user.name == ""


def test_the_browsers_clock_counts_when_the_person_says_so(owner):
    owner.sign_in()
    assert "Use that clock" in owner.get("/account/").content.decode()
    answer = owner.post(f"{PAGE}time-zone/", time_zone="America/New_York", next="/account/")
    assert answer.url == "/account/"
    owner.user.refresh_from_db()
    assert owner.user.time_zone == "America/New_York"
    assert "Use that clock" not in owner.get("/account/").content.decode()


@pytest.mark.parametrize("bad", ["", "Mars/Olympus", "\0", "x" * 500])
def test_a_clock_that_does_not_exist_changes_nothing(owner, bad):
    owner.sign_in()
    assert owner.post(f"{PAGE}time-zone/", time_zone=bad).status_code == 302
    owner.user.refresh_from_db()
    assert owner.user.time_zone == ""


def test_every_zone_that_is_offered_exists_and_goes_from_west_to_east(clock):
    assert all(profile.is_zone(name) for name in zones.OFFERED)
    offered = dict(zones.offered())
    assert len(offered) == len(zones.OFFERED)
    assert offered["Asia/Kolkata"] == "UTC+05:30 Kolkata"
    assert offered["America/St_Johns"] == "UTC−03:30 St Johns"
    assert offered["UTC"] == "UTC"
    names = list(offered)
    assert names.index("Pacific/Honolulu") < names.index("UTC") < names.index("Pacific/Auckland")


def test_a_zone_that_is_not_offered_stays_chosen(owner):
    owner.sign_in()
    save(owner, time_zone="America/Indiana/Knox", language="en")
    page = owner.get(PAGE).content.decode()
    assert '<option value="America/Indiana/Knox" selected>' in page


def test_it_needs_somebody_who_is_signed_in(client):
    assert client.get(PAGE).url.startswith("/sign-in/")
    assert client.post(PAGE, GOOD).url.startswith("/sign-in/")
