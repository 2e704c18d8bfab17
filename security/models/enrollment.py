"""One attempt to pair a device: a row of facts. What screen it is at follows from the facts (reset/journey.py)."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from security import crypto
from security.models.authenticator import Authenticator
from security.models.session import Session
from security.person import Person
from security.prepared_writes import SavedQuickly


class Entrance(models.TextChoices):
    """Where a journey was entered; it decides which facts are true from the start."""

    RESET = "reset"  # "Reset for a new device"
    SET_UP = "set_up"  # "Enable enhanced security"
    ADD = "add"  # "Add another device"
    SIGN_IN = "sign_in"  # locked out, at the prompt for the authenticator code
    LINK = "link"  # by a link that staff had sent, with the password


class Proof(models.TextChoices):
    """What proved that it is them, besides the password."""

    AUTHENTICATOR = "authenticator"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"
    MAILED_CODE = "mailed_code"
    STAFF = "staff"


class Comfort(models.TextChoices):
    """What speaks for the browser in which a journey was begun. Signals, not factors: they only shorten a wait."""

    NONE = ""
    SESSION = "session"  # a live session that has proven a second factor
    KNOWN = "known"  # a browser in which a second factor was completed days ago


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def of(self, person: Person) -> Self:
        return self.filter(person_id=person.pk)

    def open(self) -> Self:
        """Neither bound nor ended nor held; it may have expired."""
        return self.filter(bound_at=None, ended_at=None, held_at=None)

    def held(self) -> Self:
        """Done but for the wait: the new device takes over after it. It may have lapsed."""
        return self.filter(bound_at=None, ended_at=None, held_at__isnull=False)

    def waiting(self, now: Any = None) -> Self:
        """Held, and not lapsed: ripe or not yet."""
        return self.held().filter(lapses_at__gt=now or timezone.now(), epoch=F("person__security_epoch"))

    def reporting_theft(self, now: Any = None) -> Self:
        """Those by which somebody who proved it says that the old phone was stolen: under way, or waiting."""
        now = now or timezone.now()
        lives = Q(held_at=None, expires_at__gt=now) | Q(lapses_at__gt=now)
        rows = self.filter(device_was_stolen=True, proved_at__isnull=False, bound_at=None, ended_at=None)
        return rows.filter(lives, epoch=F("person__security_epoch"))

    def alive(self) -> Self:
        return self.open().filter(expires_at__gt=timezone.now())


class Enrollment(SavedQuickly, models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrollments")
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="enrollments")
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    epoch = models.IntegerField()
    entrance = models.CharField(max_length=10, choices=Entrance)
    replaces = models.ForeignKey(Authenticator, on_delete=models.CASCADE, null=True, related_name="enrollments")
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    sealed_secret = models.TextField(blank=True)
    name = models.CharField(max_length=64, blank=True)
    address = models.EmailField(blank=True)
    proof = models.CharField(max_length=20, choices=Proof, blank=True)
    device_was_stolen = models.BooleanField(default=False)
    comfort = models.CharField(max_length=10, choices=Comfort, blank=True)
    offered_hold = models.PositiveIntegerField(default=0)  # the wait that was told when this way was offered, seconds
    lane = models.CharField(max_length=20, blank=True)  # whose failures these are: a known browser's, or everybody's
    proof_since = models.DateTimeField(null=True)  # how old the factor is that proved
    second_approver = models.BooleanField(default=False)

    # The facts, in the order of the screens.
    email_confirmed_at = models.DateTimeField(null=True)
    password_confirmed_at = models.DateTimeField(null=True)
    mail_chosen_at = models.DateTimeField(null=True)
    code_promised_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    result_read_at = models.DateTimeField(null=True)
    app_ready_at = models.DateTimeField(null=True)
    scanned_at = models.DateTimeField(null=True)
    bound_at = models.DateTimeField(null=True)

    held_at = models.DateTimeField(null=True)
    ripens_at = models.DateTimeField(null=True)
    lapses_at = models.DateTimeField(null=True)
    held_step = models.BigIntegerField(null=True)  # the time step of the code that confirmed the new device

    bound = models.OneToOneField(Authenticator, on_delete=models.SET_NULL, null=True, related_name="enrollment")
    ended_at = models.DateTimeField(null=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(bound_at=None, ended_at=None, held_at=None),
                name="one_open_enrollment_a_person",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(bound_at=None, ended_at=None, held_at__isnull=False),
                name="one_held_enrollment_a_person",
            ),
            models.CheckConstraint(
                condition=Q(held_at=None)
                | Q(
                    scanned_at__isnull=False, ripens_at__isnull=False, lapses_at__isnull=False, held_step__isnull=False
                ),
                name="held_with_a_device_and_an_end",
            ),
            models.CheckConstraint(
                condition=Q(bound_at=None) | Q(proved_at__isnull=False),
                name="never_bound_unproved",
            ),
            models.CheckConstraint(
                condition=Q(proved_at=None) | ~Q(proof=""),
                name="what_is_proved_was_proved_by_something",
            ),
        ]
        indexes = [models.Index(fields=["session", "-id"], name="enrollments_of_session")]

    def __str__(self) -> str:
        return f"enrollment {self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.bound_at is None and self.ended_at is None and self.held_at is None

    @property
    def is_waiting(self) -> bool:
        """Held, ripe or not, and not lapsed."""
        is_held = self.held_at is not None and self.bound_at is None and self.ended_at is None
        return is_held and self.lapses_at is not None and self.lapses_at > timezone.now()

    @property
    def is_ripe(self) -> bool:
        """Whether the first right code of the new device makes the swap now."""
        return self.is_waiting and self.ripens_at is not None and self.ripens_at <= timezone.now()

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def secret(self) -> bytes:
        """The pending secret. Raises crypto.Unsealable once the enrollment is over."""
        return crypto.unseal(self.sealed_secret, bound_to=f"enrollment {self.public_id}")

    @property
    def can_be_unsealed(self) -> bool:
        """Whether the keyring still has the key of the pending secret, and nobody altered it."""
        try:
            return bool(self.secret)
        except crypto.Unsealable:
            return False

    def seal(self, secret: bytes) -> None:
        """Keep this secret, tied to this row."""
        self.sealed_secret = crypto.seal(secret, bound_to=f"enrollment {self.public_id}")
