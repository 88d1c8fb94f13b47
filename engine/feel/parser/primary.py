"""What stands by itself: literals, names, brackets, lists, contexts and ranges."""

from __future__ import annotations

from decimal import Decimal, DecimalException

from engine.feel.lexer import Token, unescaped
from engine.feel.nodes.base import Node
from engine.feel.nodes.calls import Builtin
from engine.feel.nodes.collections import ContextOf, ListOf, RangeOf
from engine.feel.nodes.simple import Failure, Literal, Name
from engine.feel.number import CONTEXT
from engine.feel.parser.core import ADD, KEYWORDS, Parser, prefix
from engine.feel.temporal.text import parse_temporal

_CONSTANTS = {"true": True, "false": False, "null": None}
_COMPARISONS = ("<", "<=", ">", ">=")


@prefix("<number>")
def _number(parser: Parser, token: Token) -> Node:
    parser.next()
    try:
        value: Decimal = CONTEXT.create_decimal(token.text)
    except DecimalException:
        raise parser.error("number_too_large", token) from None
    return Literal(value)


@prefix("<string>")
def _string(parser: Parser, token: Token) -> Node:
    parser.next()
    return Literal(unescaped(token.text))


@prefix("@")
def _temporal(parser: Parser, _: Token) -> Node:
    parser.next()
    if parser.token.kind != "string":
        raise parser.error("at_needs_string")
    text = unescaped(parser.next().text)
    value = parse_temporal(text)
    return Literal(value) if value is not None else Failure("not_temporal", {"text": text})


@prefix("<name>")
def _name(parser: Parser, token: Token) -> Node:
    found = parser.names.find(parser.tokens, parser.at)
    standard = parser.names.builtins.longest(parser.tokens, parser.at)
    if standard and (found is None or standard[1] > found[1]):
        called = parser.peek(standard[1]).text == "("
        if called or standard[1] == 1 or not KEYWORDS.intersection(standard[0].split()):
            parser.at += standard[1]
            return Builtin(standard[0]) if called else _free(parser, standard[0])
    if found is not None:
        parser.at += found[1]
        return Name(found[0]) if found[2] else _free(parser, found[0])
    parser.next()
    if token.text in _CONSTANTS:
        return Literal(_CONSTANTS[token.text])
    return _free(parser, token.text)


def _free(parser: Parser, name: str) -> Node:
    """A name from the context; a standard function is what it falls back to."""
    parser.names.free[name] = None
    return Name(name, free=True)


@prefix("(")
def _bracketed(parser: Parser, _: Token) -> Node:
    parser.next()
    if parser.sees(*_COMPARISONS):
        return _open_range(parser)
    with parser.inside():
        first = parser.expression()
    if parser.accept(".."):
        return range_from(parser, first, included=False)
    parser.expect(")")
    return first


def _open_range(parser: Parser) -> Node:
    operator = parser.next().text
    with parser.inside():
        end = parser.expression(ADD - 1)
    parser.expect(")")
    included = operator in ("<=", ">=")
    if operator[0] == "<":
        return RangeOf(Literal(None), end, False, included, unbounded=True)
    return RangeOf(end, Literal(None), included, False, unbounded=True)


def range_from(parser: Parser, start: Node, *, included: bool) -> Node:
    """The rest of a range behind its `..`."""
    with parser.inside():
        parser.closing_bracket = True
        end = parser.expression(ADD - 1)
    if not parser.sees("]", ")", "["):
        raise parser.error("range_end") if parser.token.kind != "end" else parser.missing("]")
    return RangeOf(start, end, included, parser.next().text == "]")


@prefix("]")
def _range_with_open_start(parser: Parser, _: Token) -> Node:
    parser.next()
    with parser.inside():
        start = parser.expression(ADD - 1)
    parser.expect("..")
    return range_from(parser, start, included=False)


@prefix("[")
def _list(parser: Parser, _: Token) -> Node:
    parser.next()
    items: list[Node] = []
    with parser.inside():
        while not parser.sees("]"):
            if items:
                parser.expect(",")
            items.append(parser.expression())
            if len(items) == 1 and parser.accept(".."):
                return range_from(parser, items[0], included=True)
        parser.expect("]")
    return ListOf(items)


@prefix("{")
def _context(parser: Parser, _: Token) -> Node:
    parser.next()
    entries: dict[str, Node] = {}
    with parser.inside(parser.names.inner([])):
        while not parser.sees("}"):
            if entries:
                parser.expect(",")
            start = parser.token
            key = _key(parser)
            if key in entries:
                raise parser.error("key_repeated", start, key=key)
            entries[key] = parser.expression()
            parser.names.bind(key)
            parser.names.hints.add(key)
    parser.expect("}")
    return ContextOf(list(entries.items()))


def _key(parser: Parser) -> str:
    """A string, or a name up to the colon."""
    first = parser.token
    if first.kind == "string":
        parser.next()
        parser.expect(":")
        return unescaped(first.text)
    last = first
    while not parser.sees(":"):
        if parser.token.kind == "end":
            raise parser.missing(":")
        if parser.sees(",", "{", "}", "[", "]", "(", ")"):
            raise parser.error("key_needs_colon")
        last = parser.next()
    parser.expect(":")
    if first is last and first.kind != "name":
        raise parser.error("key_kind", first)
    return " ".join(parser.text[first.start : last.end].split())
