"""The record of what happened. Rows are added by events.record and never changed or deleted."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import connections, models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from security import crypto
from security.prepared_writes import SavedQuickly


class Kind(models.TextChoices):
    """Everything that is ever recorded: `noun.past_participle`, and what people read."""

    ACCOUNT_CREATED = "account.created", _("Account created")
    ACCOUNT_FROZEN = "account.frozen", _("Account frozen")
    PROFILE_CHANGED = "profile.changed", _("Personal info changed")
    ACCOUNT_THAWED = "account.thawed", _("Account opened again")
    SESSION_STARTED = "session.started", _("Signed in")
    SESSION_ENDED = "session.ended", _("Signed out")
    SESSIONS_ENDED = "sessions.ended", _("Signed out everywhere else")
    STEP_UP_PASSED = "step_up.passed", _("Identity confirmed again")
    LIMIT_REACHED = "limit.reached", _("Too many tries from one network")

    PASSWORD_CHOSEN = "password.chosen", _("First password chosen")
    PASSWORD_CHANGED = "password.changed", _("Password changed")
    PASSWORD_RECOVERED = "password.recovered", _("Forgotten password replaced")
    PASSWORD_EXPOSED = "password.exposed", _("Password found to be known to others")
    PASSWORD_REFUSED = "password.refused", _("Wrong password")
    PASSWORD_CONFIRMED = "password.confirmed", _("Password confirmed")
    PASSWORD_LINK_PROMISED = "password_link.promised", _("Link for a forgotten password sent by e-mail")

    ENROLLMENT_STARTED = "enrollment.started", _("Reset for a new device started")
    ENROLLMENT_PROVED = "enrollment.proved", _("Identity proved for a new device")
    ENROLLMENT_HELD = "enrollment.held", _("New device waits before it takes over")
    ENROLLMENT_SUPERSEDED = "enrollment.superseded", _("Reset for a new device replaced by a newer one")
    ENROLLMENT_CANCELLED = "enrollment.cancelled", _("Reset for a new device cancelled")
    VERIFICATION_CODE_PROMISED = "verification_code.promised", _("Verification code sent by e-mail")
    VERIFICATION_CODE_REFUSED = "verification_code.refused", _("Wrong verification code")
    AUTHENTICATOR_CODE_REFUSED = "authenticator_code.refused", _("Wrong code from the authenticator app")
    AUTHENTICATOR_BOUND = "authenticator.bound", _("Device added")
    AUTHENTICATOR_REPLACED = "authenticator.replaced", _("Device replaced")
    REPLACEMENT_REQUIRED = "replacement.required", _("Replacing every device asked for")
    AUTHENTICATOR_RENAMED = "authenticator.renamed", _("Device renamed")
    AUTHENTICATOR_REMOVED = "authenticator.removed", _("Device removed")

    RECOVERY_CODES_MADE = "recovery_codes.made", _("New recovery codes made")
    RECOVERY_CODES_REHEARSED = "recovery_codes.rehearsed", _("Recovery codes checked")
    RECOVERY_CODE_USED = "recovery_code.used", _("Recovery code used")
    RECOVERY_CODE_REFUSED = "recovery_code.refused", _("Wrong recovery code")

    PASSKEY_ADDED = "passkey.added", _("Passkey added")
    PASSKEY_RENAMED = "passkey.renamed", _("Passkey renamed")
    PASSKEY_REMOVED = "passkey.removed", _("Passkey removed")
    PASSKEY_REFUSED = "passkey.refused", _("Passkey not accepted")
    PASSKEY_COPIED = "passkey.copied", _("A passkey may have been copied")

    BROWSER_TRUSTED = "browser.trusted", _("Browser trusted")
    BROWSER_DISTRUSTED = "browser.distrusted", _("Browser no longer trusted")
    BROWSERS_DISTRUSTED = "browsers.distrusted", _("No browser is trusted any more")
    BROWSER_COPIED = "browser.copied", _("Trust in a browser was misused")

    ADDRESS_CHANGE_STARTED = "address_change.started", _("New address entered")
    ADDRESS_CHANGE_STOPPED = "address_change.stopped", _("New address stopped")
    ADDRESS_CHANGED = "address.changed", _("Address changed")
    ADDRESS_REMOVED = "address.removed", _("Recovery address removed")

    LIMITS_LIFTED = "limits.lifted", _("Waits after wrong answers lifted")

    SUPPORT_ASKED = "support.asked", _("Support was asked for help")
    DEVICE_REQUIRED = "device.required", _("Enhanced Security asked for")
    CASE_CLOSED = "case.closed", _("Case of support closed")
    GROUPS_CHANGED = "groups.changed", _("Groups changed")
    ROLES_CHANGED = "roles.changed", _("Role at this site changed")
    ASSISTED_RESET_REQUESTED = "assisted_reset.requested", _("Support asked to send a link for a new device")
    ASSISTED_RESET_DECLINED = "assisted_reset.declined", _("Link for a new device declined")
    ASSISTED_RESET_STARTED = "assisted_reset.started", _("Support sent a link for a new device")

    # Of no person: what staff and operators do to the site as a whole.
    POLICY_CHANGED = "policy.changed", _("Policy of a group changed")
    CAMPAIGN_STARTED = "campaign.started", _("Campaign started")
    CAMPAIGN_STOPPED = "campaign.stopped", _("Campaign stopped")
    PORTAL_CHANGED = "portal.changed", _("Links or announcements changed")
    EVENTS_EXPORTED = "events.exported", _("Events exported")
    KEYS_ROTATED = "keys.rotated", _("Secrets sealed anew")
    ROWS_PURGED = "rows.purged", _("Old records removed")
    BACKUP_RESTORED = "backup.restored", _("Backup restored")


ACTORS = [("self", _("the owner")), ("staff", _("staff")), ("system", _("operator"))]


class EventQuerySet(models.QuerySet["Event"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are added, never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Events are never deleted.")

    def purge(self) -> int:
        """Remove these, which are older than anybody may ask about; says how many. The one way past the trigger, open
        to nobody but the owner of the table.
        """
        with transaction.atomic(using=self.db):
            connection = connections[self.db]
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL rekey.purges = 'on'")
            return int(self._raw_delete(self.db) or 0)


class Event(SavedQuickly, models.Model):
    # Nobody's, where the address that was typed has no account: the same row is written all the same.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="events", verbose_name=_("account")
    )
    kind = models.CharField(_("what happened"), max_length=40, choices=Kind)
    at = models.DateTimeField(_("when"), default=timezone.now)
    actor = models.CharField(_("who acted"), max_length=10, choices=ACTORS)
    actor_name = models.CharField(_("their name"), max_length=254, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True)
    browser = models.CharField(_("browser"), max_length=120, blank=True)
    enrollment_id = models.CharField(_("attempt"), max_length=24, blank=True)
    public_id = models.CharField(max_length=24, unique=True, default=crypto.public_id)
    position = models.PositiveIntegerField(default=0)  # in the person's chain, from 1
    mac = models.CharField(max_length=100, blank=True)  # over this event and the MAC before it (see chain.py)
    detail = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ("view",)
        permissions = [("export_events", _("Can export events"))]
        indexes = [
            models.Index(fields=["person", "-at"], name="events_of_person"),
            models.Index(fields=["kind", "-id"], name="events_of_a_kind"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "position"],
                condition=models.Q(position__gt=0),
                name="one_event_a_place_in_the_chain",
            )
        ]

    def __str__(self) -> str:
        return f"{Kind(self.kind).label}, {date_format(timezone.localtime(self.at), 'DATETIME_FORMAT')}"

    def save(self, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("Events are added, never changed.")
        super().save(**kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are never deleted.")
