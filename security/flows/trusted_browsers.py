"""Browsers that are not asked for a second factor for 14 days, because their person said so in each of them.

NIST SP 800-63B-4 5.1 has no such thing; that we do is written down as a deviation in docs/threat-model.md. What such a
session proves is one factor, and whatever needs a second one asks for it.
"""

from datetime import timedelta

from django.utils import timezone

from security import crypto, events
from security.actor import Actor
from security.conf import conf
from security.models import Kind, SecurityProfile, Session, TrustedBrowser
from security.person import Person
from security.refusals import Reason, Refusal
from security.transactions import atomic

SPENT_KEPT = 60


def may_be_trusted(person: Person) -> bool:
    """Never for staff, never on probation."""
    return not person.is_staff and not person.security_profile.is_on_probation  # type: ignore[attr-defined]


@atomic()
def trust(person: Person, *, actor: Actor) -> str | None:
    """The token this browser shows the next time, good once; None where no browser may be trusted.

    Called at a sign-in that has just proven a second factor. With more than five, the oldest goes.
    """
    profile = SecurityProfile.objects.lock(person)
    if person.is_staff or profile.is_on_probation:
        return None
    token, now = crypto.token(), timezone.now()
    row = TrustedBrowser.objects.create(
        person_id=person.pk,
        epoch=person.security_epoch,
        token_digest=crypto.digest(token),
        browser=actor.browser,
        address=actor.address,
        expires_at=now + timedelta(seconds=conf.TRUSTED_BROWSER),
    )
    live = TrustedBrowser.objects.of(person).live().order_by("-added_at").values_list("pk", flat=True)
    TrustedBrowser.objects.filter(pk__in=list(live[conf.TRUSTED_BROWSERS :])).update(revoked_at=now)
    events.record(Kind.BROWSER_TRUSTED, person, actor, browser=actor.browser, until=row.expires_at.timestamp())
    return token


@atomic()
def recognise(person: Person, token: str, *, actor: Actor) -> tuple[TrustedBrowser, str] | Refusal | None:
    """The trusted browser whose token this is, and the next token; None if this person is to be asked for a factor.

    A token is good once. Its predecessor stays good until the successor was shown, because an answer may get lost on
    its way; after that it can only be a copy: every trusted browser of the person ends with what was opened by trust
    alone, they are told, and the refusal says so. What calls itself another browser than the one that was trusted is
    asked as well.
    """
    if not token or person.is_staff:
        return None
    profile = SecurityProfile.objects.lock(person)
    digest = crypto.digest(token)
    rows = TrustedBrowser.objects.of(person).live().select_for_update(of=("self",))
    row = next((row for row in rows if row.is_shown_by(digest)), None)
    if row is None:
        was_spent = any(digest in kept.spent_digests for kept in rows)
        return _end_as_copied(person, actor) if was_spent else None
    if profile.is_frozen or row.browser != actor.browser:
        return None
    successor = _rotate(row, token)
    row.address = actor.address
    row.save()
    return row, successor


def _rotate(row: TrustedBrowser, token: str) -> str:
    """The token after this one; of two requests that race with one token both get the same, whichever answer is last.

    Asked again later, with an answer lost in between, it is another one, and what was lost must never be shown.
    """
    digest, now = crypto.digest(token), timezone.now()
    since = now - timedelta(seconds=conf.SESSION_GRACE)
    races = digest == row.shown_digest and row.last_used_at is not None and row.last_used_at > since
    if not races:
        left_behind = row.shown_digest if digest == row.token_digest else row.token_digest
        row.spent_digests = [*filter(None, [*row.spent_digests, left_behind])][-SPENT_KEPT:]
        row.shown_digest, row.last_used_at = digest, now
    assert row.last_used_at is not None  # noqa: S101
    successor = crypto.derive("trust token", token, row.public_id, row.last_used_at.isoformat()).hex()
    row.token_digest = crypto.digest(successor)
    return successor


def _end_as_copied(person: Person, actor: Actor) -> Refusal:
    ended = TrustedBrowser.objects.of(person).live().update(revoked_at=timezone.now())
    Session.objects.of(person).filter(trusted_browser__isnull=False).delete()
    events.record(Kind.BROWSER_COPIED, person, actor, browsers_ended=ended)
    return Refusal(Reason.BROWSER_COPIED)


def listed(person: Person, *, token: str) -> list[tuple[TrustedBrowser, bool]]:
    """The browsers that are trusted now, the newest first, each with whether it is the one that has this token."""
    digest = crypto.digest(token)
    rows = TrustedBrowser.objects.of(person).live().order_by("-added_at", "-pk")
    return [(row, row.is_shown_by(digest)) for row in rows]


@atomic()
def revoke(person: Person, public_id: str, *, actor: Actor) -> bool:
    """Ask this browser for a second factor again; says whether it was this person's and trusted."""
    SecurityProfile.objects.lock(person)
    if not crypto.is_public_id(public_id):
        return False
    row = TrustedBrowser.objects.of(person).live().filter(public_id=public_id).first()
    if row is None:
        return False
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    events.record(Kind.BROWSER_DISTRUSTED, person, actor, browser=row.browser)
    return True


@atomic()
def revoke_all(person: Person, *, actor: Actor) -> int:
    """Ask every browser for a second factor again; says how many were trusted."""
    SecurityProfile.objects.lock(person)
    ended = TrustedBrowser.objects.of(person).live().update(revoked_at=timezone.now())
    if ended:
        events.record(Kind.BROWSERS_DISTRUSTED, person, actor, browsers_ended=ended)
    return ended
