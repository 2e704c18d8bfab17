"""Recent activity: its parts and pages, the card on Sign in & security, and saying that it was somebody else."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from security import activity
from security.models import Event, Kind
from tests.load.measure import queries
from tests.security.record import PATH, lines, link_to, read, record, record_many

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
    assert html.split("<main")[1].count('aria-current="true"') == 1


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
    card = html.split('id="recent-activity"')[1].split("</section>")[0]
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
