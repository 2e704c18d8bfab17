"""The check-up on the account's home: what gets somebody back in when something is lost, and what to do next."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from security import checkup
from security.checkup import Facts
from security.flows import recovery_codes
from security.models import RecoveryCode, RecoveryCodeSet, SecurityProfile
from security.refusals import Reason, Refusal
from tests.load.measure import queries
from tests.people import add_device, long_ago
from tests.walls import everything

NOW = datetime(2036, 11, 24, 12, 0, 5, tzinfo=UTC)
DAY = 86400
MAIL = ("o•••@e•••.com",)


def codes(left=10, *, made=1, rehearsed=1):
    """Codes that were made, and rehearsed if at all, that many days ago."""
    checked = None if rehearsed is None else NOW - timedelta(days=rehearsed)
    return recovery_codes.State(left, NOW - timedelta(days=made), checked)


WELL = {"devices": 2, "codes": codes(), "addresses": 2, "mailed_to": MAIL}


def lost(what, known):
    return next(loss for loss in checkup.of(known).losses if loss.name == what)


# The next best step, first things first.


@pytest.mark.parametrize(
    ("known", "step"),
    [
        (Facts(has_factor=False, devices=0), checkup.ENABLE),
        (Facts(), checkup.MAKE_CODES),
        (Facts(devices=3, addresses=2), checkup.MAKE_CODES),
        (Facts(codes=codes(0)), checkup.MAKE_CODES),
        (Facts(codes=codes(2)), checkup.MAKE_MORE_CODES),
        (Facts(codes=codes(3, rehearsed=None)), checkup.REHEARSE),
        (Facts(codes=codes(rehearsed=366)), checkup.REHEARSE),
        (Facts(codes=codes(rehearsed=364)), checkup.ADD_ADDRESS),
        (Facts(codes=codes(), addresses=2), checkup.ADD_DEVICE),
        (Facts(codes=codes(), addresses=2, devices=2), checkup.ADD_PASSKEY),
        (Facts(codes=codes(), addresses=2, devices=2, passkeys=1), None),
        (Facts(is_staff=True), checkup.ADD_DEVICE),
        (Facts(is_staff=True, devices=2), checkup.MAKE_CODES),
    ],
)
def test_the_next_best_step_comes_first(clock, known, step):
    assert checkup.of(known).step is step


def test_on_probation_the_step_says_from_when(clock):
    until = NOW + timedelta(days=3)
    found = checkup.of(Facts(probation_until=until))
    assert (found.step, found.step_from) == (checkup.MAKE_CODES, until)


# What gets them back in.


@pytest.mark.parametrize(
    ("known", "ways"),
    [
        (Facts(), []),
        (Facts(devices=2), ["your other device"]),
        (Facts(codes=codes(1)), ["a recovery code (you have 1 left)"]),
        (Facts(codes=codes(0)), []),
        (Facts(mailed_to=MAIL, wait=3 * DAY), ["sent to o•••@e•••.com: at once where", "after a wait of 72 hours"]),
        (Facts(mailed_to=(*MAIL, "s•••@e•••.org"), wait=DAY), ["o•••@e•••.com or s•••@e•••.org", "24 hours"]),
        (Facts(mailed_to=MAIL, wait=0), ["a code sent to o•••@e•••.com"]),
        (Facts(mailed_to=MAIL, mail_closed=Refusal(Reason.NOT_OFFERED)), []),
        (Facts(**WELL), ["your other device", "10 left", "o•••@e•••.com"]),
    ],
)
def test_whoever_loses_the_phone_gets_in_by(clock, known, ways):
    said = lost("phone", known).ways
    assert bool(said) is bool(ways)
    for way in ways:
        assert way in " / ".join(said)


def test_a_mailed_code_without_a_wait_speaks_of_none(clock):
    assert "wait" not in lost("phone", Facts(mailed_to=MAIL, wait=0)).ways[0]


def test_a_way_that_is_closed_is_said_to_open_again(clock):
    closed = Refusal(Reason.RECOVERED, until=NOW + timedelta(days=7))
    loss = lost("phone", Facts(mailed_to=MAIL, mail_closed=closed))
    assert loss.ways == []
    assert loss.but == "A code sent by e-mail is no way in until 1 December 2036, 12:00 (UTC)."


def test_whoever_loses_the_laptop_has_the_phone(clock):
    loss = lost("laptop", Facts())
    assert loss.ways == ["your password and a code of your phone, in any other browser"]
    assert "sign the lost one out" in loss.but


@pytest.mark.parametrize(("addresses", "but"), [(1, "our warnings would not reach you"), (2, "until you have entered")])
def test_whoever_loses_the_mailbox_has_the_phone_and_no_forgotten_password(clock, addresses, but):
    loss = lost("mailbox", Facts(addresses=addresses))
    assert loss.ways == ["your password and a code of your phone, as always"]
    assert but in loss.but


@pytest.mark.parametrize("name", ["phone", "laptop", "mailbox"])
def test_whoever_has_no_device_that_works_needs_support(clock, name):
    assert lost(name, Facts(devices=0)).ways == []


# The facts of real accounts.


def with_codes(someone, left=10, **columns):
    kept = RecoveryCodeSet.objects.create(person=someone.user, **columns)
    someone.user.security_profile.change(has_other_ways=True)
    for position in range(1, 11):
        used = None if position <= left else timezone.now()
        RecoveryCode.objects.create(
            set=kept, position=position, slot="ABCDEFGHJK"[position - 1], hashed="x", sealed_tail="x", used_at=used
        )
    return kept


def test_the_facts_of_an_account_without_a_factor(newcomer, clock):
    assert checkup.facts(newcomer.user) == Facts(has_factor=False, devices=0)


def test_the_facts_of_an_account_that_has_everything(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = "spare@example.org", long_ago()
    owner.user.save()
    add_device(owner.user, "Tablet")
    kept = with_codes(owner, 7)
    assert checkup.facts(owner.user) == Facts(
        devices=2,
        codes=recovery_codes.State(7, kept.made_at, None),
        addresses=2,
        mailed_to=("o•••@e•••.com", "s•••@e•••.org"),
        wait=DAY,
    )


def test_a_single_address_makes_the_wait_longer(owner, clock):
    assert checkup.facts(owner.user).wait == 3 * DAY


def test_nobody_of_staff_gets_a_code_by_mail(staff, clock):
    assert checkup.facts(staff.user).mail_closed.reason == Reason.NOT_OFFERED


def test_codes_that_are_void_or_suspended_are_none(owner, clock):
    with_codes(owner, suspended_at=timezone.now())
    with_codes(owner, voided_at=timezone.now())
    assert checkup.facts(owner.user).codes is None


def test_an_end_that_is_past_is_no_fact(owner, clock):
    profile = SecurityProfile.objects.get(person=owner.user)
    profile.probation_until = timezone.now()
    profile.save()
    owner.user.refresh_from_db()
    assert checkup.facts(owner.user).probation_until is None


# The page.


def home(someone):
    answer = someone.get("/account/")
    assert answer.status_code == 200
    main = answer.content.decode().split("<main", 1)[1].split("</main>")[0]
    return " ".join(unescape(main).split())


def test_without_a_factor_there_is_one_next_step_and_no_list(newcomer, clock):
    newcomer.sign_in()
    html = home(newcomer)
    assert '<a class="button button-primary" href="/security/reset/email/">Enable enhanced security</a>' in html
    assert html.count("button-primary") == 1
    assert "If you lose your phone" not in html


def test_with_a_proven_factor_everything_is_there(owner, clock):
    owner.sign_in()
    html = home(owner)
    assert re.search(r'<a class="button button-primary" href="/security/recovery-codes/">Make recovery codes</a>', html)
    assert html.count("button-primary") == 1
    for loss in ("phone", "laptop", "mailbox"):
        assert f"If you lose your {loss}" in html
    assert "a code sent to o•••@e•••.com" in html
    assert html.count("You get in by:") == 3


def test_where_nothing_is_left_support_is(staff, clock):
    staff.sign_in()
    html = home(staff)
    assert "Only with our support" in html
    assert "/help/ask-support/" in html


def trusting(someone):
    """The same person at a browser they trust, signed in with the password alone."""
    someone.give_password()
    someone.post("/sign-in/code/", code=someone.phone.code(), trust_browser="on")
    someone.post("/sign-out/")
    assert someone.give_password().url == "/account/"
    return someone


def test_a_trusted_browser_is_told_nothing_but_that_there_is_a_check_up(owner, clock):
    trusting(owner)
    html = home(owner)
    assert 'href="/security/step-up/?next=/account/"' in html
    for private in ("If you lose", "You get in", "o•••@e•••.com", "Make recovery codes", "next-step"):
        assert private not in html


def test_after_a_proof_the_trusted_browser_is_told_everything(owner, clock):
    trusting(owner)
    clock.forward(31)
    answer = owner.post("/security/step-up/?next=/account/", code=owner.phone.code(), next="/account/")
    assert answer.url == "/account/"
    assert "If you lose your phone" in home(owner)


def test_a_device_that_waits_is_said_in_every_session(owner, clock):
    trusting(owner)
    locked_out = owner.elsewhere().begin_locked_out().walk_to("confirm")
    locked_out.answer_right("confirm")
    html = home(owner)
    assert "A new device waits to take over" in html
    assert "It can be used from 27 November 2036, 12:00 (UTC) on." in html
    assert 'href="/security/reset/held/"' in html


def test_on_probation_the_next_step_has_no_button(owner, clock):
    owner.sign_in().walk_to("done")
    html = home(owner)
    assert "Until 27 November 2036, 12:00 (UTC) changes to how you sign in need" in html
    assert "You can do it from 27 November 2036, 12:00 (UTC) on." in html
    assert "button-primary" not in html


def test_home_keeps_to_its_budget(owner, clock, policies_are_kept):
    with_codes(owner)
    owner.sign_in()
    answer, count = queries(lambda: owner.get("/account/"))
    assert answer.status_code == 200
    assert count <= 8  # with the banner above it


def test_looking_at_it_writes_nothing(owner, clock):
    owner.sign_in()
    before = everything()
    home(owner)
    assert everything() == before
