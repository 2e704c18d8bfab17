"""Recovery codes: made after a fresh proof, shown once, each good once (NIST SP 800-63B-4 3.1.2 and 4.2.1.1).

A code is 16 letters and digits that are not mistaken for one another. Its first one says which of the set it is, so
that one slow hash is computed and not ten; the last two stay readable, sealed, for the rehearsal. 65 bits are secret.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from security import blocks, crypto, events, policy, throttle
from security.actor import Actor
from security.conf import conf
from security.flows import epoch, known_browsers
from security.models import Authenticator, Kind, RecoveryCode, RecoveryCodeSet, SecurityProfile
from security.models.recovery_code import RecoveryCodeSetQuerySet
from security.models.throttle import Factor
from security.person import Person
from security.prepared import Prepared, number
from security.prepared_writes import Update
from security.refusals import Reason, Refusal
from security.sessions import SessionStore
from security.transactions import atomic

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown once: the codes, as people read them, in their order. No report of an error shows them."""

    codes: list[str] = field(repr=False)
    made_at: datetime
    replaces: bool = False  # whether there were codes before it that worked


@dataclass(frozen=True, slots=True)
class State:
    """What can be said about somebody's codes at any time."""

    left: int
    made_at: datetime
    rehearsed_at: datetime | None

    @property
    def is_low(self) -> bool:
        """Whether it is time to make new ones."""
        return self.left < conf.RECOVERY_CODES_LOW

    @property
    def is_unchecked(self) -> bool:
        """Whether it is long ago that anybody looked whether they are still where they were put."""
        since = self.rehearsed_at or self.made_at
        return since < timezone.now() - timedelta(seconds=conf.RECOVERY_CODES_UNCHECKED)


def tidy(typed: str) -> str:
    """A code as typed or pasted: its letters and digits, in capitals. I, O, 0 and 1 never occur in one."""
    return "".join(sign for sign in typed if sign.isalnum()).upper()


def looks_like_one(typed: str) -> bool:
    """Whether this has the shape of a recovery code, and not that of any other code."""
    code = tidy(typed)
    return len(code) == LENGTH and all(sign in ALPHABET for sign in code)


def is_meant_by(typed: str) -> bool:
    """Whether whoever typed this meant a recovery code, right or not: no other code has letters in it."""
    return looks_like_one(typed) or any(sign.isalpha() for sign in typed)


def state(person: Person) -> State | None:
    """The live set, if there is one."""
    return kept(person)[0]


def kept(person: Person) -> tuple[State | None, datetime | None]:
    """The live set, and when a reset suspended another one; nothing for what there is not."""
    rows = KEPT.all(person=person.pk)
    live = next((State(*row[:3]) for row in rows if row[3] is None), None)
    return live, next((row[3] for row in rows if row[3] is not None), None)


def _kept() -> QuerySet[RecoveryCodeSet, tuple[int, datetime, datetime | None, datetime | None]]:
    unused = Count("codes", filter=Q(codes__used_at=None))
    rows = RecoveryCodeSet.objects.filter(person_id=number("person"), voided_at=None).annotate(left=unused)
    return rows.order_by("pk").values_list("left", "made_at", "rehearsed_at", "suspended_at")


KEPT = Prepared(_kept)


def has_any(person: Person) -> bool:
    """Whether there is a code left that signs this person in."""
    return RecoveryCode.objects.filter(set__in=RecoveryCodeSet.objects.of(person).live(), used_at=None).exists()


def make(person: Person, *, session: SessionStore, actor: Actor) -> Sheet | Refusal:
    """A new set in place of the one before it, which is void from now on. The codes are in the answer and nowhere else.

    Only where there is a device that they stand in for: a password alone never buys a second factor. The caller has
    asked for a fresh proof, which is spent by this.
    """
    if not Authenticator.objects.of(person).paired().exists():
        return Refusal(Reason.NO_DEVICE)
    codes = _invented()
    hashes = [make_password(code) for code in codes]  # slow on purpose, so outside the transaction
    with atomic():
        profile = SecurityProfile.objects.lock(person)
        if refusal := policy.probation(profile, session.row.fresh_since if session.row else None):
            return refusal
        session.spend_proof()
        ended = epoch.bump(person, actor=actor, session=session)
        replaces = has_any(person)
        void(person)
        kept = RecoveryCodeSet.objects.create(person_id=person.pk)
        rows = zip(codes, hashes, strict=True)
        RecoveryCode.objects.bulk_create(_row(kept, place, *row) for place, row in enumerate(rows, 1))
        events.record(Kind.RECOVERY_CODES_MADE, person, actor, set=kept.public_id, **ended.as_detail())
    return Sheet([grouped(code) for code in codes], kept.made_at, replaces)


