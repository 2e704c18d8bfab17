"""Whom every notice reaches, and that every change has one."""

import re

import pytest

from security import notices
from security.actor import Actor
from security.models import Kind, OutboxMessage
from tests.security.notified import ALL, FORMER, NEW, OWNER, SPARE, SUPPORT, happen, happened, with_addresses

# Whom each mail of each kind reaches: an owner with a recovery address, and an address that was replaced.
REACHES: dict[Kind, dict[str, set[str]]] = {
    Kind.ACCOUNT_CREATED: {"account_created": {OWNER}},
    Kind.ACCOUNT_FROZEN: {"account_frozen": ALL},
    Kind.ACCOUNT_THAWED: {"account_thawed": ALL},
    Kind.SESSION_STARTED: {
        "session_in_new_browser": ALL,
        "session_after_failures": ALL,
        "session_after_long": ALL,
    },
    Kind.SESSION_ENDED: {"sessions_too_many": ALL},
    Kind.PASSWORD_CHOSEN: {"password_chosen": ALL},
    Kind.PASSWORD_CHANGED: {"password_changed": ALL},
    Kind.PASSWORD_RECOVERED: {"password_recovered": ALL},
    Kind.PASSWORD_EXPOSED: {"password_exposed": ALL},
    Kind.PASSWORD_LINK_PROMISED: {"password_link": {OWNER}},
    Kind.VERIFICATION_CODE_PROMISED: {
        "verification_code": {OWNER},
        "verification_code_sent_elsewhere": {SPARE, FORMER},
    },
    Kind.AUTHENTICATOR_CODE_REFUSED: {"wrong_second_factor": ALL},
    Kind.RECOVERY_CODE_REFUSED: {"wrong_second_factor": ALL},
    Kind.ENROLLMENT_HELD: {"enrollment_held": ALL, "enrollment_held_half_way": ALL, "enrollment_ripe": ALL},
    Kind.ENROLLMENT_CANCELLED: {"enrollment_cancelled": ALL},
    Kind.AUTHENTICATOR_BOUND: {"authenticator_bound": ALL},
    Kind.AUTHENTICATOR_REPLACED: {"authenticator_replaced": ALL},
    Kind.AUTHENTICATOR_REMOVED: {"authenticator_removed": ALL},
    Kind.RECOVERY_CODES_MADE: {"recovery_codes_made": ALL},
    Kind.RECOVERY_CODE_USED: {"recovery_code_used": ALL},
    Kind.PASSKEY_ADDED: {"passkey_added": ALL},
    Kind.PASSKEY_REMOVED: {"passkey_removed": ALL},
    Kind.PASSKEY_REFUSED: {"wrong_second_factor": ALL},
    Kind.PASSKEY_COPIED: {"passkey_copied": ALL},
    Kind.BROWSER_TRUSTED: {"browser_trusted": ALL},
    Kind.BROWSER_COPIED: {"browser_copied": ALL},
    Kind.ADDRESS_CHANGE_STARTED: {"address_code": {NEW}, "address_change_started": ALL},
    Kind.ADDRESS_CHANGED: {"address_changed": ALL},
    Kind.ADDRESS_REMOVED: {"address_removed": ALL},
    Kind.SESSIONS_ENDED: {},
    Kind.LIMITS_LIFTED: {"limits_lifted": ALL},
    Kind.ROLES_CHANGED: {"roles_changed": ALL},
    Kind.DEVICE_REQUIRED: {"device_required": ALL},
    Kind.REPLACEMENT_REQUIRED: {"replacement_required": ALL},
    Kind.ASSISTED_RESET_REQUESTED: {"assisted_reset_requested": ALL},
    Kind.SUPPORT_ASKED: {"support_asked": {OWNER}, "support_case": {SUPPORT}},
    Kind.ASSISTED_RESET_STARTED: {"assisted_reset": {OWNER, SPARE}, "assisted_reset_elsewhere": {FORMER}},
}
# Every change of how somebody gets in, and every step of a recovery (SECURITY.md NO1).
CHANGES = {
    Kind.ACCOUNT_FROZEN,
    Kind.ACCOUNT_THAWED,
    Kind.PASSWORD_CHOSEN,
    Kind.PASSWORD_CHANGED,
    Kind.PASSWORD_RECOVERED,
    Kind.PASSWORD_EXPOSED,
    Kind.VERIFICATION_CODE_PROMISED,
    Kind.ENROLLMENT_HELD,
    Kind.ENROLLMENT_CANCELLED,
    Kind.AUTHENTICATOR_BOUND,
    Kind.AUTHENTICATOR_REPLACED,
    Kind.AUTHENTICATOR_REMOVED,
    Kind.RECOVERY_CODES_MADE,
    Kind.RECOVERY_CODE_USED,
    Kind.PASSKEY_ADDED,
    Kind.PASSKEY_REMOVED,
    Kind.BROWSER_TRUSTED,
    Kind.BROWSER_COPIED,
    Kind.ADDRESS_CHANGE_STARTED,
    Kind.ADDRESS_CHANGED,
    Kind.ADDRESS_REMOVED,
    Kind.LIMITS_LIFTED,
    Kind.ROLES_CHANGED,
    Kind.DEVICE_REQUIRED,
    Kind.REPLACEMENT_REQUIRED,
    Kind.ASSISTED_RESET_REQUESTED,
    Kind.ASSISTED_RESET_STARTED,
}
# What is told because it is unusual, or because somebody asked for it.
TOLD_BESIDES = {
    Kind.ACCOUNT_CREATED,
    Kind.SESSION_STARTED,
    Kind.SESSION_ENDED,
    Kind.SESSIONS_ENDED,  # where support does it
    Kind.PASSWORD_LINK_PROMISED,
    Kind.AUTHENTICATOR_CODE_REFUSED,
    Kind.RECOVERY_CODE_REFUSED,
    Kind.PASSKEY_REFUSED,
    Kind.PASSKEY_COPIED,
    Kind.SUPPORT_ASKED,
}
# What is only recorded, and why no mail is needed.
NOT_TOLD = {
    Kind.PROFILE_CHANGED: "it opens nothing, and its owner sees it",
    Kind.STEP_UP_PASSED: "what it was for is told",
    Kind.LIMIT_REACHED: "outsiders cause it",
    Kind.PASSWORD_REFUSED: "outsiders cause it; a success after many is told",
    Kind.PASSWORD_CONFIRMED: "what it was for is told",
    Kind.ENROLLMENT_STARTED: "told once a code is sent or something is proven",
    Kind.ENROLLMENT_PROVED: "told when the device is bound or waits",
    Kind.ENROLLMENT_SUPERSEDED: "the newer one is told",
    Kind.VERIFICATION_CODE_REFUSED: "the code was told, and dies after five",
    Kind.PASSKEY_RENAMED: "it changes nothing",
    Kind.AUTHENTICATOR_RENAMED: "it changes nothing",
    Kind.RECOVERY_CODES_REHEARSED: "it changes nothing",
    Kind.BROWSER_DISTRUSTED: "it opens nothing",
    Kind.BROWSERS_DISTRUSTED: "it opens nothing",
    Kind.ADDRESS_CHANGE_STOPPED: "everything stays as it was",
    Kind.CASE_CLOSED: "support writes to them by itself",
    Kind.ASSISTED_RESET_DECLINED: "everything stays as it was",
    Kind.PORTAL_CHANGED: "nobody's account",
    Kind.CAMPAIGN_STARTED: "nobody's account; each is told when it is their turn",
    Kind.CAMPAIGN_STOPPED: "nobody's account; who was asked was told",
    Kind.GROUPS_CHANGED: "it opens nothing; what a group has to do is told apart",
    Kind.EVENTS_EXPORTED: "nobody's account",
    Kind.POLICY_CHANGED: "nobody's account; who has to do something is told apart",
    Kind.KEYS_ROTATED: "nobody's account, and nobody notices",
    Kind.ROWS_PURGED: "nobody's account",
    Kind.BACKUP_RESTORED: "nobody's account; whoever lost something is told on their own",
}
TOLD = pytest.mark.parametrize("kind", list(REACHES))


