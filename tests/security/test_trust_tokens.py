"""The token of a trusted browser: another one at every use, and a copy is found out."""

import pytest
from django.core import mail

from security import outbox
from security.models import Event, Kind, Session, TrustedBrowser
from tests.trust import is_asked, sign_in_and_trust, token_of, with_token


@pytest.fixture
def trusted(owner, clock):
    """The owner, signed out, in a browser they trust."""
    assert sign_in_and_trust(owner).url == "/account/"
    owner.post("/sign-out/")
    clock.forward(60)
    return owner


def test_it_is_another_token_at_every_use(trusted, clock):
    seen = {token_of(trusted)}
    for _ in range(5):
        assert not is_asked(trusted)
        seen.add(token_of(trusted))
        clock.forward(3600)
    assert len(seen) == 6
    assert TrustedBrowser.objects.count() == 1


def test_an_answer_that_got_lost_costs_nothing(trusted, clock):
    kept = token_of(trusted)
    for seconds in (0, 10, 3600):
        clock.forward(seconds)
        assert not is_asked(with_token(trusted, kept))
    clock.forward(60)
    lost = with_token(trusted, kept)
    assert not is_asked(lost)
    assert not is_asked(lost)  # by the one that arrived
    assert not Event.objects.filter(kind=Kind.BROWSER_COPIED).exists()


def test_two_tabs_that_use_it_at_once_get_the_same_next_one(trusted, clock):
    kept = token_of(trusted)
    one, other = with_token(trusted, kept), with_token(trusted, kept)
    assert not is_asked(one)
    clock.forward(29)
    assert not is_asked(other)
    assert token_of(one) == token_of(other) != kept


def test_a_used_one_that_comes_back_ends_all_and_says_so(trusted, clock):
    copy = token_of(trusted)
    second = trusted.elsewhere()
    sign_in_and_trust(second)
    assert not is_asked(trusted)
    clock.forward(60)
    assert not is_asked(trusted)  # the successor was shown: what comes before it is spent
    clock.forward(60)
    thief = with_token(trusted, copy)
    assert is_asked(thief)
    for words in ("looks copied", "no browser is trusted any more"):
        assert words in thief.get("/sign-in/code/").content.decode()
    assert is_asked(trusted)
    assert is_asked(second)
    assert Event.objects.get(kind=Kind.BROWSER_COPIED).detail == {"browsers_ended": 2}
    outbox.sweep()
    assert [m.to for m in mail.outbox if m.subject == "Your trusted browsers were ended"] == [["owner@example.com"]]


@pytest.mark.parametrize("first", ["the thief", "the owner"])
def test_of_two_copies_the_second_to_come_back_is_found_out(trusted, clock, first):
    """Both have the same cookie and use it in turn: each gets a successor, and only one of them can be shown."""
    thief = with_token(trusted, token_of(trusted))
    assert not is_asked(thief)
    clock.forward(60)
    assert not is_asked(trusted)
    clock.forward(60)
    one, other = (thief, trusted) if first == "the thief" else (trusted, thief)
    assert is_asked(one) is (first == "the thief")
    assert is_asked(other)
    assert Event.objects.filter(kind=Kind.BROWSER_COPIED).count() == 1
    assert not TrustedBrowser.objects.of(trusted.user).live().exists()


def test_what_trust_alone_had_opened_ends_with_it(trusted, clock):
    copy = token_of(trusted)
    assert not is_asked(trusted)
    clock.forward(60)
    proven = trusted.elsewhere().sign_in()
    assert not is_asked(trusted)
    clock.forward(60)
    assert is_asked(with_token(trusted, copy))
    assert trusted.get("/account/").status_code == 302
    assert proven.get("/account/").status_code == 200


def test_its_session_has_proven_one_factor(trusted):
    assert not is_asked(trusted)
    row = Session.objects.get(person=trusted.user)
    assert (row.second_factor, row.second_factor_at, row.proved_at) == ("", None, None)
    assert row.trusted_browser == TrustedBrowser.objects.get()
    assert not trusted.get("/account/").wsgi_request.user.is_verified()
