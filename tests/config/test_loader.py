"""Templates that were written out for a language say to the letter what they say otherwise."""

import copy
import re

import pytest
from django.conf import settings as configured
from django.template import Context, Engine, TemplateDoesNotExist
from django.template.base import TextNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.utils import translation

LANGUAGES = [code for code, _ in configured.LANGUAGES]
PAGES = [
    "/account/",
    "/security/",
    "/security/activity/",
    "/security/sessions/",
    "/help/enroll-a-new-device/",
    "/nowhere/",
]


def engine(**templates):
    loaders = [("config.loader.Loader", [("django.template.loaders.locmem.Loader", templates)])]
    libraries = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
    return Engine(loaders=loaders, libraries=libraries)


def said(template, language="en", **values):
    with translation.override(language):
        return engine(page=template).get_template("page").render(Context(values))


def without_tokens(page):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|data-seconds="\d+"', "TOKEN", page)


def plain(settings):
    """Django's own loaders, as if ours were not there."""
    templates = copy.deepcopy(configured.TEMPLATES)
    templates[0]["OPTIONS"]["loaders"] = [
        ("django.template.loaders.cached.Loader", templates[0]["OPTIONS"]["loaders"][0][1])
    ]
    settings.TEMPLATES = templates


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_what_it_is_with_djangos_own_loader(owner, clock, settings, language):
    owner.user.language = language
    owner.user.save()
    owner.sign_in().walk_to("scan")

    def pages():
        paths = [*PAGES, *(f"/security/reset/{name}/" for name in ("email", "password", "app", "scan"))]
        return {path: without_tokens(owner.get(path).content.decode()) for path in paths}

    ours = pages()
    plain(settings)
    assert ours == pages()
    assert f'<html lang="{language}">' in ours["/security/"]


