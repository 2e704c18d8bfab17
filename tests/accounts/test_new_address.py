"""What may become an address of an account, and that the page says of nobody whether they have one."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from security import codes, outbox
from security.flows import verification_codes
from security.models import AddressChange, FormerAddress, OutboxMessage
from tests.accounts.moving import (
    CODE_PAGE,
    DONE,
    NEW,
    PAGE,
    SPARE,
    begin,
    change_of,
    codes_to,
    enter,
    mails_to,
    prove,
    type_code,
)
from tests.accounts.test_same_answer import shape
from tests.people import PASSWORD, make, newest_code
from tests.web import alert_of

OLD, THEIRS, FREE = "owner@example.com", "theirs@example.com", "nobody@example.com"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type your e-mail address."),
        ("robin", "That is not an e-mail address."),
        ("robin@new.example\r\nBcc: eve@evil.example", "That is not an e-mail address."),
        ("robin@new.example%0d%0aBcc: eve@evil.example", "That is not an e-mail address."),
        ("rob\u0131n@new.example", "Use only plain letters, digits and signs in the address."),
        ("robin@n\u0435w.example", "Use only plain letters, digits and signs in the address."),
        ('"rob\\in"@new.example', "That is not an e-mail address."),  # robin's mailbox, written another way
        ('"\x01\x0b"@new.example', "That is not an e-mail address."),  # no mail can be written to it
        (f"{'x' * 250}@new.example", "That is too long for an e-mail address."),
        (OLD, "Your account has this address already."),
        (f" {OLD.upper()} ", "Your account has this address already."),
        (SPARE, "This is your recovery address. Remove it there first"),
    ],
)
def test_what_cannot_be_the_new_address_is_said_beside_the_field(owner, clock, typed, said):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, owner.user.joined_at
    owner.user.save()
    answer = enter(prove(owner.sign_in()), typed)
    assert answer.status_code == 200
    assert said in alert_of(answer)
    assert 'id="id_primary_address_error"' in answer.content.decode()
    assert not AddressChange.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_line_break_after_the_address_makes_no_header_and_no_second_recipient(owner, clock):
    begin(owner, f"{NEW}\r\n")
    [message] = mails_to(NEW)
    assert message.to == [NEW]
    assert message.recipients() == [NEW]


def test_capitals_do_not_make_another_address(owner, clock):
    begin(owner, "Robin@NEW.example")
    assert change_of(owner).address == NEW


def test_somebody_was_quicker(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    User.objects.create_user(NEW.upper(), PASSWORD)
    answer = type_code(owner, code)
    assert answer.status_code == 200
    assert "This address cannot be used here. Choose another one." in alert_of(answer)
    owner.user.refresh_from_db()
    assert (owner.user.email, owner.user.security_epoch) == (OLD, 0)
    assert not FormerAddress.objects.exists()
    assert owner.get("/account/").status_code == 200
    assert owner.get(CODE_PAGE).url == PAGE


def test_the_database_has_the_last_word_about_it(owner, clock, monkeypatch):
    begin(owner)
    code = newest_code(NEW)
    User.objects.create_user(NEW, PASSWORD)
    blind = type("Blind", (), {"exclude": lambda self, **_: self, "exists": lambda self: False})()
    manager = type(User.objects)
    really = manager.filter
    monkeypatch.setattr(
        manager, "filter", lambda self, **asked: blind if "email__iexact" in asked else really(self, **asked)
    )
    assert "This address cannot be used here." in alert_of(type_code(owner, code))
    owner.user.refresh_from_db()
    assert (owner.user.email, owner.user.security_epoch) == (OLD, 0)
    assert owner.get("/account/").status_code == 200


# An address that another account has.


def entered(someone, address):
    """Everything that was seen and done while this address was entered and five codes were guessed."""
    prove(someone.sign_in())
    seen = []
    with CaptureQueriesContext(connection) as queries:
        seen.append(enter(someone, address))
        seen.append(someone.get(CODE_PAGE))
        outbox.sweep()
        seen.append(someone.get("/security/email/code/status/"))
        seen += [type_code(someone, "0000 0000") for _ in range(6)]
        seen.append(someone.post("/security/email/code/again/"))
        seen.append(someone.get("/security/email/"))
    ours = [shape(query["sql"]) for query in queries if "security_outboxmessage" not in query["sql"]]
    return [(page.status_code, page.get("Location"), text_of(page, address)) for page in seen], ours


def text_of(page, address):
    text = page.content.decode().replace(address, "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", text)


@pytest.fixture
def theirs(db, clock):
    return make(THEIRS)


def test_nobody_learns_that_an_address_has_an_account(theirs, clock):
    someone, another = make("someone@example.com"), make("somebody@example.com")
    pages, _ = entered(another, FREE)
    taken, _ = entered(someone, THEIRS)
    assert taken == [
        (status, path, text.replace("somebody@example.com", "someone@example.com")) for status, path, text in pages
    ]
    assert not mails_to(THEIRS)
    assert len(mails_to(FREE)) == 1


def test_the_requests_cost_the_same(theirs, clock):
    someone, another = make("someone@example.com"), make("somebody@example.com")
    costs = []
    for person, address in ((another, FREE), (someone, THEIRS)):
        prove(person.sign_in())
        with CaptureQueriesContext(connection) as queries:
            enter(person, address)
            person.get(CODE_PAGE)
            type_code(person, "0000 0000")
        costs.append([shape(query["sql"]) for query in queries])
    assert costs[0] == costs[1]


def test_neither_of_them_is_mailed_more_often(theirs, clock):
    someone = make("someone@example.com")
    prove(someone.sign_in())
    for address in (THEIRS, FREE):
        assert enter(someone, address).status_code == 302
        for _ in range(2):
            clock.forward(61)
            assert someone.post("/security/email/code/again/").status_code == 302
        someone.post("/security/email/cancel/")
        refused = enter(someone, address)
        assert "It is possible again from" in alert_of(refused), address
    assert not codes_to(THEIRS)


def test_even_a_lucky_guess_does_not_take_it(theirs, clock):
    someone = begin(make("someone@example.com"), THEIRS)
    code = verification_codes.newest(change_of(someone))
    assert "This address cannot be used here." in alert_of(type_code(someone, codes.digits(code)))
    assert User.objects.get(email=THEIRS) == theirs.user


def test_its_owner_loses_no_codes_by_it(theirs, clock):
    for name in ("one", "two", "three"):
        begin(make(f"{name}@example.com"), THEIRS)
    assert verification_codes.lane_closed_until(THEIRS) is None
    assert verification_codes.lane_closed_until(THEIRS, is_confirmed=False) is not None
    theirs.sign_in().walk_to("code")
    assert len(codes_to(THEIRS)) == 1


def test_it_may_be_the_recovery_address_of_another_account(theirs, clock):
    someone = begin(make("someone@example.com"), THEIRS, "recovery")
    assert type_code(someone, newest_code(THEIRS)).url == DONE
    someone.user.refresh_from_db()
    assert someone.user.recovery_email == THEIRS


def test_an_unconfirmed_address_gets_three_codes_a_day_from_all_accounts_together(clock, db):
    for name in ("one", "two", "three"):
        begin(make(f"{name}@example.com"), FREE)
        clock.forward(60)
    fourth = prove(make("four@example.com").sign_in())
    assert "It is possible again from" in alert_of(enter(fourth, FREE))
    assert len(codes_to(FREE)) == 3
    clock.forward(86400)
    begin(fourth.elsewhere(), FREE)


def test_a_person_enters_ten_new_addresses_a_day(owner, clock):
    prove(owner.sign_in())
    for number in range(10):
        assert enter(owner, f"robin{number}@new.example").status_code == 302
    assert "It is possible again from" in alert_of(enter(owner))
    clock.forward(86400)
    assert begin(owner.elsewhere())
