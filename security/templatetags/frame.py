"""Pieces of pages that only the language decides, if that: config/loader.py writes them out once."""

from collections.abc import Callable
from functools import cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

register = template.Library()


def same_in_a_language(tag: Callable[..., str]) -> Callable[..., str]:
    """Marks a tag that always says the same in a language where its arguments do not change."""
    tag.is_the_same_in_a_language = True  # type: ignore[attr-defined]
    return tag


def only_reads(tag: Callable[..., str]) -> Callable[..., str]:
    """Marks a tag that takes the context and leaves it as it is."""
    tag.only_reads = True  # type: ignore[attr-defined]
    return tag


@register.simple_tag
@same_in_a_language
def icon(name: str) -> str:
    """A picture of static/icons.svg, which says nothing to those who do not see it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name)


@register.simple_tag
@same_in_a_language
def code_of_the_language() -> str:
    """The language of this page, as browsers know it."""
    return get_language() or ""


@register.simple_tag
@same_in_a_language
def own_name_of_the_language() -> str:
    """The language of this page, in its own words."""
    language = get_language()
    return format_html('<span lang="{}">{}</span>', language, dict(settings.LANGUAGES).get(language or "", ""))


@register.simple_tag
@same_in_a_language
def buttons_of_languages() -> str:
    """A button for each language, in its own words; the one of this page says that it is chosen."""
    choices = (
        (code, code, mark_safe(' aria-current="true"') if code == get_language() else "", own_name)
        for code, own_name in settings.LANGUAGES
    )
    button = '<button type="submit" class="pop-item" name="language" value="{}" lang="{}"{}>{}</button>\n'
    return format_html_join("", button, choices)


@register.simple_tag
def line_of_help() -> str:
    """Where those go whom no page helps."""
    write = _line_of_help.__wrapped__ if settings.DEBUG else _line_of_help
    return write(get_language(), settings.SUPPORT_EMAIL)


@cache
def _line_of_help(_language: str | None, address: str) -> str:
    return render_to_string("components/line_of_help.html", {"address": address})
