"""Which events are told by mail, to whom, and when. One table, read by events.record alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from security import outbox
from security.conf import conf
from security.models import Event, FormerAddress, Kind, OutboxMessage, SecurityProfile, VerificationCode
from security.person import Person
from security.prepared import Prepared, moment, number, text

Addresses = Callable[[Person | None, Event, VerificationCode | None], list[str]]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the mail is called, whom it goes to, and when, if not now; `merges` sends one an hour at most."""

    what: str
    addresses: Addresses
    carries_code: bool = False
    merges: bool = False
    wanted_at: Callable[[Event], datetime] | None = None


def alert_addresses(person: Person) -> list[str]:
    """Every address on file, and those that were until a month ago: whoever changed one must not go unseen."""
    since = timezone.now() - timedelta(seconds=conf.FORMER_ADDRESS)
    replaced_at = SecurityProfile.objects.lock(person).address_replaced_at
    rows = FORMER.all(person=person.pk, since=since) if replaced_at and replaced_at > since else []
    return list(dict.fromkeys([*person.notification_addresses(), *(address for (address,) in rows)]))


def _former() -> QuerySet[FormerAddress, tuple[str]]:
    rows = FormerAddress.objects.filter(person_id=number("person"), replaced_at__gt=moment("since"))
    return rows.exclude(address="").values_list("address")


FORMER = Prepared(_former)


