"""What every page of the portal needs besides its own content."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from accounts import portal
from accounts.models.portal import Place
from security import news
from security.conf import conf


class FormRenderer(TemplatesSetting):
    """Fields with label, help and error tied together for assistive technology."""

    field_template_name = "components/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name in INPUTS:
            return _input(context["widget"])
        return super().render(template_name, context, request)


KINDS = ("checkbox", "email", "hidden", "input", "number", "password", "text")
INPUTS = {f"django/forms/widgets/{kind}.html" for kind in KINDS}


def _input(widget: dict[str, Any]) -> SafeString:
    """What those templates say, which is the same for all of them; there it takes longer than the rest of the form."""
    value = {} if widget["value"] is None else {"value": str(widget["value"])}
    named = {"type": widget["type"], "name": widget["name"], **value, **widget["attrs"]}
    written = (
        name if said is True else f'{name}="{escape(str(said))}"' for name, said in named.items() if said is not False
    )
    return mark_safe(f"<input {' '.join(written)}>")  # noqa: S308  (every value is escaped)


LINKS = [(f"{place}_links", place) for place in Place]
NO_LINKS: dict[str, Any] = {name: () for name, _ in LINKS}


def context(request: HttpRequest) -> dict[str, Any]:
    """The site's name, where to get help, and where in the portal this page is."""
    match = request.resolver_match
    session = getattr(request, "session", None)
    person = getattr(request, "user", AnonymousUser())
    around = portal.content()
    return {
        "time_left": session.time_left() if session is not None else None,
        "warns_before": conf.SESSION_WARNING,
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "place": match.view_name if match else "",
        "news": SimpleLazyObject(lambda: news.of(request)),
        "announcements": around["announcements"] and SimpleLazyObject(lambda: portal.announcements(around, person)),
        "refusal": None,  # of a page that has its own, and whether it shows what is shown once: else not looked for
        "shown_once": False,
        **(_links(around) if around["links"] else NO_LINKS),
    }


def _links(around: dict[str, Any]) -> dict[str, Any]:
    return {name: SimpleLazyObject(partial(portal.links, around, place)) for name, place in LINKS}
