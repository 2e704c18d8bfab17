"""What is over is erased: secrets nobody can use any more, passwords that prove nothing any more.

Nothing relies on it: whatever is erased here had stopped counting by its own dates before. Rows stay, as a record, but
for passkeys, whose record is their events: without the key the row says nothing.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from security.conf import conf
from security.models import Authenticator, Enrollment, FormerPassword, Passkey, PasskeyChallenge, RecoveryCode


def erase_what_is_over() -> dict[str, int]:
    """Erase sealed secrets and hashes that have outlived their time; says how many of each. Safe to run twice."""
    now = timezone.now()
    contest_is_over = now - timedelta(seconds=conf.CONTEST)
    devices = Authenticator.objects.filter(confirmed=False).exclude(sealed_secret="")
    gone = Q(revoked_at__lte=contest_is_over) | Q(revoked_at=None, suspended_at__lte=contest_is_over)
    open_too_long = Q(held_at=None, expires_at__lte=now)
    lapsed = Q(held_at__isnull=False, lapses_at__lte=now)
    attempts = Enrollment.objects.filter(bound_at=None, ended_at=None).exclude(sealed_secret="")
    void = Q(set__voided_at__lte=contest_is_over) | Q(set__voided_at=None, set__suspended_at__lte=contest_is_over)
    codes = RecoveryCode.objects.filter(void).exclude(hashed="")
    former = FormerPassword.objects.filter(replaced_at__lte=contest_is_over)
    return {
        "devices": devices.filter(gone).update(sealed_secret=""),
        "attempts": attempts.filter(open_too_long | lapsed).update(sealed_secret="", ended_at=now),
        "recovery codes": codes.update(hashed="", sealed_tail=""),
        "passkeys": Passkey.objects.filter(confirmed=False).filter(gone).delete()[0],
        "challenges": PasskeyChallenge.objects.filter(asked_at__lte=now - timedelta(hours=1)).delete()[0],
        "former passwords": former.delete()[0],
    }
