"""The first password of an account that somebody else made: chosen by its owner, by a link in a mail."""

from django.contrib.auth.password_validation import validate_password
from django.db.models import F

from accounts.models import User
from security import events, links
from security.actor import Actor
from security.conf import conf
from security.models import Kind, SecurityProfile
from security.transactions import atomic


def opened(token: str) -> User | None:
    """Whom this link invites; None once it was used, has expired, or never was one."""
    message = links.opened(token, what="invitation", lifetime=conf.INVITATION_LIFETIME)
    return message.person if message else None


def accept(token: str, new_password: str, *, actor: Actor) -> User | None:
    """Give the account its password and use the link up; signs nobody in. None for a link that is no longer good.

    Raises django's ValidationError for a password that breaks the rules.
    """
    person = opened(token)
    if person is None:
        return None
    validate_password(new_password, person)
    person.set_password(new_password)  # slow on purpose, so outside the transaction
    with atomic():
        SecurityProfile.objects.lock(person)
        if opened(token) is None:
            return None
        User.objects.filter(pk=person.pk).update(password=person.password, security_epoch=F("security_epoch") + 1)
        person.security_epoch += 1
        events.record(Kind.PASSWORD_CHOSEN, person, actor)
    return person
