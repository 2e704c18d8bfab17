"""Templates in one piece: what a page extends and includes by name is put into it once, when it is read, instead of
being looked for whenever it is shown.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from typing import Any

from django.template import Context, TemplateDoesNotExist
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    Template,
    TextNode,
    Variable,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import CsrfTokenNode, ForNode, IfNode, URLNode, WithNode
from django.template.library import InclusionNode, SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.safestring import SafeString

Load = Callable[[str], Template]
SUPER = re.compile(r"\{\{ *block\.super *\}\}")


class Part(Node):
    """What stood in a block or in another template, with names of its own."""

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values

    def render(self, context: Context) -> SafeString:
        context.dicts.append({name: value.resolve(context) for name, value in self.values.items()})
        try:  # as `with context.push()` does, which is four calls more
            return self.nodelist.render(context)
        finally:
            context.dicts.pop()


class Sentence(Node):
    """Words with values in them, translated when the template was read: what `blocktranslate` says, which looks for
    the translation each time.
    """

    def __init__(self, node: BlockTranslateNode, words: str, names: list[str]) -> None:
        self.words, self.names, self.values = words, names, node.extra_context
        self.token, self.origin = node.token, node.origin

    def render(self, context: Context) -> str:
        own = {name: value.resolve(context) for name, value in self.values.items()}
        found = ((name, own[name] if name in own else context.get(name, "")) for name in self.names)
        return self.words % {name: render_value_in_context(value, context) for name, value in found}


KEEPS_TO_ITSELF = (TextNode, VariableNode, CsrfTokenNode, ForNode, WithNode, InclusionNode, Part, Sentence)


def of(template: Template, load: Load) -> Template:
    """This template with everything in it that is certain before it is shown; `load` finds others by their names."""
    chain = [template]
    while (node := _extending(chain[-1])) is not None:
        name = _literal(node.parent_name)
        if name is None or name in {one.name for one in chain}:
            return template
        chain.append(load(name))
    if any("block.super" in SUPER.sub("", str(one.source)) for one in chain):
        return template
    found = copy(template)
    found.nodelist = _Writer(load, _blocks(chain)).written(chain[-1].nodelist)
    return found


def joined(nodes: Iterable[Node]) -> NodeList:
    """These nodes, with texts that follow one another put together."""
    kept = NodeList()
    for node in nodes:
        if kept and type(node) is TextNode and type(kept[-1]) is TextNode:
            kept[-1] = TextNode(kept[-1].s + node.s)
        elif type(node) is not TextNode or node.s:
            kept.append(node)
    return kept


def _literal(expression: Any) -> str | None:
    """The text that always stands here; None where that depends on something."""
    is_literal = not isinstance(expression.var, Variable) and not expression.filters
    return str(expression.var) if is_literal else None


def _extending(template: Template) -> ExtendsNode | None:
    first = next((node for node in template.nodelist if type(node) is not TextNode), None)
    return first if isinstance(first, ExtendsNode) else None


def _blocks(chain: list[Template]) -> dict[str, list[BlockNode]]:
    """What each block says, in the page first and in the outermost template last."""
    found: dict[str, list[BlockNode]] = {}
    for template in chain:
        blocks: list[Any] = template.nodelist.get_nodes_by_type(BlockNode)
        for block in blocks:
            found.setdefault(block.name, []).append(block)
    return found


class _Writer:
    def __init__(self, load: Load, blocks: dict[str, list[BlockNode]], inside: tuple[str, ...] = ()) -> None:
        self.load, self.blocks, self.inside = load, blocks, inside

    def written(self, nodelist: Iterable[Node], above: list[BlockNode] | None = None) -> NodeList:
        """These nodes in one piece; `above` is what the block they stand in says further out."""
        return joined(one for node in nodelist for one in self._instead_of(node, above or []))

    def _instead_of(self, node: Node, above: list[BlockNode]) -> Iterable[Node]:
        match node:
            case BlockNode():
                says, *outer = self.blocks.get(node.name) or [node]
                return _part(self.written(says.nodelist, outer))
            case VariableNode() if str(node.filter_expression) == "block.super":
                return _part(self.written(above[0].nodelist, above[1:])) if above else []
            case IncludeNode():
                return self._included(node)
            case IfNode():
                return [IfNode([(test, self.written(inner, above)) for test, inner in node.conditions_nodelists])]
        return [self._with_its_own(node, above)]

    def _included(self, node: IncludeNode) -> Iterable[Node]:
        name = _literal(node.template)
        if name is None or name in self.inside or node.isolated_context:
            return [node]
        with suppress(TemplateDoesNotExist):
            template = self.load(name)
            if _extending(template) is None:
                writer = _Writer(self.load, {}, (*self.inside, name))
                return _part(writer.written(template.nodelist), node.extra_context)
        return [node]

    def _with_its_own(self, node: Node, above: list[BlockNode]) -> Node:
        inner = {name: getattr(node, name, None) for name in node.child_nodelists}
        lists = {name: nodes for name, nodes in inner.items() if isinstance(nodes, NodeList)}
        if not lists:
            return node
        found: Any = copy(node)
        for name, nodes in lists.items():
            setattr(found, name, self.written(nodes, above))
        return found


def _part(nodelist: NodeList, values: dict[str, FilterExpression] | None = None) -> Iterable[Node]:
    is_plain = not values and all(map(_leaves_no_name, nodelist))
    return nodelist if is_plain else [Part(nodelist, values or {})]


def _leaves_no_name(node: Any) -> bool:
    """Whether what comes after this node knows the same names as what comes before it."""
    match node:
        case IfNode():
            return all(_leaves_no_name(one) for _, inner in node.conditions_nodelists for one in inner)
        case URLNode() | TranslateNode() | BlockTranslateNode():
            return node.asvar is None
        case SimpleNode():
            only_reads = not node.takes_context or getattr(node.func, "only_reads", False)
            return node.target_var is None and only_reads
    return isinstance(node, KEEPS_TO_ITSELF)