@pytest.fixture
def owner(clock, owner):
    return with_addresses(owner)


def test_every_kind_is_told_or_it_is_said_why_not():
    assert set(REACHES) == set(notices.NOTICES) == CHANGES | TOLD_BESIDES
    assert not CHANGES & TOLD_BESIDES
    assert set(NOT_TOLD) == set(Kind) - set(REACHES)


@TOLD
def test_it_reaches_whom_it_should_and_nobody_else(owner, clock, kind):
    happen(owner, kind)
    reached: dict[str, set[str]] = {}
    whats = [notice.what for notice in notices.NOTICES[kind]]
    for what, address in OutboxMessage.objects.filter(what__in=whats).values_list("what", "address"):
        reached.setdefault(what, set()).add(address)
    assert reached == REACHES[kind]


@pytest.mark.parametrize("kind", sorted(CHANGES))
def test_a_change_is_told_to_every_address_there_is_or_was_until_lately(owner, clock, kind):
    event = happen(owner, kind)
    assert set(event.messages.values_list("address", flat=True)) - {NEW} == ALL


@pytest.mark.parametrize("kind", sorted(CHANGES))
def test_a_change_is_told_every_time(owner, clock, kind):
    assert not any(notice.merges for notice in notices.NOTICES[kind])


# With a code in the mail, or, where support starts it, held by the owner.
NEVER_BY_SUPPORT = {Kind.VERIFICATION_CODE_PROMISED, Kind.ADDRESS_CHANGE_STARTED, Kind.ENROLLMENT_HELD}


@pytest.mark.parametrize("kind", sorted(CHANGES - NEVER_BY_SUPPORT))
def test_what_support_changes_is_told_as_well_and_not_where_they_sit(owner, clock, kind):
    for message in happened(owner, kind, clock, Actor("staff", "Sam Staff", "198.51.100.7", "Safari (Mac OS X)")):
        for part in (message.body, message.alternatives[0].content):
            assert not re.search("198.51.100.7|Safari|Sam Staff|lost the phone", part)


def test_an_invitation_goes_to_the_one_address(owner, clock):
    event = happen(owner, Kind.ACCOUNT_CREATED, by_invitation=True)
    assert list(event.messages.values_list("what", "address")) == [("invitation", OWNER)]
