"""`range("[1..3]")`: a range from its text, whose ends are literals (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

from engine.feel.errors import SyntaxError_
from engine.feel.functions.registry import BUILTINS, builtin
from engine.feel.machine import Machine
from engine.feel.names import Lexicon, Names
from engine.feel.nodes.arithmetic import Negation
from engine.feel.nodes.base import Node, Scope
from engine.feel.nodes.calls import Builtin, Call
from engine.feel.nodes.collections import RangeOf
from engine.feel.nodes.simple import Literal
from engine.feel.ordering import OPERATORS, compare
from engine.feel.parser import parse_expression
from engine.feel.values import Value

_PARSE_FUEL = 30
_MAKERS = ("date", "time", "date and time", "duration")


@builtin("range(from: string)")
def range_of(machine: Machine, text: str) -> Value:
    """The range that the text writes; null when its ends are not literals in ascending order."""
    machine.burn(_PARSE_FUEL * (len(text) + 10))
    try:
        node = parse_expression(text, Names(builtins=Lexicon(BUILTINS)))
    except SyntaxError_:
        return machine.note("not_a_range")
    if not isinstance(node, RangeOf) or not (_is_fixed(node.start) and _is_fixed(node.end)):
        return machine.note("not_a_range")
    span = node.close(Scope.of(()))([machine])
    if span is None or not compare(machine, span.start, span.end, OPERATORS["<="]):
        return machine.note("range_order")
    return span


def _is_fixed(node: Node) -> bool:
    if isinstance(node, Negation):
        node = node.operand
    if isinstance(node, Call) and isinstance(node.callee, Builtin):
        arguments = all(isinstance(argument, Literal) for argument in node.arguments)
        return node.callee.name in _MAKERS and arguments
    return isinstance(node, Literal)
