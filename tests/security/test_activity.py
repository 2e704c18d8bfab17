"""Recent activity: the owner's own record, in words they can judge."""

import re
from html import unescape

import pytest

from security import activity, events, words
from security.actor import Actor, Role
from security.models import Kind
from tests import plausible
from tests.load.measure import queries
from tests.security.record import ELSEWHERE, HERE, PATH, lines, read, record, record_many, text
from tests.walls import everything

# Who sees what.


def test_everything_that_happened_is_there_the_newest_first(owner, clock):
    owner.sign_in()
    record(owner, Kind.RECOVERY_CODES_MADE)
    clock.forward(60)
    record(owner, Kind.AUTHENTICATOR_RENAMED)
    assert lines(read(owner)) == ["Device renamed", "New recovery codes made", "Signed in"]


def test_nobody_sees_what_happened_to_somebody_else(owner, stranger, clock):
    record(stranger, Kind.AUTHENTICATOR_REMOVED, name="The stranger’s tablet", device="x")
    events.record(Kind.PASSWORD_REFUSED, None, ELSEWHERE, subject="0" * 64)
    owner.sign_in()
    html = read(owner)
    assert lines(html) == ["Signed in"]
    assert "tablet" not in html
    assert "203.0.113.9" not in html


def test_the_place_in_a_record_is_a_place_in_ones_own(owner, stranger, clock):
    record_many(stranger, 5)
    owner.sign_in()
    assert lines(read(owner, "?before=4")) == ["Signed in"]


def test_what_is_older_than_ninety_days_is_not_shown(owner, clock):
    record(owner, Kind.RECOVERY_CODES_MADE)
    clock.forward(days=91)
    owner.sign_in()
    assert lines(read(owner)) == ["Signed in"]


def test_whoever_is_signed_out_goes_to_sign_in(owner, clock):
    assert owner.get(PATH).url == "/sign-in/?next=%2Fsecurity%2Factivity%2F"


def test_it_needs_a_proof_of_the_last_ten_minutes(owner, clock):
    owner.sign_in()
    clock.forward(601)
    assert owner.get(PATH).url == "/security/step-up/?next=%2Fsecurity%2Factivity%2F"


def test_looking_at_it_writes_nothing(owner, clock):
    owner.sign_in()
    record_many(owner, 40)
    before = everything()
    for method in (owner.client.get, owner.client.head):
        for query in ("", "?before=20", "?show=refused", "?show=refused&before=20"):
            assert method(PATH + query).status_code == 200
    assert owner.post(PATH).status_code == 405
    assert everything() == before


def test_it_costs_few_queries_however_long_it_is(owner, clock):
    owner.sign_in()
    record_many(owner, 80)
    for _ in range(3):
        record(owner, Kind.SESSION_STARTED)
    answer, count = queries(lambda: owner.get(PATH))
    assert answer.status_code == 200
    assert count <= 4
    assert len(answer.content) < 60_000


# What a line says.


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_told_in_words_or_said_to_be_quiet(owner, clock, kind):
    event = record(owner, kind)
    owner.sign_in()
    html = read(owner)
    if kind in activity.QUIET:
        assert lines(html) == ["Signed in"]
        return
    assert len(lines(html)) == 2
    assert event.public_id in html
    shown = text(html)
    assert not re.search(r"None|True|False|\{|\}|%\(|\b\d{10}\b|0{20}", shown)
    assert "0123456789abcdef" not in shown


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_stands_in_one_part_of_the_record(kind):
    parts = [activity.SIGN_INS, activity.CHANGES, activity.REFUSED, activity.QUIET]
    assert sum(kind in part for part in parts) == 1


