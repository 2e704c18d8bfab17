"""Signing in while something else happens to the same person: nobody waits for ever, nobody is counted wrong."""

import threading

import pytest

from security import browser
from security.flows import challenge, epoch
from security.models import Authenticator, Enrollment, Event, Kind, Session, Throttle
from security.models.throttle import Factor
from security.reset import start
from tests import people
from tests.races.together import at_once, post, post_and_follow, somebody_waits
from tests.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def about_to_sign_in(owner, browsers=4):
    """Other browsers of this person, where the code is the last thing that is asked."""
    others = [owner.elsewhere() for _ in range(browsers)]
    for other in others:
        other.give_password()
    Authenticator.objects.update(last_step=-1)  # no code was used yet
    return others


@pytest.mark.parametrize("way", ["code", "mail"])
def test_a_swap_and_sign_ins_with_the_old_device_never_block_each_other(db, settings, way):
    settings.SECURITY_BLOCK_FAILURES_A_MINUTE = 200  # all come from one network, and where the swap is first, all fail
    for number in range(6):
        owner = people.make(f"owner{number}@example.com")
        owner.sign_in().walk_to("confirm", way)
        others = about_to_sign_in(owner)
        swap, *sign_ins = at_once(
            post(owner, "/security/reset/confirm/", code=owner.new_phone.code()),
            *[post(other, "/sign-in/code/", code=owner.phone.code()) for other in others],
        )
        assert swap.status_code == 302
        assert {answer.status_code for answer in sign_ins} <= {200, 302, 303}
        assert Session.objects.filter(person=owner.user).count() == 1


def test_they_take_their_locks_in_one_order(owner, monkeypatch):
    """The sign-in stops after it has used the code, until the swap is as far as it comes."""
    owner.sign_in().walk_to("confirm")
    [other] = about_to_sign_in(owner, browsers=1)
    code_is_used, epoch_is_new = threading.Event(), threading.Event()
    sign_in, bump = browser.sign_in, epoch.bump

    def sign_in_later(request, person, device=None, **more):
        code_is_used.set()
        wait_until(lambda: epoch_is_new.is_set() or somebody_waits(), "the swap")
        return sign_in(request, person, device, **more)

    def bump_and_say_so(person, **more):
        ended = bump(person, **more)
        epoch_is_new.set()
        return ended

    monkeypatch.setattr(browser, "sign_in", sign_in_later)
    monkeypatch.setattr(epoch, "bump", bump_and_say_so)
    swap = post(owner, "/security/reset/confirm/", code=owner.new_phone.code())
    first, second = at_once(
        post(other, "/sign-in/code/", code=owner.phone.code()), lambda: code_is_used.wait(20) and swap()
    )
    assert first.status_code in (302, 303)  # its session may be gone before its answer is written
    assert second.status_code == 302
    assert Authenticator.objects.get(confirmed=True).name == "New phone"
    assert Session.objects.filter(person=owner.user).count() == 1  # the other was signed in for a moment


def test_four_clicks_with_one_right_code_are_no_failure_and_all_go_on(owner, monkeypatch):
    owner.post("/sign-in/", email=owner.user.email, next="/security/reset/email/?add=1")
    owner.post("/sign-in/password/", password=people.PASSWORD)
    all_there, hold = threading.Barrier(4), challenge.hold

    def hold_when_all_are_there(person):
        all_there.wait(20)
        return hold(person)

    monkeypatch.setattr(challenge, "hold", hold_when_all_are_there)
    answers = at_once(*[post(owner, "/sign-in/code/", code=owner.phone.code()) for _ in range(4)])
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/security/reset/email/?add=1")] * 4
    assert len({answer.cookies["sessionid"].value for answer in answers}) == 1
    row = Throttle.objects.get(factor=Factor.AUTHENTICATOR)
    assert (row.failures, row.failed_at) == (0, [])
    assert not Event.objects.filter(kind=Kind.AUTHENTICATOR_CODE_REFUSED).exists()
    assert Event.objects.filter(kind=Kind.SESSION_STARTED).count() == 1


def test_every_click_of_somebody_locked_out_ends_where_the_swap_is_told(owner, settings):
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    owner.begin_locked_out().walk_to("confirm")
    code = owner.new_phone.code()
    pages = at_once(*[post_and_follow(owner, "/security/reset/confirm/", code=code) for _ in range(6)])
    assert [(page.status_code, page.request["PATH_INFO"]) for page in pages] == [(200, "/security/")] * 6


def test_a_click_of_somebody_locked_out_that_looks_for_them_after_the_swap_ends_there_too(owner, monkeypatch, settings):
    """It has read its session before the other click was done, and reads the person, of another epoch, after it."""
    settings.SECURITY_HOLD_NEW_BROWSER = settings.SECURITY_HOLD_RISK = 0
    owner.begin_locked_out().walk_to("confirm")
    is_late, other_is_done = threading.Lock(), threading.Event()
    pending = browser.pending

    def pending_later(request):
        if is_late.acquire(blocking=False):  # the first that comes here
            assert other_is_done.wait(20)
        return pending(request)

    def click():
        page = go()
        other_is_done.set()
        return page

    go = post_and_follow(owner, "/security/reset/confirm/", code=owner.new_phone.code())
    late = post_and_follow(owner, "/security/reset/confirm/", code=owner.new_phone.code())
    monkeypatch.setattr(browser, "pending", pending_later)
    pages = at_once(late, lambda: wait_until(is_late.locked, "the late one") or click())
    assert [(page.status_code, page.request["PATH_INFO"]) for page in pages] == [(200, "/security/")] * 2


def test_signing_out_waits_for_a_reset_that_begins_in_the_same_browser(owner, monkeypatch):
    """The row of the session goes after the enrollment that names it is there: its place is emptied, nobody fails."""
    owner.sign_in()
    leaves, begins = threading.Event(), threading.Event()
    open_, sign_out = start._open, browser.sign_out

    def open_slowly(*args, **more):
        enrollment = open_(*args, **more)
        begins.set()
        wait_until(somebody_waits, "the sign-out")
        return enrollment

    def sign_out_later(request):
        leaves.set()
        begins.wait()
        sign_out(request)

    def begin():
        leaves.wait()
        return begin_now()

    monkeypatch.setattr(start, "_open", open_slowly)
    monkeypatch.setattr(browser, "sign_out", sign_out_later)
    begin_now = post(owner, "/security/reset/email/", email=owner.user.email)
    answers = at_once(begin, post(owner, "/sign-out/"))
    assert {answer.status_code for answer in answers} <= {302, 303}
    assert not Session.objects.filter(person=owner.user).exists()
    assert [row.session_id for row in Enrollment.objects.filter(person=owner.user)] == [None]
