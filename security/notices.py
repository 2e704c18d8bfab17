"""Which events are told by mail, to whom, and with which template. One table, read by events.record alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from security import outbox
from security.models import Event, Kind, OutboxMessage, VerificationCode
from security.person import Person


@dataclass(frozen=True, slots=True)
class Notice:
    """A template in templates/mail/, the addresses it goes to, and whether it is the mail that carries the code."""

    what: str
    addresses: Callable[[Person, Event, VerificationCode | None], list[str]]
    carries_code: bool = False


def _everyone(person: Person, event: Event, code: VerificationCode | None) -> list[str]:
    return person.notification_addresses()


def _everyone_if_serious(person: Person, event: Event, code: VerificationCode | None) -> list[str]:
    """Nobody is told of a journey that ended before a code was sent or anything proven: it can be begun at will."""
    return person.notification_addresses() if event.detail.get("was_serious") else []


def _with_a_password(person: Person, event: Event, code: VerificationCode | None) -> list[str]:
    return [] if event.detail["by_invitation"] else [person.email]


def _without_a_password(person: Person, event: Event, code: VerificationCode | None) -> list[str]:
    return [person.email] if event.detail["by_invitation"] else []


def _chosen(person: Person, event: Event, code: VerificationCode | None) -> list[str]:
    return [code.address] if code else []


def _all_others(person: Person, event: Event, code: VerificationCode | None) -> list[str]:
    return [address for address in person.notification_addresses() if code is None or address != code.address]


NOTICES: dict[Kind, tuple[Notice, ...]] = {
    Kind.ACCOUNT_CREATED: (Notice("account_created", _with_a_password), Notice("invitation", _without_a_password)),
    Kind.PASSWORD_CHOSEN: (Notice("password_chosen", _everyone),),
    Kind.VERIFICATION_CODE_PROMISED: (
        Notice("verification_code", _chosen, carries_code=True),
        Notice("verification_code_sent_elsewhere", _all_others),
    ),
    Kind.ENROLLMENT_CANCELLED: (Notice("enrollment_cancelled", _everyone_if_serious),),
    Kind.AUTHENTICATOR_BOUND: (Notice("authenticator_bound", _everyone),),
    Kind.AUTHENTICATOR_REPLACED: (Notice("authenticator_replaced", _everyone),),
}


def for_event(event: Event, person: Person, code: VerificationCode | None) -> Iterator[OutboxMessage]:
    """Promise every mail this event calls for."""
    for notice in NOTICES.get(Kind(event.kind), ()):
        for address in notice.addresses(person, event, code):
            yield outbox.promise(notice.what, address, person, event, code if notice.carries_code else None)
