"""The people of the demo."""

import base64

from django.utils import timezone

from accounts.models import User
from config.demo import phones
from config.demo.models import PhoneEntry
from security import crypto
from security.models import Authenticator
from security.models.enrollment import Proof

PASSWORD = "correct horse battery staple"  # noqa: S105
ACCOUNTS = [
    ("owner@example.com", "Robin Owner", "has Enhanced Security on; the code is on the old phone"),
    ("new@example.com", "Noa New", "has Enhanced Security off"),
    ("staff@example.com", "Sam Staff", "is staff, with Enhanced Security on"),
]


def people() -> None:
    """Make the accounts that are not there yet."""
    for email, name, _ in ACCOUNTS:
        if User.objects.filter(email=email).exists():
            continue
        is_staff = email.startswith("staff")
        user = User.objects.create_user(email, PASSWORD, name=name, is_staff=is_staff)
        if not email.startswith("new"):
            _give_old_phone(user)


def _give_old_phone(user: User) -> None:
    secret = crypto.totp_secret()
    device = Authenticator(
        user=user, name=PhoneEntry.OLD, last_step=-1, proof=Proof.MAILED_CODE, bound_at=timezone.now()
    )
    device.seal(secret)
    device.save()
    phones.add(PhoneEntry.OLD, user.email, base64.b32encode(secret).decode())
