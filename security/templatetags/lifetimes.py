"""How long things are good for, as it is set, and how long ago something was, in the words of a page."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from security import refusals
from security.conf import conf

register = template.Library()


@register.simple_tag
def lifetime(name: str) -> str:
    """The number of this name in `conf`, which is one of seconds: "30 minutes", "14 days"."""
    return refusals.lifetime(getattr(conf, name))


@register.filter
def ago(at: datetime) -> str:
    """How long ago that was, in the largest unit that says it: "just now", "5 minutes ago", "3 days ago"."""
    seconds = (timezone.now() - at).total_seconds()
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if minutes < 1:
        return _("just now")
    if hours < 1:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if days < 1:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
