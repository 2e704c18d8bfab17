"""Templates read once for each language, with everything written out that a language alone decides.

A page is mostly words, addresses of pages and names of files, the same for everybody who reads its language. They are
looked up when the template is read for that language, and what is left to do for each request is what differs.
"""

from collections.abc import Iterator
from typing import Any

from django.template import Context, Engine
from django.template.base import FilterExpression, Node, NodeList, Template, TextNode, Variable
from django.template.defaulttags import AutoEscapeControlNode, CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.translation import get_language, gettext

from config import whole

NOT_OURS = (AutoEscapeControlNode, LanguageNode)  # in these the same words come out differently


class Named(Node):
    """What is always the same in a language, kept under a name for what comes later."""

    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value

    def render(self, context: Context) -> str:
        context[self.name] = self.value
        return ""


class _Written(BaseLoader):
    """What cached.Loader asks when it has nothing yet: written out before any thread has seen it."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template: Template = super().get_template(template_name, skip)
        nothing = Context()
        with nothing.bind_template(template):
            _write_out(template.nodelist, nothing)
        return template


class Loader(cached.Loader, _Written):
    """Django's cached loader, by language, for templates in one piece. Where errors are shown with the line of the
    template they stay in several.
    """

    def __init__(self, engine: Engine, loaders: Any) -> None:
        super().__init__(engine, loaders)
        self._whole: dict[str, Template] = {}

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        if skip or self.engine.debug:
            return super().get_template(template_name, skip)
        key = self.cache_key(template_name)
        found = self._whole.get(key)
        if found is None:
            found = self._whole[key] = whole.of(super().get_template(template_name), super().get_template)
        return found

    def reset(self) -> None:
        self._whole.clear()
        super().reset()

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"


def _write_out(nodelist: NodeList, nothing: Context) -> None:
    """Replace whatever only depends on the language by its text."""
    for node in nodelist:
        for inner in _inner(node):
            _write_out(inner, nothing)
    nodelist[:] = whole.joined(_written(node, nothing) for node in nodelist)


def _inner(node: Node) -> Iterator[NodeList]:
    if isinstance(node, NOT_OURS):
        return
    if isinstance(node, IfNode):
        yield from (nodelist for _, nodelist in node.conditions_nodelists)
        return
    for name in node.child_nodelists:
        nodelist = getattr(node, name, None)
        if isinstance(nodelist, NodeList):
            yield nodelist


def _written(node: Node, nothing: Context) -> Node:
    """What this node always says in this language; the node itself if that depends on more."""
    if isinstance(node, CommentNode | LoadNode):
        return TextNode("")
    if not _is_constant(node):
        return _sentence(node) if type(node) is BlockTranslateNode else node
    text, name = str(node.render(nothing)), getattr(node, "asvar", None)
    return Named(name, nothing[name]) if name else TextNode(text)


def _sentence(node: Any) -> Node:
    """The same with its words in this language, where one wording serves for whatever the values are."""
    if node.plural or node.countervar or node.message_context or node.asvar:
        return node
    said, names = node.render_token_list(node.singular)
    words = gettext(said)
    try:
        words % dict.fromkeys(names, "")
    except (KeyError, ValueError):  # a bad translation: Django says it in the words of the template
        return node
    return whole.Sentence(node, words, names)


def _is_constant(node: Any) -> bool:
    match node:
        case TranslateNode():
            return not node.message_context and _is_literal(node.filter_expression)
        case BlockTranslateNode():
            has_more = node.extra_context or node.plural or node.countervar or node.message_context
            return not has_more and all(token.token_type.name == "TEXT" for token in node.singular)
        case URLNode():
            return all(_is_literal(value) for value in (node.view_name, *node.args, *node.kwargs.values()))
        case StaticNode():
            return type(node) is StaticNode and node.varname is None and _is_literal(node.path)
        case SimpleNode():
            is_same = getattr(node.func, "is_the_same_in_a_language", False) and node.target_var is None
            return is_same and all(_is_literal(value) for value in (*node.args, *node.kwargs.values()))
    return False


def _is_literal(expression: FilterExpression) -> bool:
    is_literal = not isinstance(expression.var, Variable) or expression.var.literal is not None
    return is_literal and not expression.filters
