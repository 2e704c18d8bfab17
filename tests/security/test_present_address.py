"""Without a second factor a new address needs two codes: first the one sent to the present address, then its own."""

import pytest

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
    link_in,
    mails_to,
    type_code,
)
from tests.people import Someone, newest_code
from tests.security.test_address_codes import again, email_of, wrong
from tests.web import alert_of


@pytest.mark.parametrize("which", ["primary", "recovery"])
def test_session_and_password_alone_do_not_give_an_account_a_new_address(newcomer, clock, which):
    begin(newcomer, which=which)
    present = newcomer.user.email
    assert not codes_to(NEW)
    [code] = codes_to(present)
    assert type_code(newcomer, wrong(code)).status_code == 200
    assert type_code(newcomer, code).url == CODE_PAGE
    assert email_of(newcomer) == present
    [warning] = [message for message in mails_to(present) if "/security/undo/" in message.body]
    assert warning.subject == "A new e-mail address was entered for your account"
    assert type_code(newcomer, code).status_code == 200  # it was for the first step only
    assert type_code(newcomer, newest_code(NEW)).url == DONE
    newcomer.user.refresh_from_db()
    assert NEW in newcomer.user.notification_addresses()


def test_the_first_mail_says_what_its_code_allows(newcomer, clock):
    begin(newcomer)
    assert "First we make sure that it is you." in newcomer.get(CODE_PAGE).content.decode()
    [message] = mails_to("new@example.com")
    assert "wants r•••@n•••.example to become an address of your account" in " ".join(message.body.split())
    assert NEW not in message.body


def test_the_code_for_the_new_address_cannot_be_had_first(newcomer, clock):
    begin(newcomer)
    change = change_of(newcomer)
    assert {code.address for code in change.codes.all()} == {"new@example.com"}
    clock.forward(61)
    again(newcomer)
    assert {code.address for code in change.codes.all()} == {"new@example.com"}


def test_the_second_code_need_not_wait_but_the_third_must(newcomer, clock):
    begin(newcomer)
    type_code(newcomer, newest_code("new@example.com"))
    assert len(codes_to(NEW)) == 1
    assert "You can send a new one in" in alert_of(again(newcomer))


def test_another_new_address_asks_the_present_one_again(newcomer, clock):
    begin(newcomer)
    type_code(newcomer, newest_code("new@example.com"))
    clock.forward(61)
    assert enter(newcomer, SPARE).url == CODE_PAGE
    assert not codes_to(SPARE)
    assert "new@example.com" not in newcomer.get(CODE_PAGE).content.decode().split("<main")[1]
    assert type_code(newcomer, newest_code("new@example.com")).url == CODE_PAGE
    assert type_code(newcomer, newest_code(SPARE)).url == DONE


def test_the_stop_link_works_at_the_second_step(newcomer, clock):
    begin(newcomer)
    type_code(newcomer, newest_code("new@example.com"))
    code = newest_code(NEW)
    [warning] = [message for message in mails_to("new@example.com") if "/security/undo/" in message.body]
    Someone(newcomer.user).post(link_in(warning))
    assert type_code(newcomer, code).url == PAGE
    assert email_of(newcomer) == "new@example.com"


def test_where_the_second_code_cannot_be_sent_the_page_says_so_and_goes_on_later(newcomer, owner, clock, settings):
    begin(newcomer)
    settings.SECURITY_UNCONFIRMED_MAILS_A_DAY = 1
    begin(owner)  # somebody else enters the same address meanwhile
    refused = type_code(newcomer, newest_code("new@example.com"))
    assert "It is possible again from" in alert_of(refused)
    assert "The first code was right." in refused.content.decode()
    settings.SECURITY_UNCONFIRMED_MAILS_A_DAY = 2
    assert again(newcomer).url == CODE_PAGE
    assert type_code(newcomer, newest_code(NEW)).url == DONE


def test_an_account_with_a_second_factor_is_asked_for_one_code_only(owner, clock):
    begin(owner)
    assert not codes_to("owner@example.com")
    assert len(codes_to(NEW)) == 1
