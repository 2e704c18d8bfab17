"""The addresses of an account: nothing changes before the code sent to the new one is typed in, in the same browser.

An account without a second factor first types a code sent to the address it has: a stolen session and a password must
not be enough to move it to another mailbox. An address that belongs to another account is treated like every other;
only the code for it never leaves (security/outbox.py), so that nobody learns here who has an account.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from security import events
from security.actor import Actor
from security.conf import conf
from security.flows import challenge, epoch, known_browsers, verification_codes
from security.models import AddressChange, FormerAddress, Kind, SecurityProfile, Session, Which
from security.models.address_change import AddressChangeQuerySet
from security.person import masked, same_address
from security.refusals import Reason, Refusal
from security.sessions import SessionStore
from security.transactions import atomic

DAY = timedelta(days=1)
RECEIPT_LASTS = timedelta(minutes=30)


class Overtaken(Exception):
    """Another request was quicker, or the change is over: nothing was done."""


def under_way(person: User) -> AddressChange | None:
    """The new address that waits for its code, in whatever browser it was entered."""
    return _mine(AddressChange.objects.of(person).alive(), person)


def waiting_here(person: User, *, session: SessionStore) -> AddressChange | None:
    """The one that was entered in this browser: its code is good nowhere else."""
    return _mine(AddressChange.objects.of(person).alive().filter(session=session.row), person)


def made_here(person: User, *, session: SessionStore) -> AddressChange | None:
    """The change that was made in this browser a moment ago."""
    rows = AddressChange.objects.of(person).filter(session=session.row, confirmed_at__gt=timezone.now() - RECEIPT_LASTS)
    return _mine(rows, person)


def former(change: AddressChange) -> FormerAddress | None:
    """What a change that was made has replaced; None where there was nothing before."""
    rows = FormerAddress.objects.filter(person_id=change.person_id, which=change.which).exclude(address="")
    return rows.filter(replaced_at__gte=change.confirmed_at).order_by("replaced_at").first()


def _mine(rows: AddressChangeQuerySet, person: User) -> AddressChange | None:
    change: AddressChange | None = rows.order_by("-started_at", "-pk").first()
    if change is not None:
        change.person = person
    return change


def asks_present_address(person: User) -> bool:
    """Whether a new address needs a code from the present one as well: there is no second factor to ask for."""
    return not challenge.is_needed(person)


def is_at_present_address(change: AddressChange) -> bool:
    """Whether the code that is asked for now is the one that was sent to the address the account has."""
    used = change.codes.filter(address=change.person.email, used_at__isnull=False)
    return asks_present_address(_person(change)) and not used.exists()


def asked_address(change: AddressChange) -> str:
    """Where the code goes that is asked for now."""
    return change.person.email if is_at_present_address(change) else change.address


def _person(change: AddressChange) -> User:
    person: User = change.person
    return person


@atomic()
def start(person: User, which: Which, address: str, *, session: SessionStore, actor: Actor) -> AddressChange | Refusal:
    """Promise a code to the new address, and a warning with a link that stops it to all others. Nothing changes yet.

    The same address in the same browser is taken up again, with its tries and caps; any other that waits is stopped.
    """
    SecurityProfile.objects.lock(person)
    here = session.hold()
    if refusal := _unfit(person, which, address):
        return refusal
    change = _mine(AddressChange.objects.of(person).alive().filter(session=here, which=which, address=address), person)
    if change is None:
        if refusal := _closed(person, address):
            return refusal
        change = _open(person, which, address, here, actor)
    return _promise(change, actor) or change


def _unfit(person: User, which: Which, address: str) -> Refusal | None:
    if same_address(address, person.recovery_email):
        is_there = which == Which.RECOVERY
        return Refusal(Reason.HAS_IT if is_there else Reason.IS_RECOVERY_ADDRESS)
    return Refusal(Reason.HAS_IT) if same_address(address, person.email) else None


def _closed(person: User, address: str) -> Refusal | None:
    """Why nothing can be mailed now, to the new address or to the present one, or for this person at all."""
    since = timezone.now() - DAY
    started = AddressChange.objects.of(person).filter(started_at__gt=since).order_by("-started_at")
    times = list(started.values_list("started_at", flat=True)[: conf.ADDRESS_CHANGES_A_DAY])
    until = times[-1] + DAY if len(times) == conf.ADDRESS_CHANGES_A_DAY else None
    until = until or verification_codes.lane_closed_until(address, is_confirmed=False)
    if until is None and asks_present_address(person):
        until = verification_codes.lane_closed_until(person.email)
    return Refusal(Reason.MAIL_CLOSED, until=until) if until else None


def _open(person: User, which: Which, address: str, here: Session, actor: Actor) -> AddressChange:
    _end_all(person, actor)
    now = timezone.now()
    change: AddressChange = AddressChange.objects.create(
        person=person,
        session=here,
        epoch=person.security_epoch,
        which=which,
        address=address,
        started_at=now,
        expires_at=now + timedelta(seconds=conf.ADDRESS_CHANGE_LIFETIME),
    )
    return change


def _promise(change: AddressChange, actor: Actor, *, again: bool = False) -> Refusal | None:
    return verification_codes.promise(change, asked_address(change), actor=actor, again=again)


@atomic()
def send_new_code(change: AddressChange, *, actor: Actor) -> Refusal | None:
    """Promise another code to the same address; the one before it is dead from then on."""
    _hold(change)
    return _promise(change, actor, again=True)


@atomic()
def check_code(change: AddressChange, typed: str, *, session: SessionStore, actor: Actor) -> Refusal | None:
    """Make the change if this is the code that was sent to the new address; the whole of it, or nothing.

    If it is the one that was sent to the present address, the next goes to the new one.
    """
    _hold(change)
    was_present = is_at_present_address(change)
    lane = known_browsers.lane(change.person, actor=actor)
    if refusal := verification_codes.check(change, typed, actor=actor, lane=lane):
        return refusal
    return _promise(change, actor) if was_present else _make(change, session, actor)


def _hold(change: AddressChange) -> None:
    """Lock the person's profile and the change. Raises Overtaken if it is not alive, or not this browser's."""
    SecurityProfile.objects.lock(change.person)
    rows = AddressChange.objects.of(change.person).alive().filter(pk=change.pk)
    row = rows.select_for_update(of=("self",)).first()
    if row is None or row.session_id != change.session_id:
        raise Overtaken


def _make(change: AddressChange, session: SessionStore, actor: Actor) -> Refusal | None:
    """What was there stays on file for the alerts and for a contest; everything with the old epoch dies."""
    person, which = _person(change), Which(change.which)
    if not _claim(person, which, change.address):  # before the epoch moves: this is what can fail
        _end_all(person, actor)
        return Refusal(Reason.TAKEN)
    AddressChange.objects.filter(pk=change.pk).update(confirmed_at=timezone.now())
    session.spend_proof()
    ended = epoch.bump(person, actor=actor, session=session)
    was = _keep_former(person, which, ended.at)
    _set(person, which, change.address, ended.at)
    said = {"to": masked(change.address), "was": masked(was) if was else "", "change": change.public_id}
    events.record(Kind.ADDRESS_CHANGED, person, actor, **{"which": which, **said, **ended.as_detail()})
    return None


def _claim(person: User, which: Which, address: str) -> bool:
    """Take the address for this account, unless another account has it or is just about to."""
    if which == Which.RECOVERY:
        return True
    if User.objects.filter(email__iexact=address).exclude(pk=person.pk).exists():
        return False
    try:
        with transaction.atomic():  # with a savepoint, because the error is caught
            User.objects.filter(pk=person.pk).update(email=address)
    except IntegrityError:  # somebody was quicker
        return False
    return True


def _keep_former(person: User, which: Which, at: datetime) -> str:
    """Write down what is about to be replaced, for the alerts and to put it back; returns the address."""
    address, since = person.email, person.email_changed_at
    if which == Which.RECOVERY:
        address, since = person.recovery_email, person.recovery_email_confirmed_at
    FormerAddress.objects.create(person=person, which=which, address=address, confirmed_at=since, replaced_at=at)
    return address


def _set(person: User, which: Which, address: str, at: datetime | None) -> None:
    if which == Which.RECOVERY:
        person.recovery_email, person.recovery_email_confirmed_at = address, at
        columns = ["recovery_email", "recovery_email_confirmed_at"]
    else:
        assert at is not None  # noqa: S101
        person.email, person.email_changed_at, person.email_confirmed_at = address, at, at
        columns = ["email", "email_changed_at", "email_confirmed_at"]
    person.save(update_fields=columns)


@atomic()
def remove_recovery(person: User, *, session: SessionStore, actor: Actor) -> bool:
    """Take the recovery address away at once; says whether there was one. It still gets the alerts for a while.

    The caller has asked for a fresh proof, and spends it.
    """
    SecurityProfile.objects.lock(person)
    session.hold()
    if not person.recovery_email:
        return False
    session.spend_proof()
    ended = epoch.bump(person, actor=actor, session=session)
    was = _keep_former(person, Which.RECOVERY, ended.at)
    _set(person, Which.RECOVERY, "", None)
    events.record(Kind.ADDRESS_REMOVED, person, actor, to=masked(was), **ended.as_detail())
    return True


@atomic()
def cancel(person: User, *, actor: Actor) -> None:
    """Stop the new address that waits for its code, in whatever browser it was entered. Nothing has changed."""
    SecurityProfile.objects.lock(person)
    _end_all(person, actor)


def _end_all(person: User, actor: Actor) -> None:
    """End every change that is open; recorded for those that were still good for something."""
    open_ones = AddressChange.objects.of(person).filter(confirmed_at=None, ended_at=None)
    alive = list(open_ones.alive())
    open_ones.update(ended_at=timezone.now())
    for change in alive:
        to = masked(change.address)
        stopped = Kind.ADDRESS_CHANGE_STOPPED
        events.record(stopped, person, actor, which=change.which, to=to, change=change.public_id)
