"""What staff may do: three roles, as groups with permissions, each with no more than it needs (ASVS 8.2.1)."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import router
from django.utils.translation import gettext_lazy as _

SUPPORT, SECURITY, ADMINISTRATOR = "support", "security", "administrator"
LABELS = {SUPPORT: _("Support"), SECURITY: _("Security"), ADMINISTRATOR: _("Administrator")}

_SUPPORT = """
    security.see_account security.end_sessions security.unlock security.start_reset security.view_supportcase
    security.view_assistedreset
    security.close_case accounts.view_user
"""
_SECURITY = """
    security.see_figures security.approve_reset security.freeze security.expose_password security.view_event
    security.export_events security.view_outboxmessage security.view_grouppolicy security.change_grouppolicy
    security.put_in_groups
    security.require_replacement security.view_campaign security.start_campaign
"""
_ADMINISTRATOR = """
    accounts.assign_roles
    accounts.add_portallink accounts.change_portallink accounts.delete_portallink accounts.view_portallink
    accounts.add_portallinktext accounts.change_portallinktext accounts.delete_portallinktext
    accounts.view_portallinktext
    accounts.add_announcement accounts.change_announcement accounts.delete_announcement accounts.view_announcement
    accounts.add_announcementtext accounts.change_announcementtext accounts.delete_announcementtext
    accounts.view_announcementtext
"""
# Each role has what the one before it has.
PERMISSIONS = {
    SUPPORT: frozenset(_SUPPORT.split()),
    SECURITY: frozenset((_SUPPORT + _SECURITY).split()),
    ADMINISTRATOR: frozenset((_SUPPORT + _SECURITY + _ADMINISTRATOR).split()),
}
RANKS = {SUPPORT: 2, SECURITY: 3, ADMINISTRATOR: 4}


def make(using: str = "default", **kwargs: Any) -> None:
    """After every migration: the groups are there, and have exactly these permissions."""
    if not router.allow_migrate_model(using, Group):
        return
    for label in ("security", "accounts"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    found = Permission.objects.using(using).filter(content_type__app_label__in=("security", "accounts"))
    by_name = {f"{one.content_type.app_label}.{one.codename}": one for one in found.select_related("content_type")}
    for role, names in PERMISSIONS.items():
        group, _made = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([by_name[name] for name in names])


def of(person: Any) -> list[str]:
    """The roles of somebody, the least first."""
    held = set(person.groups.filter(name__in=RANKS).values_list("name", flat=True)) if person.is_staff else set()
    return [role for role in RANKS if role in held]


def rank(person: Any) -> int:
    """How high somebody stands: nobody acts on the account of somebody who stands higher."""
    if person.is_superuser:
        return RANKS[ADMINISTRATOR] + 1
    return max((RANKS[role] for role in of(person)), default=1 if person.is_staff else 0)


def may_act_on(staff: Any, person: Any) -> bool:
    """Whether this member of staff may do anything to that account: never to their own, nor to a higher one."""
    return staff.pk != person.pk and rank(staff) >= rank(person)