def _everyone(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    return alert_addresses(person) if person else []


def _everyone_if(key: str) -> Addresses:
    """Everybody, if the event says so."""
    return lambda person, event, code: alert_addresses(person) if person and event.detail.get(key) else []


def _primary_if(key: str, value: bool) -> Addresses:
    return lambda person, event, code: [person.email] if person and bool(event.detail[key]) is value else []


def _primary(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    """The address of the account; where there is none a digest of what was typed, so that both cost and count alike."""
    return [person.email if person else str(event.detail.get("subject", ""))]


def _support(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    return [settings.SUPPORT_EMAIL if person else ""]


def _chosen(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    return [code.address] if code else []


def _chosen_if(key: str, value: str) -> Addresses:
    return lambda person, event, code: _chosen(person, event, code) if event.detail[key] == value else []


def _all_others(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    return [address for address in _everyone(person, event, code) if code is None or address != code.address]


def _seasoned(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    return person.seasoned_addresses() if person else []


def _unseasoned(person: Person | None, event: Event, code: VerificationCode | None) -> list[str]:
    return [
        address for address in _everyone(person, event, code) if person and address not in person.seasoned_addresses()
    ]


def _half_way(event: Event) -> datetime:
    ripe = datetime.fromtimestamp(float(event.detail["ripens_at"]), UTC)
    return event.at + (ripe - event.at) / 2


def _ripe(event: Event) -> datetime:
    return datetime.fromtimestamp(float(event.detail["ripens_at"]), UTC)


# What an event is told by. Notices of changes, holds and contests are never merged or capped.
NOTICES: dict[Kind, tuple[Notice, ...]] = {
    Kind.ACCOUNT_CREATED: (
        Notice("account_created", _primary_if("by_invitation", False)),
        Notice("invitation", _primary_if("by_invitation", True)),
    ),
    Kind.ACCOUNT_FROZEN: (Notice("account_frozen", _everyone),),
    Kind.ACCOUNT_THAWED: (Notice("account_thawed", _everyone),),
    Kind.SESSION_STARTED: (
        Notice("session_in_new_browser", _everyone_if("is_new_browser"), merges=True),
        Notice("session_after_failures", _everyone_if("after_failures"), merges=True),
        Notice("session_after_long", _everyone_if("after_long"), merges=True),
    ),
    Kind.SESSIONS_ENDED: (Notice("sessions_ended", _everyone_if("reason")),),
    Kind.SESSION_ENDED: (Notice("sessions_too_many", _everyone_if("limit"), merges=True),),
    Kind.PASSWORD_CHOSEN: (Notice("password_chosen", _everyone),),
    Kind.PASSWORD_CHANGED: (Notice("password_changed", _everyone),),
    Kind.PASSWORD_RECOVERED: (Notice("password_recovered", _everyone),),
    Kind.PASSWORD_EXPOSED: (Notice("password_exposed", _everyone),),
    Kind.PASSWORD_LINK_PROMISED: (Notice("password_link", _primary),),
    Kind.VERIFICATION_CODE_PROMISED: (
        Notice("verification_code", _chosen, carries_code=True),
        Notice("verification_code_sent_elsewhere", _all_others),
    ),
    Kind.AUTHENTICATOR_CODE_REFUSED: (Notice("wrong_second_factor", _everyone_if("at_sign_in"), merges=True),),
    Kind.RECOVERY_CODE_REFUSED: (Notice("wrong_second_factor", _everyone_if("at_sign_in"), merges=True),),
    Kind.ENROLLMENT_HELD: (
        Notice("enrollment_held", _everyone),
        Notice("enrollment_held_half_way", _everyone, wanted_at=_half_way),
        Notice("enrollment_ripe", _everyone, wanted_at=_ripe),
    ),
    Kind.ENROLLMENT_CANCELLED: (Notice("enrollment_cancelled", _everyone_if("was_serious")),),
    Kind.REPLACEMENT_REQUIRED: (Notice("replacement_required", _everyone),),
    Kind.AUTHENTICATOR_BOUND: (Notice("authenticator_bound", _everyone),),
    Kind.AUTHENTICATOR_REPLACED: (Notice("authenticator_replaced", _everyone),),
    Kind.AUTHENTICATOR_REMOVED: (Notice("authenticator_removed", _everyone),),
    Kind.RECOVERY_CODES_MADE: (Notice("recovery_codes_made", _everyone),),
    Kind.RECOVERY_CODE_USED: (Notice("recovery_code_used", _everyone),),
    Kind.PASSKEY_ADDED: (Notice("passkey_added", _everyone),),
    Kind.PASSKEY_REMOVED: (Notice("passkey_removed", _everyone),),
    Kind.PASSKEY_REFUSED: (Notice("wrong_second_factor", _everyone_if("at_sign_in"), merges=True),),
    Kind.PASSKEY_COPIED: (Notice("passkey_copied", _everyone, merges=True),),
    Kind.BROWSER_TRUSTED: (Notice("browser_trusted", _everyone),),
    Kind.BROWSER_COPIED: (Notice("browser_copied", _everyone),),
    Kind.ADDRESS_CHANGE_STARTED: (
        Notice("present_address_code", _chosen_if("step", "present"), carries_code=True),
        Notice("address_code", _chosen_if("step", "new"), carries_code=True),
        Notice("address_change_started", _all_others),
    ),
    Kind.ADDRESS_CHANGED: (Notice("address_changed", _everyone),),
    Kind.ADDRESS_REMOVED: (Notice("address_removed", _everyone),),
    Kind.LIMITS_LIFTED: (Notice("limits_lifted", _everyone),),
    Kind.SUPPORT_ASKED: (Notice("support_asked", _primary), Notice("support_case", _support)),
    Kind.DEVICE_REQUIRED: (Notice("device_required", _everyone),),
    Kind.ROLES_CHANGED: (Notice("roles_changed", _everyone),),
    Kind.ASSISTED_RESET_REQUESTED: (Notice("assisted_reset_requested", _everyone),),
    Kind.ASSISTED_RESET_STARTED: (
        Notice("assisted_reset", _seasoned),
        Notice("assisted_reset_elsewhere", _unseasoned),
    ),
}


def for_event(event: Event, person: Person | None, code: VerificationCode | None) -> Iterator[OutboxMessage]:
    """Promise every mail this event calls for."""
    for notice in NOTICES.get(Kind(event.kind), ()):
        when = notice.wanted_at(event) if notice.wanted_at else None
        for address in notice.addresses(person, event, code):
            if not (notice.merges and _was_told(notice.what, address)):
                carried = code if notice.carries_code else None
                yield outbox.promise(notice.what, address, person, event, carried, wanted_at=when)


def _was_told(what: str, address: str) -> bool:
    since = timezone.now() - timedelta(seconds=conf.NOTICE_MERGE)
    return bool(TOLD.first(what=what, address=address, since=since))


def _told() -> QuerySet[OutboxMessage, tuple[int]]:
    rows = OutboxMessage.objects.filter(what=text("what"), address=text("address"), promised_at__gt=moment("since"))
    return rows.values_list("pk")[:1]


TOLD = Prepared(_told)
