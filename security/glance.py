"""An account's security at a glance, for support and operators: what there is and how it stands, never a secret."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from security import letters, throttle
from security.flows import enrollments, recovery_codes, sessions
from security.models import (
    Authenticator,
    Enrollment,
    Kind,
    OutboxMessage,
    Passkey,
    SecurityProfile,
    Session,
    SupportCase,
    Throttle,
    TrustedBrowser,
)
from security.models.outbox import OutboxQuerySet
from security.person import Person

MAILS = 10


@dataclass(frozen=True, slots=True)
class Glance:
    """How an account stands now. `closed` is which factors have to wait, and until when."""

    person: Person
    profile: SecurityProfile
    devices: list[Authenticator]
    passkeys: list[Passkey]
    codes: recovery_codes.State | None
    browsers: list[TrustedBrowser]
    sessions: list[Session]
    under_way: Enrollment | None
    waits: Enrollment | None
    closed: list[tuple[str, datetime]]
    mails: list[OutboxMessage]
    cases: list[SupportCase]

    @property
    def is_enrolled(self) -> bool:
        """Whether there is a device, at this moment signing in or not."""
        return bool(self.devices)

    @property
    def states(self) -> list[tuple[str, datetime | None]]:
        """What holds for the account now, and until when."""
        profile = self.profile
        found: list[tuple[str, datetime | None, bool]] = [
            ("inactive", None, not self.person.is_active),
            ("enrolled", None, self.is_enrolled),
            ("not enrolled", None, not self.is_enrolled),
            ("frozen", profile.frozen_until, profile.is_frozen),
            ("held", self.waits.ripens_at if self.waits else None, self.waits is not None),
            ("on probation", profile.probation_until, profile.is_on_probation),
            ("no reset by mailed code", profile.mail_closed_until, _is_ahead(profile.mail_closed_until)),
            ("replaces devices", None, profile.replace_before is not None),
            ("password exposed", None, profile.password_exposed_at is not None),
        ]
        return [(state, until) for state, until, holds in found if holds]


def of(person: Person) -> Glance:
    """Everything at once. Changes nothing."""
    return Glance(
        person=person,
        profile=SecurityProfile.objects.of(person),
        devices=list(Authenticator.objects.of(person).paired().order_by("bound_at", "pk")),
        passkeys=list(Passkey.objects.of(person).kept()),
        codes=recovery_codes.state(person),
        browsers=list(TrustedBrowser.objects.of(person).live().order_by("-added_at")),
        sessions=sessions.live_sessions(person),
        under_way=Enrollment.objects.of(person).alive().order_by("-pk").first(),
        waits=enrollments.waiting(person),
        closed=_closed(person),
        mails=list(_mails(person).order_by("-promised_at", "-pk")[:MAILS]),
        cases=list(SupportCase.objects.filter(person_id=person.pk).order_by("-opened_at")[:MAILS]),
    )


def _mails(person: Person) -> OutboxQuerySet:
    return OutboxMessage.objects.filter(person_id=person.pk).select_related("event", "person")


def _closed(person: Person) -> list[tuple[str, datetime]]:
    counters = throttle.of_anything_of(Throttle.objects.all(), person)
    rows = counters.filter(closed_until__gt=timezone.now()).order_by("factor")
    return [(row.factor, row.closed_until) for row in rows if row.closed_until]


def _is_ahead(at: datetime | None) -> bool:
    return at is not None and at > timezone.now()


def as_data(glance: Glance) -> dict[str, Any]:
    """The same for a script: texts, numbers, and times in ISO 8601."""
    return {
        "email": glance.person.email,
        "active": glance.person.is_active,
        "staff": glance.person.is_staff,
        "states": {state: _iso(until) for state, until in glance.states},
        "devices": [
            {
                "id": device.public_id,
                "name": device.label,
                "added": _iso(device.bound_at),
                "last_used": _iso(device.last_used_at),
                "suspended": not device.confirmed,
            }
            for device in glance.devices
        ],
        "passkeys": [
            {
                "id": passkey.public_id,
                "name": passkey.label,
                "kept_by": passkey.kind,
                "added": _iso(passkey.added_at),
                "last_used": _iso(passkey.last_used_at),
                "synced": passkey.backup_state,
                "suspended": not passkey.confirmed,
            }
            for passkey in glance.passkeys
        ],
        "recovery_codes_left": glance.codes.left if glance.codes else 0,
        "trusted_browsers": len(glance.browsers),
        "sessions": len(glance.sessions),
        "under_way": _attempt(glance.under_way),
        "waiting": _attempt(glance.waits),
        "waits_after_wrong_answers": {factor: _iso(until) for factor, until in glance.closed},
        "mails": [
            {"what": mail.what, "promised": _iso(mail.promised_at), "state": mail_state(mail)} for mail in glance.mails
        ],
        "open_cases": [case.public_id for case in glance.cases if case.closed_at is None],
    }


def mail_title(mail: OutboxMessage) -> str:
    """What a mail is about, in the language that is active: its subject, or what it tells of."""
    letter = letters.letter_for(mail) if mail.person_id else None
    return letter.subject if letter else str(Kind(mail.event.kind).label)


def mail_state(mail: OutboxMessage) -> str:
    """What became of a mail: delivered, failed, or waiting."""
    return "delivered" if mail.delivered_at else "failed" if mail.given_up_at else "waiting"


def _attempt(enrollment: Enrollment | None) -> dict[str, Any] | None:
    if enrollment is None:
        return None
    said = {"id": enrollment.public_id, "entrance": enrollment.entrance, "proof": enrollment.proof}
    return said | {"started": _iso(enrollment.started_at), "takes_over": _iso(enrollment.ripens_at)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
