"""Unary tests: what decision tables write in their cells, and what may follow `in`."""

from __future__ import annotations

from engine.feel.nodes.base import Node
from engine.feel.nodes.simple import Literal
from engine.feel.nodes.tests import AnyTest, Compared, Matches
from engine.feel.parser.core import COMPARE, Parser
from engine.feel.parser.primary import range_from

_COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")


def parse_tests(parser: Parser) -> Node:
    """`-`, `not(…)`, or tests separated by commas."""
    if parser.sees("-") and parser.peek().kind == "end":
        parser.next()
        return Literal(True)
    if parser.sees("not") and parser.peek().text == "(":
        saved = parser.at
        parser.at += 2
        tests = _listed(parser)
        if parser.accept(")") and parser.token.kind == "end":
            return AnyTest(tests, negated=True)
        parser.at = saved
    tests = _listed(parser)
    return tests[0] if len(tests) == 1 else AnyTest(tests)


def _listed(parser: Parser) -> list[Node]:
    with parser.inside():
        tests = [_test(parser)]
        while parser.accept(","):
            tests.append(_test(parser))
    return tests


def _test(parser: Parser) -> Node:
    start = parser.token
    return parser.placed(_unplaced(parser), start)


def _unplaced(parser: Parser) -> Node:
    if parser.sees(*_COMPARISONS):
        operator = parser.next().text
        return Compared(operator, parser.expression(COMPARE))
    return Matches(parser.expression())


def parse_in_operand(parser: Parser, power: int) -> Node:
    """The right side of `in`: a test, tests in brackets, or an expression."""
    start = parser.token
    with parser.inside(parser.names.inner(["?"])):
        return parser.placed(_in_operand(parser, power), start)


def _in_operand(parser: Parser, power: int) -> Node:
    if parser.sees(*_COMPARISONS):
        return Compared(parser.next().text, parser.expression(power))
    if not parser.accept("("):
        return Matches(parser.expression(power))
    tests = _listed(parser)
    if len(tests) == 1 and isinstance(tests[0], Matches) and parser.accept(".."):
        return Matches(range_from(parser, tests[0].operand, included=False))
    parser.expect(")")
    return AnyTest(tests)
