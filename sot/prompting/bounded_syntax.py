"""Payments in a template's syntax tree: every loop, output, comparison and new list pays before it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn, cast

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer

# Names of the filters that pay. With a blank in it, a template cannot name one.
SPEND, LOOP, TEXT, CONCAT, SIZED, NEW = (
    f"bounds {what}" for what in ("spend", "loop", "text", "concat", "sized", "new")
)

MAX_NODES = 5_000  # a built-in template has 10 to 100
_FILE_STEPS = 50  # of an included or imported file
_CHEAP = frozenset(("eq", "ne", "lt", "lteq", "gt", "gteq"))  # with a constant on one side


class BoundedSyntax(NodeTransformer):
    """Transformer of a template's syntax tree.

    Args:
        name: Name of the template.
        filename: Its file.
    """

    def __init__(self, name: str | None, filename: str | None) -> None:
        self._name = name
        self._filename = filename

    def bounded(self, template: nodes.Template) -> nodes.Template:
        """Return the tree with payments.

        Raises:
            TemplateSyntaxError: The template is too long, or has something whose time cannot be told.
        """
        count, _ = _weight([template])
        if count > MAX_NODES:
            self._fail(f"the template has more than {MAX_NODES:,} parts", template)
        self.visit(template)
        return template

    def visit_Template(self, node: nodes.Template) -> nodes.Node:
        """Let a file pay for its body each time that it is rendered."""
        return self._paid_body(node)

    def visit_Block(self, node: nodes.Block) -> nodes.Node:
        """Let a block pay for its body each time that it is rendered."""
        return self._paid_body(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        """Let a macro pay for its body at each call."""
        return self._paid_body(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> list[nodes.Node]:
        """Let the block that a macro calls back pay for its body at each call; and what it writes."""
        return [self._paid_body(node)]

    def visit_For(self, node: nodes.For) -> nodes.Node:
        """Let a loop pay for all its turns before the first."""
        if node.recursive:
            self._fail("a loop that calls itself is not for a prompt", node)
        steps, chars = _weight([*node.body, *([node.test] if node.test else ())])
        self.generic_visit(node)
        node.iter = _filtered(LOOP, node.iter, steps, chars)
        return node

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:
        """Let an included file pay for being found."""
        return self._paid_file(node)

    def visit_Import(self, node: nodes.Import) -> list[nodes.Node]:
        """Let an imported file pay for being found."""
        return self._paid_file(node)

    def visit_FromImport(self, node: nodes.FromImport) -> list[nodes.Node]:
        """Let an imported file pay for being found."""
        return self._paid_file(node)

    def visit_EvalContextModifier(self, node: nodes.EvalContextModifier) -> NoReturn:
        """Refuse to change how text is escaped."""
        self._fail("autoescape is not for a prompt", node)

    visit_ScopedEvalContextModifier = visit_EvalContextModifier

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """Let what is shown pay by its length."""
        self.generic_visit(node)
        node.nodes = [
            each if isinstance(each, nodes.TemplateData) else _filtered(TEXT, each) for each in node.nodes
        ]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        """Let joined text pay by its length."""
        self.generic_visit(node)
        return _filtered(CONCAT, nodes.Tuple(node.nodes, "load", lineno=node.lineno))

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        """Let a new tuple pay by its size."""
        self.generic_visit(node)
        return node if node.ctx != "load" or _is_constant(node) else _filtered(NEW, node)

    def visit_List(self, node: nodes.List) -> nodes.Node:
        """Let a new list pay by its size."""
        self.generic_visit(node)
        return _filtered(NEW, node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        """Let a new dictionary pay by its size."""
        self.generic_visit(node)
        return _filtered(NEW, node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        """Let a piece of a text or a list pay by its size."""
        self.generic_visit(node)
        return _filtered(SIZED, node) if isinstance(node.arg, nodes.Slice) else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        """Let a comparison pay by the size of both sides, unless one of them is known to be small."""
        self.generic_visit(node)
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        constants = sum(_is_constant(side) for side in sides)
        if len(node.ops) == 1 and constants and (node.ops[0].op in _CHEAP or _is_constant(sides[1])):
            return node
        node.expr = _filtered(SIZED, node.expr)
        for operand in node.ops:
            operand.expr = _filtered(SIZED, operand.expr)
        return node

    def _paid_body(self, node: Any) -> nodes.Node:
        steps, chars = _weight(node.body)
        self.generic_visit(node)
        node.body.insert(0, _payment(steps, chars, node))
        return node

    def _paid_file(self, node: nodes.Stmt) -> list[nodes.Node]:
        self.generic_visit(node)
        return [_payment(_FILE_STEPS, 0, node), node]

    def _fail(self, message: str, node: nodes.Node) -> NoReturn:
        raise TemplateSyntaxError(message, node.lineno or 1, self._name, self._filename)


def _payment(steps: int, chars: int, node: nodes.Node) -> nodes.Node:
    nothing = nodes.Const("", lineno=node.lineno)
    return nodes.ExprStmt(_filtered(SPEND, nothing, steps, chars), lineno=node.lineno)


def _filtered(name: str, value: nodes.Node, *given: int) -> nodes.Filter:
    line = value.lineno
    values = [nodes.Const(each, lineno=line) for each in given]
    return nodes.Filter(cast("nodes.Expr", value), name, values, [], None, None, lineno=line)


def _is_constant(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Tuple):
        return all(map(_is_constant, node.items))
    return isinstance(node, nodes.Const)


def _weight(roots: Iterable[nodes.Node]) -> tuple[int, int]:
    """Return the parts of a piece of a tree, and the characters of its text."""
    parts = chars = 0
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        parts += 1
        if isinstance(node, nodes.TemplateData):
            chars += len(node.data)
        waiting += node.iter_child_nodes()
    return parts, chars
