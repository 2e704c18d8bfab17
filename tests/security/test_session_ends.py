"""How long somebody stays signed in, and what ends it before."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from security import sessions
from security.models import Session
from security.sessions import SessionStore
from tests.people import make

MINUTE, HOUR = 60, 3600


def is_signed_in(someone):
    return someone.get("/account/").status_code == 200


def row_of(someone):
    return Session.objects.get(person=someone.user)


@pytest.fixture
def signed_in(owner, staff, clock):
    return {"owner": owner.sign_in(), "staff": staff.sign_in()}


@pytest.mark.parametrize(("who", "minutes"), [("owner", 30), ("staff", 15)])
def test_a_session_ends_when_nothing_was_asked_for(signed_in, clock, who, minutes):
    someone = signed_in[who]
    clock.forward(minutes * MINUTE - 1)
    assert is_signed_in(someone)
    clock.forward(minutes * MINUTE)
    assert someone.get("/account/").url == "/sign-in/?next=%2Faccount%2F"
    assert not Session.objects.filter(person=someone.user).exists()


@pytest.mark.parametrize(("who", "hours"), [("owner", 12), ("staff", 8)])
def test_a_session_ends_after_its_day_however_busy(signed_in, clock, who, hours):
    someone = signed_in[who]
    for _ in range(hours * 6):
        assert is_signed_in(someone)
        clock.forward(10 * MINUTE)
    assert not is_signed_in(someone)


def test_becoming_staff_shortens_a_session_that_is_under_way(owner, clock):
    owner.sign_in()
    owner.user.is_staff = True
    owner.user.save()
    clock.forward(15 * MINUTE)
    assert not is_signed_in(owner)


def test_proving_a_factor_does_not_lengthen_a_session(owner, clock):
    owner.sign_in()
    started_at = row_of(owner).started_at
    clock.forward(20 * MINUTE)
    owner.walk_to("done")
    assert row_of(owner).started_at == started_at


def test_last_seen_is_written_once_a_minute_at_most(owner, clock):
    owner.sign_in()
    seen = []
    for _ in range(13):
        owner.get("/account/")
        seen.append(row_of(owner).last_seen_at)
        clock.forward(10)
    assert len(set(seen)) == 3
    assert seen[6] == seen[0] + timedelta(minutes=1)


READS = ("SELECT", "(SELECT")


def test_looking_at_a_page_writes_nothing_else(owner, clock):
    owner.sign_in()
    clock.forward(5 * MINUTE)
    with CaptureQueriesContext(connection) as queries:
        owner.get("/account/")
    written = [query["sql"] for query in queries if not query["sql"].startswith(READS)]
    assert len(written) == 1
    assert written[0].startswith('UPDATE "security_session" SET "last_seen_at"')
    with CaptureQueriesContext(connection) as queries:
        owner.get("/account/")
    assert all(query["sql"].startswith(READS) for query in queries)


def disable(user):
    user.is_active = False


def change_password(user):
    user.set_password("another battery horse staple")


def bump_epoch(user):
    user.security_epoch += 1


@pytest.mark.parametrize("change", [disable, change_password, bump_epoch])
def test_a_change_of_the_account_ends_its_sessions_at_once(owner, stranger, clock, change):
    owner.sign_in()
    stranger.sign_in()
    change(owner.user)
    owner.user.save()
    assert not is_signed_in(owner)
    assert not Session.objects.filter(person=owner.user).exists()
    assert is_signed_in(stranger)


def test_undoing_the_change_does_not_bring_it_back(owner, clock):
    owner.sign_in()
    disable(owner.user)
    owner.user.save()
    assert not is_signed_in(owner)
    owner.user.is_active = True
    owner.user.save()
    assert not is_signed_in(owner)


def test_a_session_of_nobody_ends_too(owner, clock):
    owner.post("/sign-in/", email=owner.user.email)
    clock.forward(30 * MINUTE - 1)
    assert owner.get("/sign-in/password/").status_code == 200
    clock.forward(30 * MINUTE)
    assert owner.get("/sign-in/password/").url == "/sign-in/"
    assert not Session.objects.exists()


def test_what_an_anonymous_visitor_left_is_dropped_at_sign_in(newcomer, clock):
    newcomer.post("/sign-in/?next=/security/", email=newcomer.user.email)
    anonymous = newcomer.client.session
    anonymous["left"] = "by somebody else"
    anonymous.save()
    assert newcomer.client.session["left"] == "by somebody else"
    newcomer.sign_in()
    kept = SessionStore().decode(row_of(newcomer).data)
    assert set(kept) == {"_auth_user_id", "_auth_user_backend", "_auth_user_hash"}


def test_what_waited_for_the_second_factor_is_dropped_too(owner, clock):
    owner.sign_in()
    kept = SessionStore().decode(row_of(owner).data)
    assert set(kept) == {"_auth_user_id", "_auth_user_backend", "_auth_user_hash", "otp_device_id"}


def test_the_row_says_who_where_and_what_was_proven(owner, newcomer, clock):
    row = row_of(owner.sign_in())
    assert (row.address, row.browser) == ("127.0.0.1", "Firefox (Linux)")
    assert (row.second_factor, row.second_factor_at) == ("authenticator", timezone.now())
    row = row_of(newcomer.sign_in())
    assert (row.second_factor, row.second_factor_at) == ("", None)


def test_signing_in_again_proves_anew(owner, clock):
    """A browser where somebody else was signed in has proven nothing for them."""
    owner.sign_in()
    owner.post("/sign-out/")
    other = make("other@example.com", has_device=False)
    other.client = owner.client
    other.sign_in()
    assert row_of(other).second_factor_at is None
    assert not other.get("/account/").wsgi_request.user.is_verified()


def test_ending_the_others_ends_all_but_one_and_counts_the_live_ones(owner, stranger, clock):
    old = owner.elsewhere().sign_in()
    clock.forward(31 * MINUTE)  # that one is over already
    owner.sign_in()
    clock.forward(30)
    there = owner.elsewhere().sign_in()
    stranger.sign_in()
    kept = Session.objects.filter(person=owner.user).order_by("-started_at")[1]
    assert sessions.end_others(owner.user, keep=kept) == 1
    assert is_signed_in(owner)
    assert is_signed_in(stranger)
    assert not is_signed_in(there)
    assert not is_signed_in(old)


def test_ending_all_keeps_none(owner, clock):
    owner.sign_in()
    assert sessions.end_others(owner.user, keep=None) == 1
    assert not is_signed_in(owner)


def test_what_nobody_uses_any_more_can_be_cleared(owner, stranger, clock):
    owner.sign_in()
    clock.forward(6 * HOUR)
    stranger.sign_in()
    clock.forward(6 * HOUR + 1)
    SessionStore.clear_expired()
    assert Session.objects.get().person == stranger.user


def test_a_session_of_somebody_is_always_stamped(owner, clock):
    owner.sign_in()
    with pytest.raises(IntegrityError, match="a_session_of_somebody_is_stamped"), transaction.atomic():
        Session.objects.update(stamp="")


def test_the_stamp_of_another_person_does_not_fit(owner, stranger, clock):
    owner.sign_in()
    Session.objects.filter(person=owner.user).update(person=stranger.user)
    assert not is_signed_in(owner)


def test_a_password_that_is_hashed_anew_ends_the_session_and_not_the_account(owner, clock):
    owner.sign_in()
    change_password(owner.user)
    owner.user.set_password("correct horse battery staple")
    owner.user.save()
    assert not is_signed_in(owner)
    clock.forward(HOUR)
    assert is_signed_in(owner.elsewhere().sign_in())
