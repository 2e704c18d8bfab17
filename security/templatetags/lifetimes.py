"""How long things are good for, as it is set, in the words of a page."""

from django import template

from security import refusals
from security.conf import conf

register = template.Library()


@register.simple_tag
def lifetime(name: str) -> str:
    """The number of this name in `conf`, which is one of seconds: "30 minutes", "14 days"."""
    return refusals.lifetime(getattr(conf, name))
