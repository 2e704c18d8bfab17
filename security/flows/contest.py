"""Saying no to a change: freeze the account, and open it again with something that was there before the change.

A mailbox alone can stop what only a mailbox (or staff) made possible; it cannot undo an honest change, because what is
asked for then is a password and an older device or recovery code (DESIGN 2, NIST SP 800-63B-4 4.2 and 4.6).
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from security import blocks, events, throttle
from security.actor import Actor
from security.conf import conf
from security.flows import challenge, epoch, freezes, known_browsers, passkeys, restore
from security.models import Authenticator, Event, FormerPassword, Kind, Passkey, RecoveryCodeSet, SecurityProfile
from security.models.throttle import Factor
from security.person import Person
from security.policy import CONTESTED_AT_ONCE
from security.refusals import Reason, Refusal
from security.transactions import atomic

CONTESTABLE = {
    Kind.AUTHENTICATOR_BOUND,
    Kind.AUTHENTICATOR_REPLACED,
    Kind.AUTHENTICATOR_REMOVED,
    Kind.RECOVERY_CODES_MADE,
    Kind.PASSKEY_ADDED,
    Kind.PASSKEY_REMOVED,
    Kind.PASSWORD_CHANGED,
    Kind.PASSWORD_RECOVERED,
    Kind.ADDRESS_CHANGED,
    Kind.ADDRESS_REMOVED,
}


def can_be_contested(change: Event) -> bool:
    """Whether this is a change of a factor, a code set, an address or the password, and not older than seven days."""
    is_young = change.at > timezone.now() - timedelta(seconds=conf.CONTEST)
    return change.kind in CONTESTABLE and is_young and not _is_undone(change)


def _is_undone(change: Event) -> bool:
    """Whether this change, or one before it, was taken back since: a later one that was leaves it standing."""
    events_of = Event.objects.filter(person_id=change.person_id)
    thaws = events_of.filter(kind=Kind.ACCOUNT_THAWED, at__gte=change.at).values_list("detail__change", flat=True)
    return events_of.filter(public_id__in=list(thaws), at__lte=change.at).exists()


def freezes_at_once(change: Event) -> bool:
    """Whether one press freezes: only a mailbox or staff made this change possible, and it was not frozen for yet."""
    frozen = Event.objects.filter(person_id=change.person_id, kind=Kind.ACCOUNT_FROZEN)
    is_first = not frozen.filter(detail__change=change.public_id).exists()
    return change.detail.get("row") in CONTESTED_AT_ONCE and is_first and can_be_contested(change)


def change_of(person: Person, device: Authenticator) -> Event | None:
    """The change by which this device stopped signing people in, while it can be contested."""
    changes = Event.objects.filter(person_id=person.pk, kind__in=CONTESTABLE, at__gte=device.bound_at)
    when = device.revoked_at or device.suspended_at
    change = changes.filter(at__lte=when).order_by("-at", "-pk").select_related("person").first() if when else None
    return change if change is not None and can_be_contested(change) else None


def has_older_proof(change: Event) -> bool:
    """Whether there is anything left with which this change could be undone online."""
    person = change.person
    assert person is not None  # noqa: S101
    devices = Authenticator.objects.of(person).older_than(change.at)
    codes = RecoveryCodeSet.objects.of(person).older_than(change.at)
    return devices.exists() or codes.exists() or passkeys.that_count(person, change.at).exists()


@atomic()
def freeze(change: Event, *, actor: Actor) -> Refusal | None:
    """Nobody gets in until the account is opened with an older proof, or the freeze ends by itself.

    Every session, trusted and known browser, open journey, code and link ends. Once per change.
    """
    person: Person = change.person  # type: ignore[assignment]
    if SecurityProfile.objects.lock(person).is_frozen:
        return None
    if not freezes_at_once(change):
        return Refusal(Reason.NOT_OFFERED)
    freezes.begin(person, change=change, actor=actor)
    return None


def undo(
    change: Event, password: str, code: str, new_password: str, *, actor: Actor, shown: Passkey | None = None
) -> Refusal | None:
    """Void everything since this change, if the password (now or then) and an older device or code are shown, or an
    older passkey was `shown` a moment ago.

    `new_password` was checked against the rules. Signs nobody in. The account is open again, with what it had then.
    """
    person: Person = change.person  # type: ignore[assignment]
    lane = known_browsers.lane(person, actor=actor)
    subject = throttle.of_address(person.email, lane)
    if refusal := blocks.closed(actor, lane) or throttle.attempt(subject, Factor.PASSWORD):
        return refusal
    is_right = _knew_password(change, password)  # slow on purpose, so outside the transaction
    hashed = make_password(new_password)
    with atomic():
        profile = SecurityProfile.objects.lock(person)
        if not is_right:
            events.record(Kind.PASSWORD_REFUSED, person, actor, subject=subject)
            blocks.failed(actor, person.email, lane)
            return Refusal(Reason.WRONG_PASSWORD)
        throttle.succeeded(subject, Factor.PASSWORD)
        if not can_be_contested(change):
            return Refusal(Reason.NOT_OFFERED)
        if passkeys.counts(shown, person, change.at):
            proven: challenge.Proven | Refusal = challenge.Proven("passkey", shown.added_at)
        else:
            proven = challenge.prove(person, code, actor=actor, purpose="contest", older_than=change.at)
        if isinstance(proven, Refusal):
            return _as_older(proven)
        epoch.bump(person, actor=actor, session=None)
        known_browsers.forget(person)
        restore.everything_before(change.at, person, profile)
        get_user_model()._default_manager.filter(pk=person.pk).update(password=hashed)
        profile.change(password_exposed_at=None)
        events.record(Kind.ACCOUNT_THAWED, person, actor, change=change.public_id, proof=proven.factor)
    return None


def _as_older(refusal: Refusal) -> Refusal:
    is_wrong = refusal.reason in (Reason.WRONG_CODE, Reason.WRONG_RECOVERY_CODE)
    return Refusal(Reason.NO_PROOF) if is_wrong else refusal


def _knew_password(change: Event, password: str) -> bool:
    """Whether this is the password the account has, or one it had at the time of the change."""
    person: Person = change.person  # type: ignore[assignment]
    former = FormerPassword.objects.filter(person_id=person.pk, replaced_at__gte=change.at)
    return person.check_password(password) or any(check_password(password, row.hashed) for row in former)
