"""The password: changed by somebody who is signed in, or chosen anew by somebody who forgot it and reads our mail.

Forgetting it never weakens the second factor: where an account has one it is asked for, nobody is signed in, and for a
week no device is replaced with a mailed code (NIST SP 800-63B-4 4.2, ASVS 6.4.3).
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import is_password_usable, make_password
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from accounts.models import User
from security import blocks, events, links, policy, throttle
from security.actor import Actor
from security.conf import conf
from security.flows import challenge, epoch, known_browsers, passkeys, step_up, verification_codes
from security.models import Authenticator, Event, FormerPassword, Kind, Passkey, RecoveryCodeSet, SecurityProfile
from security.refusals import Reason, Refusal
from security.sessions import SessionStore
from security.transactions import atomic


def change(person: User, password: str, new_password: str, *, session: SessionStore, actor: Actor) -> Refusal | None:
    """Give a signed-in person another password, if the present one is right; they stay signed in here and only here.

    Where there is a second factor the caller has asked for a fresh proof with it, which is spent. Raises django's
    ValidationError for a new password that breaks the rules.
    """
    if refusal := step_up.check_password(person, password, actor=actor):
        return refusal
    validate_password(new_password, person)
    former, person.password = person.password, make_password(new_password)  # slow on purpose, so not in the transaction
    with atomic():
        ended = epoch.bump(person, actor=actor, session=session)
        session.spend_proof()
        User.objects.filter(pk=person.pk).update(password=person.password)
        SecurityProfile.objects.lock(person).change(password_exposed_at=None)
        _keep(former, events.record(Kind.PASSWORD_CHANGED, person, actor, **ended.as_detail()))
    return None


@atomic()
def expose(person: User, *, reason: str, actor: Actor) -> None:
    """Somebody else may know this password: it ends every session, and opens nothing until there is another one.

    With a second factor the person signs in and chooses one before anything else; without one, the password being no
    proof any more, the mailed link is the way (NIST SP 800-63B-4 3.1.1.2, ASVS 6.2.10).
    """
    ended = epoch.bump(person, actor=actor, session=None)
    SecurityProfile.objects.lock(person).change(password_exposed_at=timezone.now())
    events.record(Kind.PASSWORD_EXPOSED, person, actor, reason=reason, **ended.as_detail())


def assign(person: User, new_password: str, *, reason: str, actor: Actor) -> None:
    """Give somebody another password, as an operator: it ends every session and all trust, and its owner is told.

    Whoever knows it has not proven a second factor: for a week no device is replaced with a mailed code, as after a
    forgotten password. Raises django's ValidationError for a password that breaks the rules.
    """
    validate_password(new_password, person)
    hashed = make_password(new_password)  # slow on purpose, so outside the transaction
    with atomic():
        _replace(person, hashed, Kind.PASSWORD_CHANGED, actor, reason=reason)


def _keep(former: str, change: Event) -> None:
    """The password that was replaced, from the moment of the change on: with it the change can be contested."""
    if is_password_usable(former):
        assert change.person_id is not None  # noqa: S101
        FormerPassword.objects.create(person_id=change.person_id, hashed=former, replaced_at=change.at)


def promise_link(address: str, *, actor: Actor) -> Refusal | None:
    """Mail a link to the account of this address, if there is one that is open; the same work if there is not.

    Only the address on file is written to. At most three an hour, counted in the same way for every address; a known
    browser has a count of its own, so that nobody elsewhere can use it up. Refused only where too much is asked from
    one network.
    """
    lane = known_browsers.lane_of_address(address, actor=actor)
    if refusal := blocks.may_ask_for_mail(actor, lane):
        return refusal
    _promise_link(address, throttle.of_address(address, lane), actor)
    return None


@atomic()
def _promise_link(address: str, subject: str, actor: Actor) -> None:
    person = User.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if person is None:
        SecurityProfile.objects.lock_nobody()
    elif SecurityProfile.objects.lock(person).is_frozen:
        person = None
    to = person.email if person else subject
    if verification_codes.lane_closed_until(to, is_after_password=False, subject=subject) is None:
        number = person.security_epoch if person else 0
        events.record(Kind.PASSWORD_LINK_PROMISED, person, actor, epoch=number, subject=subject)


def opened(token: str) -> User | None:
    """Whose password may be chosen with this link; None once it was used, voided, has expired, or never was one."""
    message = links.opened(token, what="password_link", lifetime=conf.PASSWORD_LINK_LIFETIME)
    person: User | None = message.person if message else None
    return None if person is None or SecurityProfile.objects.of(person).is_frozen else person


def missing_factor(person: User) -> Refusal | None:
    """Why nothing that this account has can be shown with the link now, or None if something can.

    What is suspended or reported stolen does not count, and on probation nothing that is not older than the swap.
    """
    profile = SecurityProfile.objects.of(person)
    since = [device.bound_at for device in Authenticator.objects.of(person).live()]
    since += [kept.made_at for kept in RecoveryCodeSet.objects.of(person).live().filter(codes__used_at=None)]
    since += [passkey.added_at for passkey in passkeys.live(person)]
    if any(policy.probation(profile, at) is None for at in since):
        return None
    return policy.probation(profile, None) or Refusal(Reason.NOT_OFFERED)


def recover(
    token: str, new_password: str, code: str, *, actor: Actor, shown: Passkey | None = None
) -> User | Refusal | None:
    """Set the password with a link from a mail and, where the account has one, a second factor; use the link up. A
    passkey that was `shown` a moment ago is one.

    Everything the old password and epoch held ends; signs nobody in. None for a link that is no longer good. Raises
    django's ValidationError for a password that breaks the rules, before any code is looked at.
    """
    person = opened(token)
    if person is None:
        return None
    validate_password(new_password, person)
    hashed = make_password(new_password)  # slow on purpose, so outside the transaction
    with atomic():
        SecurityProfile.objects.lock(person)
        person = opened(token)
        if person is None:
            return None
        factor = _second_factor(person, code, actor, shown)
        if not isinstance(factor, Refusal):
            _replace(person, hashed, Kind.PASSWORD_RECOVERED, actor, factor=factor)
    return factor if isinstance(factor, Refusal) else person


def _second_factor(person: User, code: str, actor: Actor, shown: Passkey | None) -> str | Refusal:
    """What was shown, or an empty string for an account that has nothing to show."""
    if not challenge.is_needed(person):
        return ""
    if refusal := missing_factor(person):
        return refusal
    if passkeys.counts(shown, person):
        proven: challenge.Proven | Refusal = challenge.Proven("passkey", shown.added_at)
    else:
        proven = challenge.prove(person, code, actor=actor, purpose="password")
    if isinstance(proven, Refusal):
        return proven
    return policy.probation(SecurityProfile.objects.of(person), proven.since) or proven.factor


def _replace(person: User, hashed: str, kind: Kind, actor: Actor, **said: Any) -> None:
    """Whatever was shown, this was no change by somebody signed in: for a week no mailed code replaces a device."""
    until = timezone.now() + timedelta(seconds=conf.MAIL_CLOSED)
    former = person.password
    ended = epoch.bump(person, actor=actor, session=None)
    User.objects.filter(pk=person.pk).update(password=hashed)
    SecurityProfile.objects.lock(person).change(mail_closed_until=until, password_exposed_at=None)
    detail = said | {"mail_closed_until": until.timestamp(), **ended.as_detail()}
    _keep(former, events.record(kind, person, actor, **detail))
