"""Operators between and before operands, and what follows an operand: paths, filters, calls."""

from __future__ import annotations

from engine.feel import properties
from engine.feel.lexer import Token
from engine.feel.names import Lexicon
from engine.feel.nodes.arithmetic import Arithmetic, Negation, Power
from engine.feel.nodes.base import Node
from engine.feel.nodes.calls import Call
from engine.feel.nodes.collections import Filter, Path
from engine.feel.nodes.logic import And, Between, Equality, Or, Ordering
from engine.feel.nodes.tests import In, InstanceOf
from engine.feel.parser.core import (
    ADD,
    AND,
    COMPARE,
    INSTANCE,
    MULTIPLY,
    NEGATE,
    OR,
    POSTFIX,
    POWER,
    Parser,
    infix,
    prefix,
)
from engine.feel.parser.typeref import parse_type
from engine.feel.parser.unary import parse_in_operand

_PROPERTIES = Lexicon(properties.NAMES)


@infix(ADD, "+", "-")
@infix(MULTIPLY, "*", "/")
def _arithmetic(parser: Parser, left: Node, power: int) -> Node:
    operator = parser.tokens[parser.at - 1].text
    return Arithmetic(operator, left, parser.expression(power))


@infix(POWER, "**")
def _power(parser: Parser, left: Node, power: int) -> Node:
    return Power(left, parser.expression(power))


@infix(AND, "and")
def _and(parser: Parser, left: Node, power: int) -> Node:
    return And(left, parser.expression(power))


@infix(OR, "or")
def _or(parser: Parser, left: Node, power: int) -> Node:
    return Or(left, parser.expression(power))


@infix(COMPARE, "<", "<=", ">", ">=")
def _ordering(parser: Parser, left: Node, power: int) -> Node:
    operator = parser.tokens[parser.at - 1].text
    return Ordering(operator, left, parser.expression(power))


@infix(COMPARE, "=", "!=")
def _equality(parser: Parser, left: Node, power: int) -> Node:
    operator = parser.tokens[parser.at - 1].text
    return Equality(left, parser.expression(power), negated=operator == "!=")


@infix(COMPARE, "between")
def _between(parser: Parser, left: Node, power: int) -> Node:
    low = parser.expression(power)
    parser.expect("and")
    return Between(left, low, parser.expression(power))


@infix(COMPARE, "in")
def _in(parser: Parser, left: Node, power: int) -> Node:
    return In(left, parse_in_operand(parser, power))


@infix(INSTANCE, "instance")
def _instance_of(parser: Parser, left: Node, _: int) -> Node:
    parser.expect("of")
    return InstanceOf(left, parse_type(parser))


@prefix("-")
def _negation(parser: Parser, _: Token) -> Node:
    parser.next()
    return Negation(parser.expression(NEGATE))


@infix(POSTFIX, ".")
def _path(parser: Parser, left: Node, _: int) -> Node:
    found = parser.names.hints.longest(parser.tokens, parser.at) or _PROPERTIES.longest(
        parser.tokens, parser.at
    )
    if found:
        parser.at += found[1]
        return Path(left, found[0])
    if parser.token.kind != "name":
        raise parser.error("dot_needs_name")
    return Path(left, parser.next().text)


@infix(POSTFIX, "[")
def _filter(parser: Parser, left: Node, _: int) -> Node:
    with parser.inside(parser.names.inner(["item"], in_filter=True)):
        predicate = parser.expression()
    parser.expect("]")
    return Filter(left, predicate)


@infix(POSTFIX, "(")
def _call(parser: Parser, left: Node, _: int) -> Node:
    arguments: list[Node] = []
    names: list[str] = []
    with parser.inside():
        while not parser.sees(")"):
            if arguments:
                parser.expect(",")
            name = _argument_name(parser)
            if name is not None:
                names.append(name)
            arguments.append(parser.expression())
            if names and len(names) != len(arguments):
                raise parser.error("arguments_mixed", parser.tokens[parser.at - 1])
    parser.expect(")")
    if len(set(names)) != len(names):
        raise parser.error("argument_repeated", parser.tokens[parser.at - 1])
    return Call(left, arguments, names or None)


def _argument_name(parser: Parser) -> str | None:
    """`name:` before an argument; names may hold blanks and operators."""
    ahead = 0
    while parser.peek(ahead).kind in ("name", "number") or parser.peek(ahead).text in "-+*/.'":
        if parser.peek(ahead).kind == "end":
            return None
        ahead += 1
    if ahead == 0 or parser.peek(ahead).text != ":":
        return None
    start, end = parser.token.start, parser.peek(ahead - 1).end
    parser.at += ahead + 1
    return " ".join(parser.text[start:end].split())
