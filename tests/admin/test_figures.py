"""Figures by day: each row is counted once, however often it is rolled up, and drawn with its table beside it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from security import chores, events, figures, outbox, plots
from security.actor import Actor
from security.models import Event, Figure, Kind, OutboxMessage, RolledUp
from tests import plausible
from tests.staff import colleague, enter

pytestmark = pytest.mark.django_db
SVG = re.compile(r"<svg class=\"plot\".*?</svg>", re.S)


def told(name):
    return sum(Figure.objects.filter(name=name).values_list("number", flat=True))


@pytest.fixture
def lived(owner, newcomer, clock):
    """A swap by a mailed code, a first device given up at the code, and their mails; an hour and a half later."""
    owner.sign_in().walk_to("done")
    newcomer.sign_in().walk_to("code")
    outbox.sweep()
    clock.forward(5400)
    return owner


def test_what_happened_is_counted_by_day(lived):
    chores.roll_up()
    assert told("done.mailed_code") == 1
    assert (told("started"), told("stopped.code")) == (2, 1)
    assert told("mail.5s") == OutboxMessage.objects.exclude(delivered_at=None).count() > 0
    assert (told("accounts"), told("enrolled")) == (2, 1)
    assert {row.day for row in Figure.objects.all()} == {timezone.now().date()}


def test_twice_is_as_good_as_once(lived):
    figures.roll_up()
    before = list(Figure.objects.order_by("pk").values_list("name", "number"))
    assert figures.roll_up() == 0
    assert list(Figure.objects.order_by("pk").values_list("name", "number")) == before


def test_what_is_too_young_waits_for_its_outcome(owner, clock):
    owner.sign_in().walk_to("code")
    outbox.sweep()
    figures.roll_up()
    assert (told("started"), told("mail.5s")) == (0, 0)
    clock.forward(3601)
    figures.roll_up()
    assert told("started") == 1
    assert told("mail.5s") > 0


def test_only_new_rows_are_read(lived, monkeypatch):
    monkeypatch.setattr(figures, "AT_ONCE", 3)
    assert figures.roll_up() > 3
    events.record(Kind.ENROLLMENT_CANCELLED, lived.user, Actor(), **plausible.DETAIL[Kind.ENROLLMENT_CANCELLED])
    assert RolledUp.objects.get(table="events").until < Event.objects.latest("pk").pk
    with CaptureQueriesContext(connection) as queries:
        figures.roll_up()
    assert all("LIMIT" in q["sql"] for q in queries if 'FROM "security_event"' in q["sql"])


def test_late_and_failed_mail(lived, clock):
    event = events.record(Kind.RECOVERY_CODES_MADE, lived.user, Actor(), **plausible.DETAIL[Kind.RECOVERY_CODES_MADE])
    OutboxMessage.objects.filter(event=event).update(given_up_at=timezone.now())
    other = events.record(Kind.RECOVERY_CODES_MADE, lived.user, Actor(), **plausible.DETAIL[Kind.RECOVERY_CODES_MADE])
    OutboxMessage.objects.filter(event=other).update(delivered_at=timezone.now() + timedelta(minutes=4))
    clock.forward(3601)
    figures.roll_up()
    assert (told("mail.failed"), told("mail.5min")) == (1, 1)


def test_pictures_for_staff_with_the_figures_beside_them(lived):
    figures.roll_up()
    helper = enter(colleague("security"))
    assert "/admin/figures/" in helper.get("/admin/").content.decode()
    page = helper.get("/admin/figures/").content.decode()
    drawn = SVG.findall(page)
    assert len(drawn) == page.count("<details>") == 5
    assert all('role="img"' in svg and "aria-label=" in svg for svg in drawn)
    assert not re.search(r"<script(?![^>]*src)|style=", page)
    assert re.search(r'<th scope="row">Code sent by e-mail</th><td>1</td>', page)
    assert re.search(r'<th scope="row">5\. Prove it’s you</th><td>1</td>', page)


@pytest.mark.parametrize("role", ["none", "support"])
def test_not_for_everybody(clock, role):
    helper = enter(colleague(role))
    assert helper.get("/admin/figures/").status_code == 403
    assert "/admin/figures/" not in helper.get("/admin/").content.decode()


def test_with_nothing_to_show_it_is_shown(clock):
    assert enter(colleague("superuser")).get("/admin/figures/").status_code == 200


def test_the_page_reads_only_what_was_rolled_up(lived):
    figures.roll_up()
    helper = enter(colleague("superuser"))
    with CaptureQueriesContext(connection) as queries:
        helper.get("/admin/figures/")
    assert not [q for q in queries if "security_event" in q["sql"] or "outboxmessage" in q["sql"]]


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 10), (10, 10), (11, 20), (51, 100), (999, 1000), (1_200_000, 2_000_000)]
)
def test_the_edge_of_a_plot_is_a_round_number(highest, top):
    plot = plots.over_time("x", ["a", "b"], {"n": [0, highest]})
    assert plot.marks[-1][0] == top


def test_lines_and_bars_stay_inside():
    plot = plots.over_time("x", list(range(90)), {"n": [n * 7 for n in range(90)]})
    points = [tuple(map(float, point.split(","))) for point in plot.lines[0].points.split()]
    assert all(0 <= x <= plots.WIDTH and 0 <= y <= plots.HEIGHT for x, y in points)
    bars = plots.side_by_side("x", {"a": 5, "b": 10, "c": 0}).bars
    assert [bar.width for bar in bars] == [190, 380, 0]


def test_a_single_day_is_a_plot_too():
    assert plots.over_time("x", ["a"], {"n": [3]}).lines[0].points
