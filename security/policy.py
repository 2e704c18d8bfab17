"""Who may replace a device: the one table, asked when a way is offered and again inside the swap; the stricter wins.

Row 1   password + a code of the old authenticator     at once
Row 2   password + a passkey with user verification    at once
Row 3   password + a recovery code                     at once; the set of codes dies
Row 4a  password + a mailed code, from a live session with a second factor or a known browser, no risk     at once
Row 4b  password + a mailed code, otherwise            after a wait: 24 h, with a risk signal 72 h
Row 5   the mailbox alone                              refused: support
Row 6   a mailed code after a forgotten password, with a new address, while frozen     not offered; 1 and 3 wait 24 h
Row 7   password + a link that staff had sent          after 72 h, with a second approver at once
Row 8   staff                                          by rows 1, 2 and 7 with a second approver

After rows 4 and 7 the account is on probation. A first device needs a code to a confirmed address; another one a factor
there is. Sources: NIST SP 800-63B-4 4.1.2.1 and 4.2, ASVS 6.4.4 and 7.5.1. Deviations: docs/threat-model.md.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from security import risks, rules
from security.conf import conf
from security.models import Authenticator, Enrollment, SecurityProfile
from security.models.enrollment import Entrance, Proof
from security.person import Person
from security.refusals import Reason, Refusal
from security.rules import Rules


class Row(StrEnum):
    """The rows of the table, by the numbers they have in the design."""

    OLD_AUTHENTICATOR = "1"
    PASSKEY = "2"
    RECOVERY_CODE = "3"
    MAILED_CODE = "4a"
    MAILED_CODE_HELD = "4b"
    STAFF_LINK = "7"
    FIRST_DEVICE = "first"
    ANOTHER_DEVICE = "another"


CONTESTED_AT_ONCE = {Row.MAILED_CODE, Row.MAILED_CODE_HELD, Row.STAFF_LINK}
BY_PROOF = {
    Proof.AUTHENTICATOR: Row.OLD_AUTHENTICATOR,
    Proof.PASSKEY: Row.PASSKEY,
    Proof.RECOVERY_CODE: Row.RECOVERY_CODE,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """By which row a swap goes through, after how many seconds, and for what risks; or why it does not."""

    row: Row | None
    hold: int = 0
    risks: list[str] = field(default_factory=list)
    refusal: Refusal | None = None

    @property
    def brings_probation(self) -> bool:
        """Whether what was there before is suspended, and changes need an older proof for a while."""
        return self.row in CONTESTED_AT_ONCE


def refused(reason: Reason, **more: object) -> Decision:
    return Decision(None, refusal=Refusal(reason, **more))  # type: ignore[arg-type]


def decide(enrollment: Enrollment, profile: SecurityProfile) -> Decision:
    """The row under which this enrollment, proven as it is, may bind a device, and the wait before it.

    `profile` is the state of the person's account as it is now: inside the swap, the locked row.
    """
    person, rule = enrollment.person, rules.of(enrollment.person)
    if enrollment.proof == Proof.STAFF:
        decision = _by_staff_link(person, enrollment, rule)
    elif profile.is_frozen:
        decision = refused(Reason.FROZEN, until=profile.frozen_until)
    elif enrollment.proof == Proof.MAILED_CODE:
        decision = _by_mailed_code(person, enrollment, profile, rule)
    elif enrollment.proof in BY_PROOF:
        decision = by_own_factor(enrollment, profile, Proof(enrollment.proof), enrollment.proof_since, rule)
    else:
        decision = refused(Reason.NOT_OFFERED)
    return _stricter(decision, enrollment.offered_hold)


def offer_mailed_code(enrollment: Enrollment, profile: SecurityProfile) -> Decision:
    """What a mailed code would come to if it were right: the same decision, asked when the way is offered."""
    return _by_mailed_code(enrollment.person, enrollment, profile, rules.of(enrollment.person))


def decide_after_hold(enrollment: Enrollment, profile: SecurityProfile) -> Decision:
    """The row under which a new device takes over whose wait is over: what closes the way meanwhile closes it still."""
    person = enrollment.person
    if profile.is_frozen and enrollment.proof != Proof.STAFF:
        return refused(Reason.FROZEN, until=profile.frozen_until)
    if person.is_staff and enrollment.proof in (Proof.MAILED_CODE, Proof.RECOVERY_CODE):
        return refused(Reason.NOT_OFFERED)
    row = {Proof.MAILED_CODE: Row.MAILED_CODE_HELD, Proof.STAFF: Row.STAFF_LINK}.get(Proof(enrollment.proof))
    is_another = enrollment.entrance == Entrance.ADD
    return Decision(row or (Row.ANOTHER_DEVICE if is_another else BY_PROOF[Proof(enrollment.proof)]))


def _stricter(decision: Decision, offered_hold: int) -> Decision:
    """The longer of two waits: the one that was told when the way was offered, and the one that is due now."""
    if decision.row is None or offered_hold <= decision.hold:
        return decision
    row = Row.MAILED_CODE_HELD if decision.row == Row.MAILED_CODE else decision.row
    return replace(decision, row=row, hold=offered_hold)


def by_own_factor(
    enrollment: Enrollment, profile: SecurityProfile, proof: Proof, since: datetime | None, rule: Rules | None = None
) -> Decision:
    """Rows 1 to 3, and another device: something the person has is shown, which the account has had since then."""
    rule = rule or rules.of(enrollment.person)
    if refusal := probation(profile, since):
        return Decision(None, refusal=refusal)
    if proof == Proof.RECOVERY_CODE and (refusal := recovery_code(enrollment.person, rule)):
        return Decision(None, refusal=refusal)
    row = Row.ANOTHER_DEVICE if enrollment.entrance == Entrance.ADD else BY_PROOF[proof]
    was_recovered = profile.mail_closed_until is not None and profile.mail_closed_until > risks.now()
    waits = was_recovered and proof != Proof.PASSKEY
    return Decision(row, hold=rule.hold_new_browser if waits else 0)


def recovery_code(person: Person, rule: Rules | None = None) -> Refusal | None:
    """Why a recovery code pairs no device for this person, or None where it does (row 8, and the policies)."""
    allowed = not person.is_staff and (rule or rules.of(person)).allows_recovery_code
    return None if allowed else Refusal(Reason.NOT_OFFERED)


def probation(profile: SecurityProfile, proof_since: datetime | None) -> Refusal | None:
    """Why a change needs an older proof now, or None: what was bound by the last swap does not count for it."""
    if not profile.is_on_probation or profile.probation_since is None:
        return None
    if proof_since is not None and proof_since < profile.probation_since:
        return None
    return Refusal(Reason.ON_PROBATION, until=profile.probation_until)


def _by_mailed_code(person: Person, enrollment: Enrollment, profile: SecurityProfile, rule: Rules) -> Decision:
    """Rows 4a and 4b, and the first device."""
    if enrollment.entrance == Entrance.SET_UP:
        refusal = _first_set_up(person)
        return Decision(None, refusal=refusal) if refusal else Decision(Row.FIRST_DEVICE)
    history = risks.History.of(person, profile, this=enrollment, lane=enrollment.lane)
    if refusal := _closed(person, enrollment.entrance, profile, rule) or risks.closed_by_use(person, history):
        return Decision(None, refusal=refusal)
    found = risks.signals(history, profile)
    if enrollment.comfort and not found:
        return Decision(Row.MAILED_CODE)
    return Decision(Row.MAILED_CODE_HELD, hold=wait_of_mailed_code(person, found, rule), risks=found)


def wait_of_mailed_code(person: Person, signals: list[str], rule: Rules | None = None) -> int:
    """How many seconds row 4b takes; a single address on file lengthens it like a risk signal."""
    is_long = bool(signals) or len(person.notification_addresses()) < 2
    rule = rule or rules.of(person)
    waits = rule.hold_new_browser
    return max(waits, rule.hold_risk) if is_long and conf.HOLD_RISK else waits


def _by_staff_link(person: Person, enrollment: Enrollment, rule: Rules) -> Decision:
    """Row 7: the way back for somebody who has nothing left but the password. It also opens a freeze."""
    if (person.is_staff or rule.needs_second_approver) and not enrollment.second_approver:
        return refused(Reason.NOT_OFFERED)
    return Decision(Row.STAFF_LINK, hold=0 if enrollment.second_approver else rule.hold_risk)


def mailed_code(
    person: Person, entrance: str, profile: SecurityProfile, *, this: Enrollment | None = None, lane: str = ""
) -> Refusal | None:
    """Why a mailed code is no way in for this person now, or None where it is one.

    It never adds a device to others, and never replaces one of staff. Starts and completions are capped (NIST 4.2).
    """
    if entrance == Entrance.SET_UP:
        return _first_set_up(person)
    if refusal := _closed(person, entrance, profile, rules.of(person)):
        return refusal
    return risks.closed_by_use(person, risks.History.of(person, profile, this=this, lane=lane))


def _first_set_up(person: Person) -> Refusal | None:
    """Nothing but a device that is there already, or an address that is too new, stands against a first one."""
    has_one = Authenticator.objects.of(person).paired().exists()
    return Refusal(Reason.NOT_OFFERED) if has_one else risks.closed_by_new_address(person)


def _closed(person: Person, entrance: str, profile: SecurityProfile, rule: Rules) -> Refusal | None:
    """Rows 6 and 8: by the state the account is in."""
    if entrance == Entrance.ADD or person.is_staff or not rule.allows_mailed_code:
        return Refusal(Reason.NOT_OFFERED)
    if profile.is_frozen:
        return Refusal(Reason.FROZEN, until=profile.frozen_until)
    if profile.is_on_probation:
        return Refusal(Reason.ON_PROBATION, until=profile.probation_until)
    if profile.password_exposed_at is not None:
        return Refusal(Reason.PASSWORD_EXPOSED)
    if profile.mail_closed_until is not None and profile.mail_closed_until > risks.now():
        return Refusal(Reason.RECOVERED, until=profile.mail_closed_until)
    return risks.closed_by_new_address(person)
