"""Making accounts."""

import unicodedata

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from accounts.models import User
from security import events
from security.actor import Actor
from security.models import Kind


class AddressTaken(Exception):
    """There is an account of this address already."""


def create(
    email: str,
    password: str | None,
    *,
    actor: Actor,
    name: str = "",
    language: str = "",
    is_staff: bool = False,
    is_superuser: bool = False,
) -> User:
    """An account whose owner is told by mail; without a password, the mail has the link to choose one.

    Raises AddressTaken, and django's ValidationError for a password that breaks the rules.
    """
    user = User(email=email.strip(), name=name, language=language, is_staff=is_staff, is_superuser=is_superuser)
    user.full_clean(exclude=["password"], validate_constraints=False)
    if User.objects.filter(email__iexact=user.email).exists():
        raise AddressTaken(user.email)
    if password is not None:
        password = unicodedata.normalize("NFC", password)  # as it will be typed into a field
        validate_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():  # with a savepoint, because the error is caught
            User.objects.add(user)
            invited = password is None
            events.record(Kind.ACCOUNT_CREATED, user, actor, by_invitation=invited, epoch=user.security_epoch)
    except IntegrityError:  # somebody was quicker
        raise AddressTaken(user.email) from None
    return user
