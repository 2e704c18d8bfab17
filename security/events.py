"""The one choke point: nothing is recorded or mailed except through `record`."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from security import chain, notices, tasks, trail
from security.actor import Actor
from security.models import Enrollment, Event, Kind, SecurityProfile, VerificationCode
from security.person import Person
from security.prepared_writes import insert

# What an event may say besides who, what, when and from where. Never a secret, never a full address of somebody.
DETAIL: dict[Kind, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        Kind.ACCOUNT_CREATED: "by_invitation epoch",
        Kind.ACCOUNT_FROZEN: "change until reason",
        Kind.ACCOUNT_THAWED: "change proof row reason",
        Kind.PROFILE_CHANGED: "name old_name",
        Kind.SESSION_STARTED: "factor device is_new_browser after_failures after_long",
        Kind.SESSION_ENDED: "why limit session",
        Kind.SESSIONS_ENDED: "sessions_ended browsers_ended reason",
        Kind.STEP_UP_PASSED: "factor purpose browser_before",
        Kind.LIMIT_REACHED: "what",
        Kind.PASSWORD_CHOSEN: "",
        Kind.PASSWORD_CHANGED: "reason mail_closed_until sessions_ended browsers_ended",
        Kind.PASSWORD_RECOVERED: "factor mail_closed_until sessions_ended browsers_ended",
        Kind.PASSWORD_EXPOSED: "reason sessions_ended browsers_ended",
        Kind.PASSWORD_REFUSED: "subject",
        Kind.PASSWORD_CONFIRMED: "",
        Kind.PASSWORD_LINK_PROMISED: "epoch subject",
        Kind.ENROLLMENT_STARTED: "entrance comfort",
        Kind.ENROLLMENT_PROVED: "proof row hold old_was_stolen",
        Kind.ENROLLMENT_HELD: "proof row hold risks ripens_at lapses_at name old_was_stolen",
        Kind.ENROLLMENT_SUPERSEDED: "was_serious",
        Kind.ENROLLMENT_CANCELLED: "was_serious was_held why",
        Kind.VERIFICATION_CODE_PROMISED: "to generation replaces",
        Kind.VERIFICATION_CODE_REFUSED: "generation purpose",
        Kind.AUTHENTICATOR_CODE_REFUSED: "at_sign_in was_used_before",
        Kind.AUTHENTICATOR_BOUND: "device name row proof hold sessions_ended browsers_ended",
        Kind.AUTHENTICATOR_REPLACED: (
            "device name old_device old_name row proof hold sessions_ended browsers_ended old_was_stolen "
            "probation_until"
        ),
        Kind.REPLACEMENT_REQUIRED: "reason sessions_ended",
        Kind.AUTHENTICATOR_RENAMED: "device name old_name",
        Kind.AUTHENTICATOR_REMOVED: "device name sessions_ended browsers_ended",
        Kind.RECOVERY_CODES_MADE: "set sessions_ended browsers_ended",
        Kind.RECOVERY_CODES_REHEARSED: "set position",
        Kind.RECOVERY_CODE_USED: "set position left purpose",
        Kind.RECOVERY_CODE_REFUSED: "at_sign_in purpose",
        Kind.PASSKEY_ADDED: "passkey name keeper is_synced sessions_ended browsers_ended",
        Kind.PASSKEY_RENAMED: "passkey name old_name",
        Kind.PASSKEY_REMOVED: "passkey name sessions_ended browsers_ended",
        Kind.PASSKEY_REFUSED: "passkey at_sign_in purpose",
        Kind.PASSKEY_COPIED: "passkey name purpose",
        Kind.BROWSER_TRUSTED: "browser until",
        Kind.BROWSER_DISTRUSTED: "browser",
        Kind.BROWSERS_DISTRUSTED: "browsers_ended",
        Kind.BROWSER_COPIED: "browsers_ended",
        Kind.ADDRESS_CHANGE_STARTED: "which to generation change step",
        Kind.ADDRESS_CHANGE_STOPPED: "which to change",
        Kind.ADDRESS_CHANGED: "which to was change sessions_ended browsers_ended",
        Kind.ADDRESS_REMOVED: "to sessions_ended browsers_ended",
        Kind.LIMITS_LIFTED: "reason factors",
        Kind.SUPPORT_ASKED: "case subject",
        Kind.DEVICE_REQUIRED: "until",
        Kind.CASE_CLOSED: "case reason",
        Kind.GROUPS_CHANGED: "groups were reason",
        Kind.ROLES_CHANGED: "roles were reason",
        Kind.ASSISTED_RESET_REQUESTED: "reason ticket checked case",
        Kind.ASSISTED_RESET_DECLINED: "reason",
        Kind.ASSISTED_RESET_STARTED: "reason ticket checked case epoch second_approver asked_by",
        Kind.POLICY_CHANGED: "group values before reason",
        Kind.CAMPAIGN_STARTED: "campaign asks_for group moment people reason",
        Kind.CAMPAIGN_STOPPED: "campaign asks_for people asked reason",
        Kind.PORTAL_CHANGED: "what reason",
        Kind.EVENTS_EXPORTED: "number",
        Kind.KEYS_ROTATED: "under renewed",
        Kind.ROWS_PURGED: "rows",
        Kind.BACKUP_RESTORED: "reason people",
    }.items()
}


def record(
    kind: Kind,
    person: Person | None,
    actor: Actor,
    *,
    enrollment: Enrollment | None = None,
    code: VerificationCode | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> Event:
    """Write the event and promise its notices, in the caller's transaction; nudge a worker once it has committed.

    The event takes its place in the person's chain under the lock of their profile, which comes before all others. A
    change is dated `at` the moment it began, so that whatever it made or ended is not older than its event.

    `person` is None only where an address that was typed has no account. Raises RuntimeError outside a transaction and
    ValueError for a detail that the kind does not declare.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event shares the transaction of what it records.")
    if undeclared := detail.keys() - DETAIL[kind]:
        raise ValueError(f"{kind} does not declare {sorted(undeclared)}")
    if enrollment is not None:
        trail.mark(enrollment=enrollment.public_id)
    event = _new(kind, person, actor, at or timezone.now(), enrollment, detail)
    if person is not None:
        chain.append(event, SecurityProfile.objects.lock(person))
    else:
        chain.append_nowhere()
    insert(event)
    for message in notices.for_event(event, person, code):
        if message.wanted_at <= timezone.now():
            transaction.on_commit(partial(tasks.nudge, message.pk, is_urgent=message.is_urgent), robust=True)
    return event


def _new(
    kind: Kind, person: Person | None, actor: Actor, at: datetime, enrollment: Enrollment | None, detail: dict[str, Any]
) -> Event:
    return Event(
        person_id=person.pk if person else None,
        kind=kind,
        at=at,
        actor=actor.role,
        actor_name=_printable(actor.name),
        address=actor.address,
        browser=_printable(actor.browser),
        enrollment_id=enrollment.public_id if enrollment else "",
        detail={key: _printable(value) if isinstance(value, str) else value for key, value in detail.items()},
    )


def _printable(text: str) -> str:
    """The text with a space for whatever would begin a new line or cannot be seen (ASVS 16.4.1)."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))
