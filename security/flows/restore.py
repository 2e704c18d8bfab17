"""Putting an account back to what it was before a change that its owner says was not theirs."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from security.models import Authenticator, FormerAddress, Passkey, RecoveryCodeSet, SecurityProfile, Which
from security.person import Person


def everything_before(change: datetime, person: Person, profile: SecurityProfile) -> None:
    """What was made since is void, what was replaced or removed since is back, and nothing is frozen any more.

    A device that was reported stolen signs nobody in, and so does what was suspended before the change already; if no
    other is left, the account asks for a second factor all the same. The caller holds the profile, and has moved the
    epoch on.
    """
    _devices(change, person)
    _passkeys(change, person)
    _recovery_codes(change, person)
    _addresses(change, person)
    profile.change(frozen_at=None, frozen_until=None, contested_event=None)
    profile.change(probation_since=None, probation_until=None)


def _devices(change: datetime, person: Person) -> None:
    now = timezone.now()
    devices = Authenticator.objects.of(person)
    before = list(devices.older_than(change).exclude(suspended_at__lt=change).values_list("pk", flat=True))
    devices.filter(bound_at__gte=change).update(confirmed=False, revoked_at=now, sealed_secret="", replaced_by=None)
    devices.filter(pk__in=before).update(confirmed=True, suspended_at=None, revoked_at=None, replaced_by=None)
    if not before and not devices.paired().exists():  # whoever had Enhanced Security does not lose it by this
        stolen = devices.filter(bound_at__lt=change, revoked_at__gte=change)
        stolen.update(suspended_at=now, revoked_at=None, replaced_by=None)


def _passkeys(change: datetime, person: Person) -> None:
    keys = Passkey.objects.filter(user_id=person.pk)
    before = list(keys.older_than(change).exclude(suspended_at__lt=change).values_list("pk", flat=True))
    keys.filter(added_at__gte=change, revoked_at=None).update(confirmed=False, revoked_at=timezone.now())
    keys.filter(pk__in=before).update(confirmed=True, suspended_at=None, revoked_at=None)


def _recovery_codes(change: datetime, person: Person) -> None:
    sets = RecoveryCodeSet.objects.of(person)
    before = sets.older_than(change).exclude(suspended_at__lt=change).order_by("-made_at").first()
    sets.filter(voided_at=None).update(voided_at=timezone.now())
    if before is not None:
        sets.filter(pk=before.pk).update(suspended_at=None, voided_at=None)


def _addresses(change: datetime, person: Person) -> None:
    for which in Which.values:
        former = FormerAddress.objects.filter(person_id=person.pk, which=which, replaced_at__gte=change)
        first = former.order_by("replaced_at").first()
        if first is not None:
            _take_back(person, first)
            former.delete()


def _take_back(person: Person, former: FormerAddress) -> None:
    """An address that somebody else's account has by now stays where it is."""
    rows = get_user_model()._default_manager.filter(pk=person.pk)
    if former.which == Which.RECOVERY:
        rows.update(recovery_email=former.address, recovery_email_confirmed_at=former.confirmed_at)
        return
    try:
        with transaction.atomic():  # with a savepoint, because the error is caught
            rows.update(email=former.address, email_changed_at=former.confirmed_at)
    except IntegrityError:
        return