def _invented() -> list[str]:
    """As many codes as a set has, no two of which begin alike."""
    slots = crypto.shuffled(ALPHABET)[: conf.RECOVERY_CODES]
    return [slot + "".join(crypto.pick(ALPHABET) for _ in range(LENGTH - 1)) for slot in slots]


def _row(kept: RecoveryCodeSet, position: int, code: str, hashed: str) -> RecoveryCode:
    tail = crypto.seal(code[-2:].encode(), bound_to=f"recovery code {kept.public_id} {position}")
    return RecoveryCode(set=kept, position=position, slot=code[0], hashed=hashed, sealed_tail=tail)


def grouped(code: str) -> str:
    """A code as people read it: `ABCD-EFGH-JKLM-NPQR`."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def void(person: Person) -> None:
    """No code of this person signs in any more. What is void may still contest for a while."""
    RecoveryCodeSet.objects.of(person).filter(voided_at=None).update(voided_at=timezone.now())


def suspend(person: Person) -> None:
    """The codes sign nobody in any more, and may still contest."""
    LIVE({"suspended_at": timezone.now()}, person=person.pk)


LIVE = Update(lambda: RecoveryCodeSet.objects.filter(person_id=number("person")).live())


def use(
    person: Person,
    typed: str,
    *,
    actor: Actor,
    purpose: str,
    among: RecoveryCodeSetQuerySet | None = None,
) -> RecoveryCodeSet | Refusal:
    """The set whose unused code this is; it is used up by this call, whatever parallel calls do.

    `purpose` is what it is used for: sign_in, enrollment, step_up, contest or password. `among` are the sets that
    count, the live one if nothing is said. The caller holds the person's profile.
    """
    lane = known_browsers.lane(person, actor=actor)
    subject = throttle.of_person(person, lane)
    with atomic():
        if refusal := blocks.closed(actor, lane) or throttle.attempt(subject, Factor.RECOVERY_CODE):
            return refusal
        code = _find(among if among is not None else RecoveryCodeSet.objects.of(person).live(), tidy(typed))
        if code is None or not RecoveryCode.objects.filter(pk=code.pk, used_at=None).update(used_at=timezone.now()):
            at_sign_in = purpose == "sign_in"
            events.record(Kind.RECOVERY_CODE_REFUSED, person, actor, purpose=purpose, at_sign_in=at_sign_in)
            blocks.failed(actor, person.email, lane)
            return Refusal(Reason.WRONG_RECOVERY_CODE)
        throttle.succeeded(subject, Factor.RECOVERY_CODE)
        left = code.set.codes.filter(used_at=None).count()
        detail: dict[str, Any] = {"set": code.set.public_id, "position": code.position, "left": left}
        events.record(Kind.RECOVERY_CODE_USED, person, actor, purpose=purpose, **detail)
    return code.set


def _find(sets: RecoveryCodeSetQuerySet, code: str) -> RecoveryCode | None:
    if not looks_like_one(code):
        return None
    rows = RecoveryCode.objects.filter(set__in=sets, slot=code[0], used_at=None).select_related("set")
    row = rows.order_by("-set__made_at").first()  # one: of the sets of a person one is live at any moment
    return row if row is not None and check_password(code, row.hashed) else None


def to_rehearse(person: Person) -> int | None:
    """The number of the code whose last two characters are asked for: the same one until the day is over."""
    kept = RecoveryCodeSet.objects.of(person).live().first()
    if kept is None:
        return None
    positions = list(kept.codes.filter(used_at=None).values_list("position", flat=True))
    day = timezone.now().date().isoformat()
    number = int.from_bytes(crypto.derive("rehearsal", kept.public_id, day)[:8])
    return positions[number % len(positions)] if positions else None


@atomic()
def rehearse(person: Person, position: int, typed: str, *, actor: Actor) -> Refusal | None:
    """None when these are the last two characters of that code: it was saved, and it is not spent by this."""
    SecurityProfile.objects.lock(person)
    subject = throttle.of_person(person, known_browsers.lane(person, actor=actor))
    if refusal := throttle.attempt(subject, Factor.REHEARSAL):
        return refusal
    code = RecoveryCode.objects.filter(
        set__in=RecoveryCodeSet.objects.of(person).live(), position=position, used_at=None
    )
    row = code.select_related("set").first()
    if row is None or not crypto.same(_tail(row), tidy(typed)):
        return Refusal(Reason.WRONG_CHARACTERS)
    throttle.succeeded(subject, Factor.REHEARSAL)
    row.set.rehearsed_at = timezone.now()
    row.set.save(update_fields=["rehearsed_at"])
    events.record(Kind.RECOVERY_CODES_REHEARSED, person, actor, set=row.set.public_id, position=position)
    return None


def _tail(row: RecoveryCode) -> str:
    try:
        return crypto.unseal(row.sealed_tail, bound_to=f"recovery code {row.set.public_id} {row.position}").decode()
    except crypto.Unsealable:
        return "  "
