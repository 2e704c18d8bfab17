"""The address somebody signs in with: nothing changes before its code, everything old dies with it, and it can be
taken back.
"""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from security.flows import restore
from security.models import AddressChange, Event, FormerAddress, Kind, OutboxMessage, Session, TrustedBrowser
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
    move,
    prove,
    type_code,
)
from tests.people import PASSWORD, Someone, newest_code
from tests.web import alert_of

OLD = "owner@example.com"
DAY = 86400
NEW_PASSWORD = "a whole new password for me"


def signs_in_with(someone, address) -> bool:
    elsewhere = someone.elsewhere()
    elsewhere.post("/sign-in/", email=address)
    return elsewhere.post("/sign-in/password/", password=PASSWORD).status_code == 302


@pytest.mark.parametrize("path", [PAGE, "/security/email/recovery/", "/security/email/recovery/remove/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_asks_for_a_fresh_proof_even_right_after_signing_in(owner, clock, path, method):
    owner.sign_in()
    answer = getattr(owner, method)(path)
    assert answer.status_code == 302
    assert answer.url == f"/security/step-up/?next={path.replace('/', '%2F')}&for=email"
    enter(owner)
    assert not AddressChange.objects.exists()


def test_the_step_up_of_an_account_without_a_second_factor_asks_for_the_password(newcomer, clock):
    newcomer.sign_in()
    asked = newcomer.get(newcomer.get(PAGE).url).content.decode()
    assert 'name="password"' in asked
    assert 'name="code"' not in asked
    assert newcomer.get(prove(newcomer) and PAGE).status_code == 200


def test_the_page_shows_what_there_is_and_since_when(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, timezone.now() - timedelta(days=30)
    owner.user.save()
    text = prove(owner.sign_in()).get(PAGE).content.decode()
    assert OLD in text
    assert SPARE in text
    assert text.count('name="address"') == 2
    assert text.count("Since ") == 2


def test_the_story(owner, clock):
    begin(owner)
    text = owner.get(CODE_PAGE).content.decode()
    assert NEW in text
    assert 'name="code"' in text
    assert type_code(owner, newest_code(NEW)).url == DONE
    owner.user.refresh_from_db()
    assert (owner.user.email, owner.user.email_changed_at) == (NEW, timezone.now())
    receipt = owner.get(DONE).content.decode()
    assert f"From now on you sign in with {NEW}." in receipt
    assert f"{OLD} still gets our warnings until" in receipt
    assert owner.get("/account/").status_code == 200
    assert NEW in owner.get("/security/").content.decode()


def test_nothing_changes_before_the_code(owner, clock):
    begin(owner)
    newest_code(NEW)
    owner.user.refresh_from_db()
    assert owner.user.email == OLD
    assert signs_in_with(owner, OLD)
    assert not signs_in_with(owner, NEW)


def test_with_the_code_the_new_address_signs_in_and_the_old_one_does_not(owner, clock):
    move(owner)
    assert signs_in_with(owner, NEW)
    assert not signs_in_with(owner, OLD)


def test_the_code_goes_to_the_new_address_and_a_warning_with_a_stop_link_to_all_others(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, owner.user.joined_at
    owner.user.save()
    begin(owner)
    [code] = codes_to(NEW)
    for address in (OLD, SPARE):
        [warning] = mails_to(address)
        assert warning.subject == "A new e-mail address was entered for your account"
        assert "r•••@n•••.example" in warning.body
        assert NEW not in warning.body
        assert code not in warning.body
        assert link_in(warning) in warning.alternatives[0].content


def test_the_stop_link_stops_it_and_the_code_is_dead(owner, clock):
    begin(owner)
    code = newest_code(NEW)
    [warning] = mails_to(OLD)
    anybody = Someone(owner.user)
    for look in (anybody.client.get, anybody.client.head) * 2:  # mail scanners do
        assert look(link_in(warning)).status_code == 200
    assert change_of(owner).is_open
    assert "It is stopped" in anybody.post(link_in(warning)).content.decode()
    assert type_code(owner, code).status_code == 302
    owner.user.refresh_from_db()
    assert owner.user.email == OLD
    assert Event.objects.filter(kind=Kind.ADDRESS_CHANGE_STOPPED).exists()


def test_a_proof_is_good_for_one_change(owner, clock):
    move(owner)
    assert "/security/step-up/" in owner.get(PAGE).url
    assert "/security/step-up/" in enter(owner, SPARE, "recovery").url


def test_everything_with_the_old_epoch_dies(owner, clock):
    other = owner.elsewhere().sign_in()
    trusted = TrustedBrowser.objects.create(
        person=owner.user, epoch=0, token_digest="x" * 64, expires_at=timezone.now() + timedelta(days=14)
    )
    clock.forward(31)
    begin(owner)
    key, epoch = owner.client.cookies["sessionid"].value, owner.user.security_epoch
    type_code(owner, newest_code(NEW))
    owner.user.refresh_from_db()
    trusted.refresh_from_db()
    assert owner.user.security_epoch == epoch + 1
    assert owner.client.cookies["sessionid"].value != key
    assert "/sign-in/" in other.get("/account/").url
    assert trusted.revoked_at is not None
    assert Session.objects.filter(person=owner.user).count() == 1
    said = Event.objects.get(kind=Kind.ADDRESS_CHANGED).detail
    assert said == {
        "which": "primary",
        "to": "r•••@n•••.example",
        "was": "o•••@e•••.com",
        "change": change_of(owner).public_id,
        "sessions_ended": "1",
        "browsers_ended": "1",
    }


def test_a_reset_that_is_under_way_dies_too(owner, clock):
    owner.sign_in().walk_to("code")
    prove(owner, ahead=1)
    enter(owner)
    type_code(owner, newest_code(NEW))
    assert owner.enrollment.ended_at is not None
    assert owner.screen("code").url == "/security/"


def test_both_addresses_are_told_and_the_old_one_can_contest(owner, clock):
    move(owner)
    for address in (OLD, NEW):
        told = mails_to(address)[-1]
        assert told.subject == "An e-mail address of your account was changed"
        assert "/security/undo/" in told.body


def test_the_contest_link_puts_the_address_back(owner, clock):
    move(owner)
    clock.forward(3600)
    link = link_in(mails_to(OLD)[-1])
    anybody = Someone(owner.user)
    assert "Undo this change" in anybody.get(link).content.decode()
    answer = anybody.post(link, password=PASSWORD, code=owner.phone.code(), new_password=NEW_PASSWORD)
    assert "Your account is yours again" in answer.content.decode()
    owner.user.refresh_from_db()
    assert (owner.user.email, owner.user.email_changed_at) == (OLD, None)
    assert owner.user.seasoned_addresses() == [OLD]
    assert "/sign-in/" in owner.get("/account/").url


def test_the_mailbox_alone_does_not_put_it_back(owner, clock):
    move(owner)
    link = link_in(mails_to(OLD)[-1])
    clock.forward(31)
    answer = Someone(owner.user).post(link, password=PASSWORD, code="000 000", new_password=NEW_PASSWORD)
    assert "does not prove it" in alert_of(answer)
    owner.user.refresh_from_db()
    assert owner.user.email == NEW


def test_the_stop_link_contests_once_the_change_was_made(owner, clock):
    begin(owner)
    [warning] = mails_to(OLD)
    type_code(owner, newest_code(NEW))
    assert "Undo this change" in Someone(owner.user).get(link_in(warning)).content.decode()


def test_after_seven_days_it_is_too_late_for_a_contest(owner, clock):
    move(owner)
    link = link_in(mails_to(OLD)[-1])
    clock.forward(7 * DAY + 1)
    assert "it is too late" in Someone(owner.user).get(link).content.decode()


@pytest.mark.parametrize(("days", "is_told"), [(29.9, True), (30.1, False)])
def test_the_former_address_gets_the_alerts_for_thirty_days(owner, clock, days, is_told):
    move(owner)
    clock.forward(days * DAY)
    mails_to(OLD)
    mail.outbox.clear()
    move(owner, SPARE, "recovery")
    assert bool(mails_to(OLD)) == is_told
    assert mails_to(NEW)


def test_a_new_address_approves_no_reset_for_seven_days(owner, clock):
    move(owner)
    clock.forward(7 * DAY - 3600)
    owner.sign_in().walk_to("proof")
    text = owner.screen("proof").content.decode()
    assert "Your address is new." in text
    answer = owner.post("/security/reset/proof/mail/")
    assert "Your address is new." in alert_of(answer)
    assert not OutboxMessage.objects.filter(what="verification_code").exists()
    owner.post("/security/reset/cancel/")
    clock.forward(3600 + 1)
    owner.elsewhere().sign_in().walk_to("code")
    assert OutboxMessage.objects.filter(what="verification_code", address=NEW).exists()


def test_meanwhile_a_reset_goes_to_the_recovery_address_that_was_there(owner, clock):
    owner.user.recovery_email, owner.user.recovery_email_confirmed_at = SPARE, timezone.now() - timedelta(days=8)
    owner.user.save()
    move(owner)
    clock.forward(31)
    owner.walk_to("code")
    assert OutboxMessage.objects.get(what="verification_code").address == SPARE


def test_by_a_clock_that_runs_the_former_address_is_not_older_than_the_change(owner):
    move(owner)
    change = Event.objects.get(kind=Kind.ADDRESS_CHANGED)
    assert FormerAddress.objects.get().replaced_at >= change.at
    restore.everything_before(change.at, owner.user, owner.user.security_profile)
    owner.user.refresh_from_db()
    assert owner.user.email == OLD