@pytest.mark.parametrize("kind", list(Kind))
def test_every_detail_is_told_or_known_not_to_be(kind):
    assert set(plausible.DETAIL[kind]) <= events.DETAIL[kind]
    assert events.DETAIL[kind] <= set(words.TOLD) | words.UNTOLD
    assert not set(words.TOLD) & words.UNTOLD


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.AUTHENTICATOR_REPLACED, "“New phone” · before: “Old phone” · with a code sent by e-mail"),
        (Kind.AUTHENTICATOR_REPLACED, "2 other sessions ended · 1 trusted browser ended"),
        (Kind.AUTHENTICATOR_REPLACED, "changes need an older proof until 27 November 2036, 09:30 (UTC)"),
        (Kind.ENROLLMENT_HELD, "takes over on 27 November 2036, 09:30 (UTC)"),
        (Kind.RECOVERY_CODE_USED, "To sign in · code number 4 · 9 codes left"),
        (Kind.VERIFICATION_CODE_PROMISED, "Address: o•••@e•••.com"),
        (Kind.ADDRESS_CHANGED, "The address you sign in with · address: n•••@e•••.com · before: o•••@e•••.com"),
        (Kind.SESSION_ENDED, "You were signed in in too many browsers"),
        (Kind.STEP_UP_PASSED, "With a code of the app · to change an e-mail address"),
        (Kind.BROWSER_TRUSTED, "Firefox (Linux) · until 4 December 2036, 09:30 (UTC)"),
        (Kind.AUTHENTICATOR_CODE_REFUSED, "The code was used before"),
    ],
)
def test_a_line_says_what_helps_to_judge_it(owner, clock, kind, said):
    record(owner, kind)
    owner.sign_in()
    assert said in read(owner)


def test_a_sign_in_names_the_device_whose_code_it_was(owner, clock):
    owner.sign_in()
    assert "With a code of the app · “Old phone”" in read(owner)


def test_a_full_address_that_got_into_the_record_is_masked(owner, clock):
    record(owner, Kind.ADDRESS_CHANGED, which="primary", to="mallory@example.org")
    owner.sign_in()
    html = read(owner)
    assert "mallory" not in html
    assert "m•••@e•••.org" in html


@pytest.mark.parametrize(
    ("entrance", "title"),
    [
        ("reset", "Reset for a new device started"),
        ("set_up", "Setting up Enhanced Security started"),
        ("add", "Adding another device started"),
    ],
)
def test_a_journey_is_called_by_what_it_is(owner, clock, entrance, title):
    record(owner, Kind.ENROLLMENT_STARTED, entrance=entrance)
    owner.sign_in()
    assert lines(read(owner))[1] == title


def test_a_line_says_when_and_from_where_in_the_persons_own_clock(owner, clock):
    owner.user.time_zone = "Europe/Berlin"
    owner.user.save()
    record(owner, Kind.PASSWORD_REFUSED)
    clock.forward(hours=3)
    owner.sign_in()
    shown = text(read(owner))
    assert "24 November 2036, 13:00 (CET) , 3 hours ago · Chrome (Windows) · 203.0.113.9" in shown.replace("\xa0", " ")
    assert 'datetime="2036-11-24T13:00:05+01:00"' in read(owner)


@pytest.mark.parametrize("role", [Role.STAFF, Role.SYSTEM])
def test_what_support_did_says_so_and_not_where_they_sit(owner, clock, role):
    actor = Actor(role, "Sam Staff", "198.51.100.7", "Safari (Mac OS X)")
    record(owner, Kind.ASSISTED_RESET_STARTED, actor)
    owner.sign_in()
    html = read(owner)
    assert "By our support · case K7Q2" in html
    for private in ("Sam Staff", "198.51.100.7", "Safari", "lost the phone"):
        assert private not in html


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "{{ 7*7 }}{% now 'Y' %}", '"><script>alert(1)</script>']
)
def test_what_people_typed_is_shown_as_they_typed_it(owner, clock, name):
    record(owner, Kind.AUTHENTICATOR_RENAMED, Actor(address="192.0.2.1", browser=name), name=name, old_name=name)
    owner.sign_in()
    for path in (PATH, "/security/"):
        html = owner.get(path).content.decode()
        assert "<img src=x" not in html
        assert "<script>alert" not in html
        assert name in unescape(html)


# Marks.


def test_the_sign_in_of_this_session_is_marked(owner, clock):
    elsewhere = owner.elsewhere().sign_in()
    clock.forward(60)
    owner.sign_in()
    assert read(owner).count("This session") == 1
    assert lines(read(owner))[0] == "Signed in"
    assert "This session" in read(owner).split("when-")[1]
    assert read(elsewhere).count("This session") == 1


def test_a_line_from_a_browser_like_this_one_says_no_more_than_that(owner, clock):
    record(owner, Kind.RECOVERY_CODES_MADE, HERE)
    record(owner, Kind.PASSWORD_REFUSED, ELSEWHERE)
    owner.sign_in()
    assert read(owner).count("Looks like this browser") == 1


def test_a_browser_that_was_new_is_marked(owner, clock):
    owner.sign_in()
    assert "New browser" not in read(owner)
    record(owner, Kind.SESSION_STARTED)
    assert read(owner).count("New browser") == 1
