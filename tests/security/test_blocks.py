"""What one network may do: wrong answers a minute, accounts an hour, mails an hour; and who is not stopped by it."""

import pytest
from django.utils import timezone

from security import blocks, windows
from security.actor import Actor
from security.models import Event, Kind, Throttle
from security.models.throttle import Factor
from security.refusals import Reason

HERE, NEXT_DOOR = Actor(address="203.0.113.7"), Actor(address="203.0.113.8")
MINUTE, HOUR = 60, 3600

pytestmark = pytest.mark.django_db


def fail(times, actor=HERE, account="a@example.com"):
    for _ in range(times):
        blocks.failed(actor, account)


def wait_of(refusal):
    assert refusal.reason == Reason.BUSY_NETWORK
    return (refusal.until - timezone.now()).total_seconds()


@pytest.fixture(params=["Redis", "the process", "the database"])
def kept_in(request, settings):
    """Every place that windows are kept in keeps the same promises."""
    if request.param == "the process":
        settings.REDIS_URL = ""
        windows.limiter_at("").storage.reset()
    if request.param == "the database":
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    return request.param


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_block_is_an_address_or_the_64_of_a_newer_one(address, block):
    assert blocks.block_of(address) == block


def test_twenty_failures_a_minute_close_a_block(kept_in, clock):
    fail(19)
    assert blocks.closed(HERE) is None
    fail(1)
    assert wait_of(blocks.closed(HERE)) == pytest.approx(MINUTE, abs=0.01)
    assert blocks.closed(NEXT_DOOR) is None


def test_the_window_moves_and_what_is_refused_is_not_counted(kept_in, clock):
    fail(1)
    clock.forward(30)
    fail(25)
    assert wait_of(blocks.closed(HERE)) == pytest.approx(30, abs=0.01)
    clock.forward(30.1)
    assert blocks.closed(HERE) is None
    fail(1)
    assert wait_of(blocks.closed(HERE)) == pytest.approx(29.9, abs=0.01)


def test_ten_accounts_an_hour_close_a_block(kept_in, clock):
    for number in range(10):
        assert blocks.closed(HERE) is None
        fail(3, account=f"{number}@example.com")
        clock.forward(61)
    assert wait_of(blocks.closed(HERE)) == pytest.approx(HOUR - 610, abs=0.01)
    clock.forward(HOUR - 609)
    assert blocks.closed(HERE) is None


def test_one_account_however_it_is_written_is_one(kept_in, clock):
    for typed in ("a@example.com", "A@Example.Com", " a@example.com ") * 6:
        fail(1, account=typed)
    clock.forward(61)
    for number in range(9):
        fail(1, account=f"{number}@example.com")
        assert (blocks.closed(HERE) is None) == (number < 8)


def test_an_account_is_counted_again_after_an_hour(kept_in, clock):
    fail(1)
    clock.forward(HOUR + 1)
    for number in range(9):
        fail(1, account=f"{number}@example.com")
    assert blocks.closed(HERE) is None
    fail(1)
    assert blocks.closed(HERE) is not None


def test_the_longer_of_two_waits_counts(clock):
    for number in range(10):
        fail(2, account=f"{number}@example.com")
    assert wait_of(blocks.closed(HERE)) == pytest.approx(HOUR, abs=0.01)


def test_twenty_mails_an_hour(kept_in, clock):
    assert [blocks.may_ask_for_mail(HERE) for _ in range(20)] == [None] * 20
    assert wait_of(blocks.may_ask_for_mail(HERE)) == pytest.approx(HOUR, abs=0.01)
    assert blocks.may_ask_for_mail(NEXT_DOOR) is None
    assert blocks.closed(HERE) is None
    clock.forward(HOUR + 1)
    assert blocks.may_ask_for_mail(HERE) is None


@pytest.mark.parametrize("actor", [Actor(), Actor(address=None)])
def test_without_an_address_there_is_no_block(kept_in, actor):
    fail(30, actor)
    assert blocks.closed(actor) is None
    assert all(blocks.may_ask_for_mail(actor) is None for _ in range(30))


def test_a_lane_of_its_own_is_neither_stopped_nor_counted(kept_in, clock):
    for _ in range(30):
        blocks.failed(HERE, "a@example.com", "~7")
    assert blocks.closed(HERE) is None
    fail(20)
    assert blocks.closed(HERE, "~7") is None
    assert blocks.closed(HERE) is not None


def test_it_is_recorded_once_a_window(kept_in, clock):
    fail(20)
    for _ in range(5):
        blocks.closed(HERE)
    [event] = Event.objects.filter(kind=Kind.LIMIT_REACHED)
    assert (event.person, event.address, event.detail) == (None, "203.0.113.7", {"what": "failures"})
    clock.forward(61)
    fail(20)
    blocks.closed(HERE)
    assert Event.objects.filter(kind=Kind.LIMIT_REACHED).count() == 2


def test_only_the_database_has_rows_and_no_address_is_in_them(kept_in, clock):
    fail(2)
    assert Throttle.objects.exists() == (kept_in == "the database")
    for row in Throttle.objects.all():
        assert row.factor == Factor.ADDRESS_BLOCK
        assert row.subject.startswith("block ")
        assert "203.0.113.7" not in row.subject
        assert len(row.subject) <= 96