@pytest.mark.parametrize(
    "template",
    [
        "{% load i18n %}{% translate 'Sign out' %}",
        "{% load i18n %}{% blocktranslate trimmed %}\n  Sign out\n{% endblocktranslate %}",
        "{% load i18n %}{% if x %}{% translate 'Sign out' %}{% else %}{% translate 'Sign in' %}{% endif %}",
        "{% load i18n %}{% for one in many %}{% translate 'Sign out' %} {{ one }}{% endfor %}",
        "{% load i18n %}{% for one in none %}{{ one }}{% empty %}{% translate 'Help' %}{% endfor %}",
        "{% load i18n %}{% translate 'Sign out' as out %}<{{ out }}>",
        "{% load i18n %}{% blocktranslate with name=x %}Sign out{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate with minutes=x %}{{ minutes }} minutes at 100%{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate trimmed with device=tag %}\n  Remove {{ device }}?\n{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate with tag=x %}{{ tag }} {{ many }} {{ none }}{% endblocktranslate %}{{ tag }}",
        "{% load i18n %}{% blocktranslate asvar said %}Sign out {{ x }}{% endblocktranslate %}[{{ said }}]",
        "{% load i18n %}{% autoescape off %}{% blocktranslate %}{{ tag }}{% endblocktranslate %}{% endautoescape %}",
        "{% load i18n %}{% blocktranslate count n=2 %}one{% plural %}more{% endblocktranslate %}",
        "{% load i18n %}{% translate x %}",
        "{% load i18n %}{% translate 'Sign out'|upper %}",
        "{% load i18n %}{% language 'fr' %}{% translate 'Sign out' %}{% endlanguage %}",
        "{% load i18n %}{% autoescape off %}{% translate 'Sign in & security' %}{% endautoescape %}",
        "{% load static %}{% static 'site.css' %}{% static x %}",
        "{% url 'accounts:sign_in' %}{% url 'security:device' x %}{% url 'accounts:help' as there %}{{ there }}",
        "a{# nothing #}b{% comment %}c{% endcomment %}d",
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_whatever_stands_in_a_template_says_the_same(template, language):
    values = {"x": "0123456789abcdef01234567", "many": [1, 2], "tag": "<b>1234.5</b>"}
    libraries = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
    with translation.override(language):
        expected = Engine(libraries=libraries).from_string(template).render(Context(values))
    assert said(template, language, **values) == expected


def test_what_a_language_decides_is_one_text():
    template = "<a href=\"{% url 'accounts:help' %}\">{% load i18n %}{% translate 'Help' %}</a>{# a link #}\n"
    with translation.override("de"):
        nodes = engine(page=template).get_template("page").nodelist
    assert [type(node) for node in nodes] == [TextNode]
    assert nodes[0].s == '<a href="/help/">Hilfe</a>\n'


def test_each_language_has_its_own():
    pages = engine(page="{% load i18n %}{% translate 'Sign out' %}")
    words = []
    for language in ("en", "de", "en", "fr"):
        with translation.override(language):
            words.append(pages.get_template("page").render(Context()))
    assert words == ["Sign out", "Abmelden", "Sign out", "Se déconnecter"]


def test_a_page_and_what_it_extends_and_includes_are_written_out_too():
    pages = engine(
        base="{% load i18n %}<h1>{% block title %}{% translate 'Help' %}{% endblock %}</h1>{% include 'foot' %}",
        foot="{% load i18n %}{% translate 'Sign out' %}",
        page="{% extends 'base' %}{% load i18n %}"
        "{% block title %}{% translate 'Sign in' %}, {{ block.super }}{% endblock %}",
    )
    with translation.override("de"):
        assert pages.get_template("page").render(Context()) == "<h1>Anmelden, Hilfe</h1>Abmelden"


def piece(**templates):
    """The page, in one piece."""
    return engine(**templates).get_template("page")


BASE = (
    "{% if more %}<h1>{% block title %}base{% endblock %}</h1>{% endif %}"
    "{% block body %}({% block in %}{% endblock %}){% endblock %}"
)
MIDDLE = "{% extends 'base' %}{% block title %}middle, {{ block.super }}{% endblock %}"


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{% extends 'middle' %}", "<h1>middle, base</h1>()"),
        ("{% extends 'middle' %}lost{% block in %}in {{ x }}{% endblock %}", "<h1>middle, base</h1>(in 7)"),
        ("{% extends 'middle' %}{% block title %}{{ block.super }}!{% endblock %}", "<h1>middle, base!</h1>()"),
        ("{% extends 'base' %}{% block body %}{% if x %}{{ block.super }}{% endif %}{% endblock %}", "<h1>base</h1>()"),
        ("{% extends 'base' %}{% block body %}{{ block.super|upper }}{% endblock %}", "<h1>base</h1>()"),
        ("{% extends 'base' %}{% block body %}{% include 'part' %}{% endblock %}", "<h1>base</h1>x7"),
        ("{% extends x_base %}{% block body %}by name{% endblock %}", "<h1>base</h1>by name"),
        ("{% include 'part' %}{% include 'part' with x='<' %}{{ x }}", "x7x<7"),
        ("{% include 'part' only %}{% include part %}", "xx7"),
        ("{% for x in many %}{% include 'part' %}{% endfor %}", "x1x2"),
        ("{% include 'sets' %}{{ there }}", "set"),
        ("{% include 'may set' %}{{ there }}", "/help/"),
        ("{% include 'middle' %}", "<h1>middle, base</h1>()"),
        ("{% include 'with blocks' %}{% block own %}page{% endblock %}", "partpage"),
        ("{% if no %}{% include 'nothing of this name' %}{% endif %}", ""),
        ("{% include 'itself' with n='4' %}", "4x"),
    ],
)
def test_a_page_in_one_piece_says_what_it_says_in_several(template, shown):
    templates = {
        "base": BASE,
        "middle": MIDDLE,
        "part": "x{{ x }}",
        "sets": "{% with there='set' %}{{ there }}{% endwith %}{% url 'accounts:help' as there %}",
        "may set": "{% if x %}{% url 'accounts:help' as there %}{{ there }}{% endif %}",
        "with blocks": "{% block own %}part{% endblock %}",
        "itself": "{{ n }}{% if n == '4' %}{% include 'itself' with n='x' %}{% endif %}",
        "page": template,
    }
    values = {"x": 7, "many": [1, 2], "more": True, "part": "part", "x_base": "base"}
    loaders = [("django.template.loaders.locmem.Loader", templates)]
    assert Engine(loaders=loaders).get_template("page").render(Context(values)) == shown
    assert piece(**templates).render(Context(values)) == shown


def test_a_page_holds_what_it_extends_and_includes():
    nodes = piece(
        base=BASE, page="{% extends 'base' %}{% block in %}{% include 'part' %}{% endblock %}", part="x"
    ).nodelist
    assert not nodes.get_nodes_by_type((BlockNode, ExtendsNode, IncludeNode))
    assert nodes[-1].s == "(x)"


def test_nothing_that_is_missing_is_missed_before_it_is_shown():
    page = piece(page="{% if show %}{% include 'nothing' %}{% endif %}")
    assert page.render(Context()) == ""
    with pytest.raises(TemplateDoesNotExist):
        page.render(Context({"show": True}))


def test_where_errors_are_shown_a_page_stays_in_pieces():
    loaders = [("config.loader.Loader", [("django.template.loaders.locmem.Loader", {"page": "{% include 'part' %}"})])]
    assert Engine(loaders=loaders, debug=True).get_template("page").nodelist.get_nodes_by_type(IncludeNode)
