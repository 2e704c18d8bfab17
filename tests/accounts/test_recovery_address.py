"""The recovery address: set, changed and removed with a proof of its own, and put back by a contest."""

import pytest
from django.core import mail
from django.utils import timezone

from security.models import Event, FormerAddress, Kind
from tests.accounts.moving import (
    CODE_PAGE,
    DONE,
    NEW,
    PAGE,
    RECOVERY,
    REMOVE,
    SPARE,
    begin,
    enter,
    link_in,
    mails_to,
    move,
    prove,
    type_code,
)
from tests.people import PASSWORD, Someone, newest_code
from tests.web import alert_of

OLD = "owner@example.com"
DAY = 86400
NEW_PASSWORD = "a whole new password for me"


@pytest.fixture
def owner_of_two(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, owner.user.joined_at
    owner.user.save()
    return owner


def recovery_of(someone):
    someone.user.refresh_from_db()
    return someone.user.recovery_email


def contest(someone, link, clock):
    clock.forward(61)
    answer = Someone(someone.user).post(link, password=PASSWORD, code=someone.phone.code(), new_password=NEW_PASSWORD)
    assert "Your account is yours again" in answer.content.decode(), alert_of(answer)


def test_the_story(owner, clock):
    begin(owner, SPARE, "recovery")
    assert SPARE in owner.get(CODE_PAGE).content.decode()
    assert recovery_of(owner) == ""
    assert type_code(owner, newest_code(SPARE)).url == DONE
    assert recovery_of(owner) == SPARE
    assert owner.user.recovery_email_confirmed_at == timezone.now()
    receipt = owner.get(DONE).content.decode()
    assert f"{SPARE} is your recovery address from now on." in receipt
    assert "still gets our warnings" not in receipt
    assert SPARE in owner.get("/security/").content.decode()


def test_the_security_page_leads_there_and_asks_for_one_where_there_is_none(owner, clock):
    text = owner.sign_in().get("/security/").content.decode()
    assert f'href="{PAGE}"' in text
    assert "Add a recovery address" in text
    prove(owner)
    enter(owner, SPARE, "recovery")
    type_code(owner, newest_code(SPARE))
    assert "Add a recovery address" not in owner.get("/security/").content.decode()


def test_a_first_one_has_no_predecessor_and_no_mail_goes_nowhere(owner, clock):
    move(owner, SPARE, "recovery")
    former = FormerAddress.objects.get()
    assert (former.which, former.address, former.confirmed_at) == ("recovery", "", None)
    told = {address for message in mails_to(SPARE) and mail.outbox for address in message.to}
    assert told == {OLD, SPARE}
    assert "The address before it" not in mails_to(OLD)[-1].body


def test_the_old_one_is_warned_when_it_is_changed_and_gets_the_alerts_for_thirty_days(owner_of_two, clock):
    move(owner_of_two, NEW, "recovery")
    subjects = [message.subject for message in mails_to(SPARE)]
    assert subjects == [
        "A new e-mail address was entered for your account",
        "An e-mail address of your account was changed",
    ]
    assert recovery_of(owner_of_two) == NEW
    clock.forward(30 * DAY + 1)
    mail.outbox.clear()
    owner = owner_of_two.elsewhere()
    prove(owner.sign_in())
    owner.post(REMOVE)
    assert mails_to(NEW)
    assert not mails_to(SPARE)


def test_it_is_removed_with_a_fresh_proof_and_still_gets_the_alerts(owner_of_two, clock):
    prove(owner_of_two.sign_in())
    epoch = owner_of_two.user.security_epoch
    assert owner_of_two.post(REMOVE).url == "/security/"
    assert recovery_of(owner_of_two) == ""
    assert owner_of_two.user.recovery_email_confirmed_at is None
    assert owner_of_two.user.security_epoch == epoch + 1
    assert [message.subject for message in mails_to(SPARE)] == ["The recovery address of your account was removed"]
    assert mails_to(OLD)
    assert Event.objects.get(kind=Kind.ADDRESS_REMOVED).detail["to"] == "r•••@s•••.example"
    assert "/security/step-up/" in owner_of_two.get(PAGE).url  # the proof is spent


def test_nothing_is_removed_without_a_proof_or_by_looking(owner_of_two, clock):
    owner_of_two.sign_in()
    assert "/security/step-up/" in owner_of_two.post(REMOVE).url
    assert recovery_of(owner_of_two) == SPARE
    prove(owner_of_two)
    assert owner_of_two.get(REMOVE).url == PAGE
    assert recovery_of(owner_of_two) == SPARE


def test_to_remove_what_is_not_there_changes_nothing(owner, clock):
    prove(owner.sign_in())
    assert owner.post(REMOVE).url == "/security/"
    owner.user.refresh_from_db()
    assert owner.user.security_epoch == 0
    assert not Event.objects.filter(kind=Kind.ADDRESS_REMOVED).exists()


def test_a_change_that_waits_dies_with_the_removal(owner_of_two, clock):
    begin(owner_of_two)
    code = newest_code(NEW)
    owner_of_two.post(REMOVE)
    assert type_code(owner_of_two, code).status_code == 302
    owner_of_two.user.refresh_from_db()
    assert owner_of_two.user.email == OLD


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_contest_puts_it_back(owner_of_two, clock, how):
    if how == "changed":
        move(owner_of_two, NEW, "recovery")
    else:
        prove(owner_of_two.sign_in())
        owner_of_two.post(REMOVE)
    contest(owner_of_two, link_in(mails_to(SPARE)[-1]), clock)
    assert recovery_of(owner_of_two) == SPARE
    assert owner_of_two.user.recovery_email_confirmed_at == owner_of_two.user.joined_at


def test_a_contest_takes_one_away_that_was_not_there_before(owner, clock):
    move(owner, SPARE, "recovery")
    contest(owner, link_in(mails_to(OLD)[-1]), clock)
    assert recovery_of(owner) == ""


def test_a_new_one_approves_no_reset_for_seven_days(owner, clock):
    move(owner, SPARE, "recovery")
    owner.user.refresh_from_db()
    assert owner.user.seasoned_addresses() == [OLD]
    clock.forward(7 * DAY)
    assert owner.user.seasoned_addresses() == [OLD, SPARE]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (OLD, "Your account has this address already."),
        (SPARE, "Your account has this address already."),
        ("", "Type your e-mail address."),
        ("r\u00f6bin@new.example", "Use only plain letters"),
        ('"robin"@new.example', "That is not an e-mail address."),
    ],
)
def test_what_cannot_be_one_is_said_beside_its_field(owner_of_two, typed, said):
    answer = enter(prove(owner_of_two.sign_in()), typed, "recovery")
    assert answer.status_code == 200
    assert said in alert_of(answer)
    text = answer.content.decode()
    assert 'id="id_recovery_address_error"' in text
    assert 'id="id_primary_address_error"' not in text


def test_its_own_address_leads_to_the_page_too(owner, clock):
    assert prove(owner.sign_in()).get(RECOVERY).status_code == 200
