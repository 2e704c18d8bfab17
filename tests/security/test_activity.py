"""Recent activity: the owner's own record, in words they can judge."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from security import activity, events, words
from security.actor import Actor, Role
from security.models import Event, Kind
from tests import plausible
from tests.load.measure import queries
from tests.walls import everything

HERE = Actor(address="127.0.0.1", browser="Firefox (Linux)")
ELSEWHERE = Actor(address="203.0.113.9", browser="Chrome (Windows)")
PATH = "/security/activity/"


def record(someone, kind=Kind.SESSION_ENDED, actor=ELSEWHERE, **detail):
    return events.record(kind, someone.user, actor, **(detail or plausible.DETAIL[kind]))


def record_many(someone, count):
    for _ in range(count):
        record(someone, Kind.PASSWORD_REFUSED)


def read(someone, query=""):
    answer = someone.get(PATH + query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def text(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def lines(html):
    """The titles, from the top."""
    return re.findall(r'<h2 class="line"[^>]*>([^<]*)</h2>', html)


def link_to(html, words):
    """Where the link with these words leads."""
    [path] = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{words}</a>', html)
    return path


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
        (Kind.AUTHENTICATOR_REPLACED, "changes need an older proof until 27 November 2026, 09:30 (UTC)"),
        (Kind.ENROLLMENT_HELD, "takes over on 27 November 2026, 09:30 (UTC)"),
        (Kind.RECOVERY_CODE_USED, "To sign in · code number 4 · 9 codes left"),
        (Kind.VERIFICATION_CODE_PROMISED, "Address: o•••@e•••.com"),
        (Kind.ADDRESS_CHANGED, "The address you sign in with · address: n•••@e•••.com · before: o•••@e•••.com"),
        (Kind.SESSION_ENDED, "You were signed in in too many browsers"),
        (Kind.STEP_UP_PASSED, "With a code of the app · to change an e-mail address"),
        (Kind.BROWSER_TRUSTED, "Firefox (Linux) · until 4 December 2026, 09:30 (UTC)"),
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
    assert "24 November 2026, 13:00 (CET) , 3 hours ago · Chrome (Windows) · 203.0.113.9" in shown.replace("\xa0", " ")
    assert 'datetime="2026-11-24T13:00:05+01:00"' in read(owner)


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


# This wasn't me.


def test_every_line_can_be_objected_to(owner, clock):
    owner.sign_in()
    record_many(owner, 3)
    html = read(owner)
    paths = re.findall(r'href="(/security/undo/[^"]+)"[^>]*>This wasn’t me<', html)
    assert len(paths) == len(set(paths)) == 4
    for path in paths:
        assert owner.get(path).status_code == 200


def test_a_change_leads_to_the_page_that_undoes_it(owner, clock):
    event = record(owner, Kind.RECOVERY_CODES_MADE)
    owner.sign_in()
    path = next(path for path in re.findall(r'href="(/security/undo/[^"]+)"', read(owner)) if event.public_id in path)
    assert "Undo this change" in owner.get(path).content.decode()


def test_what_is_too_old_to_undo_still_leads_to_advice(owner, clock):
    event = record(owner, Kind.RECOVERY_CODES_MADE)
    clock.forward(days=89)
    owner.sign_in()
    path = next(path for path in re.findall(r'href="(/security/undo/[^"]+)"', read(owner)) if event.public_id in path)
    assert "What you can do now" in owner.get(path).content.decode()


def test_after_ninety_days_the_link_is_no_longer_good(owner, clock):
    event = record(owner, Kind.RECOVERY_CODES_MADE)
    path = f"/security/undo/{activity.links.refusal(event)}/"
    clock.forward(days=90, seconds=1)
    assert owner.get(path).status_code == 404


# Parts and pages.


@pytest.mark.parametrize(
    ("part", "titles"),
    [
        ("", ["Signed in", "Wrong password", "Device renamed"]),
        ("sign-ins", ["Signed in"]),
        ("changes", ["Device renamed"]),
        ("refused", ["Wrong password"]),
        ("nonsense", ["Signed in", "Wrong password", "Device renamed"]),
    ],
)
def test_a_part_of_it_can_be_looked_at(owner, clock, part, titles):
    record(owner, Kind.AUTHENTICATOR_RENAMED)
    record(owner, Kind.PASSWORD_REFUSED)
    owner.sign_in()
    html = read(owner, f"?show={part}")
    assert lines(html) == titles
    assert html.count('aria-current="true"') == 1


def test_a_long_record_has_pages(owner, clock):
    owner.sign_in()
    record_many(owner, 65)
    first = read(owner)
    assert len(lines(first)) == 30
    second = read(owner, link_to(first, "Older").removeprefix(PATH))
    third = read(owner, link_to(second, "Older").removeprefix(PATH))
    assert [len(lines(page)) for page in (first, second, third)] == [30, 30, 6]
    assert lines(third)[-1] == "Signed in"
    assert ">Older<" not in third
    seen = re.findall(r'id="line-(\w+)"', first + second + third)
    assert len(set(seen)) == 66
    assert link_to(third, "Newest") == PATH


def test_a_page_keeps_its_part(owner, clock):
    owner.sign_in()
    record_many(owner, 35)
    path = link_to(read(owner, "?show=refused"), "Older")
    html = read(owner, path.removeprefix(PATH))
    assert len(lines(html)) == 5
    assert link_to(html, "Newest") == f"{PATH}?show=refused"


def test_a_page_does_not_move_while_new_things_happen(owner, clock):
    owner.sign_in()
    record_many(owner, 35)
    path = link_to(read(owner), "Older").removeprefix(PATH)
    before = lines(read(owner, path))
    record_many(owner, 5)
    assert lines(read(owner, path)) == before


@pytest.mark.parametrize(
    "before", ["", "x", "-1", "0", "1e3", "٣", "9" * 9, "9" * 40, "1; DROP TABLE", "%00", "1.5", "²"]
)
def test_nonsense_for_a_place_is_answered(owner, clock, before):
    owner.sign_in()
    assert owner.get(f"{PATH}?before={before}&show={before}").status_code == 200


@pytest.mark.parametrize(
    ("query", "said"), [("?show=changes", "Nothing of this kind happened"), ("?before=1", "There is nothing older")]
)
def test_where_there_is_nothing_it_says_so(owner, clock, query, said):
    owner.sign_in()
    assert said in read(owner, query)


# The card on Sign in & security.


def test_sign_in_and_security_shows_the_last_five(owner, clock):
    record_many(owner, 6)
    owner.sign_in()
    html = owner.get("/security/").content.decode()
    card = html.split('id="recent-activity"')[1]
    assert card.count("<li>") == 5
    assert link_to(card, "See all activity") == PATH
    assert "Signed in" in card


def test_the_card_costs_one_query(owner, clock):
    owner.sign_in()
    record_many(owner, 20)
    _, count = queries(lambda: activity.latest(owner.user))
    assert count == 1


def test_the_record_is_in_the_order_in_which_it_was_written(owner, clock):
    """Two web servers whose clocks differ: the place in the chain counts, not the time."""
    record(owner, Kind.RECOVERY_CODES_MADE)
    clock.forward(-5)
    record(owner, Kind.AUTHENTICATOR_RENAMED)
    clock.forward(60)
    owner.sign_in()
    assert lines(read(owner)) == ["Signed in", "Device renamed", "New recovery codes made"]
    assert Event.objects.filter(at__lte=timezone.now() - timedelta(seconds=50)).count() == 2
