"""One row a person: the lock that orders everything that happens to their security, and the state it is in."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security import transactions
from security.person import Person
from security.prepared import Prepared, number
from security.prepared_writes import SavedQuickly


class ProfileManager(models.Manager["SecurityProfile"]):
    def lock(self, person: Person) -> "SecurityProfile":
        """Hold this person's row until the transaction ends; the first lock in the order every flow keeps."""
        profile = transactions.once((SecurityProfile, person.pk), lambda: self._locked(person.pk))
        transactions.once((SecurityProfile, 0), lambda: None)  # who turns out to be nobody now has cost as much
        return profile

    def _locked(self, person_id: int) -> "SecurityProfile":
        found = LOCKED.first(person=person_id)
        return found or self.select_for_update().get_or_create(person_id=person_id)[0]

    def lock_nobody(self) -> None:
        """The same statement, for an address that has no account."""
        transactions.once((SecurityProfile, 0), lambda: LOCKED.first(person=0))

    def read_with(self, person: Any) -> "SecurityProfile":
        """The state as it was read together with this person, in one statement."""
        profile: SecurityProfile | None = getattr(person, "security_profile", None)
        return profile or SecurityProfile(person_id=person.pk)

    def of(self, person: Person) -> "SecurityProfile":
        """The state as it is now, to look at: an account without a row has never been in any."""
        return NOW.first(person=person.pk) or SecurityProfile(person_id=person.pk)


BY_THE_CHAIN = {"chain_head", "chain_length", "chain_anchor"}
BY_THE_CHAIN |= {"address_replaced_at", "last_reset_at", "last_wrong_at", "has_other_ways"}


class SecurityProfile(SavedQuickly, models.Model):
    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="security_profile")
    created_at = models.DateTimeField(auto_now_add=True)

    frozen_at = models.DateTimeField(null=True)
    frozen_until = models.DateTimeField(null=True)
    contested_event = models.ForeignKey("security.Event", on_delete=models.PROTECT, null=True, related_name="+")

    probation_since = models.DateTimeField(null=True)  # when the device was swapped that is on probation
    probation_until = models.DateTimeField(null=True)
    mail_closed_until = models.DateTimeField(null=True)  # a mailed code is no way in until then
    mail_refused_at = models.DateTimeField(null=True)  # the last time that a mail came back
    password_exposed_at = models.DateTimeField(null=True)  # somebody else may know the password: another is due

    replace_before = models.DateTimeField(null=True)  # whatever device is older has to be replaced at the next sign-in

    # What need not be looked for (chain.REMEMBERED). Of accounts from before these columns nobody knows: there all is.
    address_replaced_at = models.DateTimeField(null=True, default=None, db_default=Now())
    last_reset_at = models.DateTimeField(null=True, default=None, db_default=Now())
    last_wrong_at = models.DateTimeField(null=True, default=None, db_default=Now())
    has_other_ways = models.BooleanField(default=True, db_default=True)  # or once had

    chain_head = models.CharField(max_length=100, blank=True)  # seals the person's last event (see chain.py)
    chain_length = models.PositiveIntegerField(default=0)
    chain_anchor = models.CharField(max_length=250, blank=True)  # where it begins, once its oldest part was purged

    objects = ProfileManager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("see_account", _("Can see how an account stands")),
            ("end_sessions", _("Can sign somebody out everywhere")),
            ("unlock", _("Can end waits after wrong answers")),
            ("start_reset", _("Can have a link for a new device sent")),
            ("approve_reset", _("Can approve a link for a new device")),
            ("freeze", _("Can freeze and thaw an account")),
            ("require_replacement", _("Can have somebody replace their devices")),
            ("put_in_groups", _("Can say which groups somebody belongs to")),
            ("expose_password", _("Can let a password open nothing any more")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(frozen_at=None, frozen_until=None)
                | models.Q(frozen_at__isnull=False, frozen_until__isnull=False),
                name="a_freeze_has_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"security of {self.person_id}"

    def save(self, **kwargs: Any) -> None:
        """The chain is written by chain.append alone: a copy that was read before it must not put it back."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            columns = {field.name for field in self._meta.concrete_fields if not field.primary_key}
            kwargs["update_fields"] = columns - BY_THE_CHAIN
        super().save(**kwargs)

    def change(self, **columns: Any) -> None:
        """Write these columns and no others: the chain grows while a flow holds a copy of the row."""
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=list(columns))

    @property
    def is_frozen(self) -> bool:
        """Whether nobody gets in: it ends by itself, or by a thaw."""
        return self.frozen_until is not None and self.frozen_until > timezone.now()

    @property
    def must_change_password(self) -> bool:
        """Whether nothing else opens until there is another password. On probation nobody could change it."""
        return self.password_exposed_at is not None and not self.is_on_probation

    @property
    def is_on_probation(self) -> bool:
        """Whether changes need a proof that is older than the last swap."""
        return self.probation_until is not None and self.probation_until > timezone.now()

    def was_reset_within(self, span: timedelta) -> bool:
        """Whether a device was replaced, or was about to be, that lately; also where nobody knows."""
        return self.last_reset_at is not None and self.last_reset_at > timezone.now() - span

    def was_wrong_within(self, span: timedelta) -> bool:
        """Whether a second factor or a mailed code was wrong that lately; also where nobody knows."""
        return self.last_wrong_at is not None and self.last_wrong_at > timezone.now() - span

    @property
    def proof_older_than(self) -> datetime | None:
        """What a proof has to be older than: the last swap, on probation; else any will do."""
        return self.probation_since if self.is_on_probation else None


LOCKED = Prepared(lambda: SecurityProfile.objects.select_for_update().filter(person_id=number("person")))
NOW = Prepared(lambda: SecurityProfile.objects.filter(person_id=number("person")))
