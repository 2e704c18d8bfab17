"""Failures of a factor: counted before the answer is looked at, so that parallel guesses cannot outrun the count.

Five are free, then the waits double from 30 seconds to at most an hour, so nobody can lock an owner out for days; 50 a
day is the end (NIST SP 800-63B-4 3.2.2, ASVS 6.3.1). Counters belong to the person and the factor, never to a session
or an IP address, and never to another factor.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, Func, JSONField, Q, QuerySet
from django.utils import timezone

from security import crypto, refused, transactions
from security.conf import conf
from security.models.throttle import Factor, Throttle
from security.person import Person
from security.prepared import Prepared, is_like, text
from security.prepared_writes import Update, insert_unless_there
from security.refusals import Reason, Refusal
from security.transactions import at_hand, atomic, once

DAY = 86400
COUNTED = ("failures", "failed_at", "closed_until")
SECOND_FACTORS = (Factor.AUTHENTICATOR, Factor.RECOVERY_CODE, Factor.PASSKEY)


def of_person(person: Person, lane: str = "") -> str:
    """The subject under which a person's factors are counted; a known browser has a lane of its own."""
    return f"{person.pk}{lane}"


def of_address(address: str, lane: str = "") -> str:
    """The subject under which passwords for an address are counted, whether or not it has an account."""
    return crypto.derive("throttled address", address.strip().lower()).hex() + lane


def of_codes(person: Person) -> list[Throttle]:
    """The counters of this person's second factors and mailed codes, in every lane."""
    transactions.write_now()
    return OF_CODES.all(subject=of_person(person), lanes=of_person(person, "~%"))


def _of_codes() -> QuerySet[Throttle]:
    rows = Throttle.objects.filter(factor__in=(Factor.MAILED_CODE, *SECOND_FACTORS))
    return rows.filter(Q(subject=text("subject")) | Q(is_like("subject", "lanes")))


OF_CODES = Prepared(_of_codes)


def of_anything_of(rows: QuerySet[Throttle], person: Person) -> QuerySet[Throttle]:
    """The counters of all factors, the password of their address among them, in every lane."""
    return rows.filter(_in_any_lane(of_person(person)) | _in_any_lane(of_address(person.email)))


def _in_any_lane(subject: str) -> Q:
    return Q(subject=subject) | Q(subject__startswith=f"{subject}~")


def _hold(subject: str, factor: Factor, first: datetime | None = None) -> Throttle:
    """The row, locked until the transaction ends, and made if there is none: then with its `first` failure at once."""
    return once((Throttle, subject, factor), lambda: _read(_locked(subject, factor) or _made(subject, factor, first)))


def _read(row: Throttle) -> Throttle:
    row.as_written = {column: getattr(row, column) for column in COUNTED}
    return row


LOCKED = Prepared(lambda: Throttle.objects.select_for_update().filter(subject=text("subject"), factor=text("factor")))


def _locked(subject: str, factor: Factor) -> Throttle | None:
    return LOCKED.first(subject=subject, factor=str(factor))


def _made(subject: str, factor: Factor, first: datetime | None) -> Throttle:
    row = Throttle(subject=subject, factor=factor)
    if first:
        _count(row, first)
        row.is_counted = True
    found = row if insert_unless_there(row) else _locked(subject, factor)
    assert found is not None  # noqa: S101  (somebody else's, if not ours)
    return found


def attempt(subject: str, factor: Factor) -> Refusal | None:
    """Count one failure in advance and let it pass, or say until when this factor is closed.

    Call `succeeded` when the answer was right. The row stays locked until the caller's transaction ends, and what is
    counted and taken back within it is never written.
    """
    now, is_part = timezone.now(), transactions.is_under_way()
    with atomic():
        row = _hold(subject, factor, None if is_part else now)
        if row.is_counted:
            row.is_counted = False
        elif row.closed_until and row.closed_until > now:
            refused.note("limit.reached", factor=str(factor), subject=subject)
            return Refusal(Reason.WAIT, until=row.closed_until)
        else:
            _count(row, now)
            _keep(row)
    return None


def _keep(row: Throttle) -> None:
    """Have it written at the end of the transaction."""
    columns = {column: getattr(row, column) for column in COUNTED}
    transactions.write((Throttle, row.pk), columns, partial(_write, row))


def _write(row: Throttle, columns: dict[str, Any]) -> None:
    if columns != row.as_written:
        row.save(update_fields=COUNTED)
        row.as_written = columns


def _count(row: Throttle, now: datetime) -> None:
    recent = [at for at in row.failed_at if at > now.timestamp() - DAY]
    row.failures = row.failures + 1 if recent else 1  # a day without a failure, and the first five are free again
    row.failed_at = [*recent, now.timestamp()]
    row.closed_until = _closed_until(row, now)


def _closed_until(row: Throttle, now: datetime) -> datetime | None:
    a_day = conf.CODE_FAILURES_A_DAY if row.factor == Factor.MAILED_CODE else conf.FAILURES_A_DAY
    if len(row.failed_at) >= a_day:
        return datetime.fromtimestamp(row.failed_at[-a_day] + DAY, UTC)
    beyond = row.failures - conf.FAILURES_FREE
    if beyond < 0 or row.factor == Factor.MAILED_CODE:  # a mailed code dies after five tries of its own
        return None
    wait = min(conf.FAILURE_WAIT * 2 ** min(beyond, 20), conf.FAILURE_WAIT_LONGEST)
    return now + timedelta(seconds=wait)


@atomic()
def succeeded(subject: str, factor: Factor) -> None:
    """Take back the failure that `attempt` counted; what went before it in 24 hours stays as evidence only."""
    row = at_hand((Throttle, subject, factor))
    if row is None:  # counted in a transaction that is over
        TAKEN_BACK({}, subject=subject, factor=str(factor))
        return
    row.failures, row.failed_at, row.closed_until = 0, row.failed_at[:-1], None
    _keep(row)


class _ButTheLast(Func):
    """A list of JSON without its last entry."""

    template = "(%(expressions)s - -1)"

    def as_sqlite(self, compiler: Any, connection: Any, **how: Any) -> Any:
        return self.as_sql(compiler, connection, template="json_remove(%(expressions)s, '$[#-1]')", **how)


TAKEN_BACK = Update(
    lambda: Throttle.objects.filter(subject=text("subject"), factor=text("factor")),
    failures=0,
    failed_at=_ButTheLast(F("failed_at"), output_field=JSONField()),
    closed_until=None,
)


def closed(subject: str, factor: Factor) -> Refusal | None:
    """Whether this factor is closed at the moment, without counting anything."""
    row = Throttle.objects.filter(subject=subject, factor=factor, closed_until__gt=timezone.now()).first()
    return Refusal(Reason.WAIT, until=row.closed_until) if row else None
