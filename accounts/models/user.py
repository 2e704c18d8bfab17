"""The person: an e-mail address is the name they sign in with."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.validators import validate_ascii_address
from security.conf import conf
from security.prepared_writes import SavedQuickly


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        rows = self.select_related("security_profile")  # whoever signs in needs it next
        return rows.get(email__iexact=(username or "").strip())

    def create_user(self, email: str, password: str | None = None, **columns: Any) -> "User":
        """A person with the security profile that every person has."""
        user = self.model(email=email.strip(), **columns)
        user.set_password(password)  # slow on purpose, so outside the transaction
        return self.add(user)

    @transaction.atomic
    def add(self, user: "User") -> "User":
        """Keep a new person. Raises IntegrityError for an address that is taken."""
        from security.models import SecurityProfile  # passkeys, among these models, need this one

        user.save(using=self._db)
        SecurityProfile.objects.create(person=user, has_other_ways=False)
        return user

    def create_superuser(self, email: str, password: str | None = None, **columns: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **columns)


class User(SavedQuickly, AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    email = models.EmailField(_("e-mail address"), validators=[validate_email, validate_ascii_address])
    email_confirmed_at = models.DateTimeField(default=timezone.now)
    email_changed_at = models.DateTimeField(null=True, blank=True)  # none: it is the account's first address
    recovery_email = models.EmailField(
        _("recovery address"), blank=True, validators=[validate_email, validate_ascii_address]
    )
    recovery_email_confirmed_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    # While they are empty, pages follow the browser, and times are told by the site's own clock.
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    closed_announcements = models.JSONField(default=list, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    last_login = None  # the record of events has it, and signing in writes one row less
    joined_at = models.DateTimeField(_("member since"), default=timezone.now)
    security_epoch = models.IntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        default_permissions = ("view",)
        permissions = [("assign_roles", _("Can say who is staff, and what they may do"))]
        constraints = [
            # Upper, because that is what __iexact asks for: one index keeps the promise and finds the row.
            models.UniqueConstraint(Upper("email"), name="one_account_an_address"),
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()

    def notification_addresses(self) -> list[str]:
        """Every confirmed address, the primary one first."""
        also = [self.recovery_email] if self.recovery_email and self.recovery_email_confirmed_at else []
        return [self.email, *also]

    def seasoned_addresses(self) -> list[str]:
        """Those that may receive what opens the account: the first one it had, or confirmed seven days ago."""
        day = timezone.now() - timedelta(seconds=conf.MAIL_CLOSED)
        is_primary = self.email_changed_at is None or self.email_changed_at <= day
        since = self.recovery_email_confirmed_at
        is_recovery = bool(self.recovery_email) and since is not None and since <= day
        return [*[self.email][:is_primary], *[self.recovery_email][:is_recovery]]

    def seasoned_from(self) -> datetime | None:
        """From when on one of them is."""
        times = [self.email_changed_at, self.recovery_email_confirmed_at if self.recovery_email else None]
        known = [at for at in times if at is not None]
        return min(known) + timedelta(seconds=conf.MAIL_CLOSED) if known else None

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Sessions die with a change of the password or of the epoch, whichever comes first."""
        stamped = f"{self.security_epoch} {self.password}"
        return salted_hmac("accounts.User.session", stamped, secret=secret, algorithm="sha256").hexdigest()
