"""Forms that begin with a word: `if`, `for`, `some`, `every`, `function`."""

from __future__ import annotations

from engine.feel.lexer import Token
from engine.feel.nodes.base import Node
from engine.feel.nodes.calls import FunctionOf
from engine.feel.nodes.logic import If
from engine.feel.nodes.loops import For, Iteration, Quantified
from engine.feel.nodes.simple import Failure
from engine.feel.parser.core import Parser, prefix
from engine.feel.parser.typeref import parse_type
from engine.feel.types import ANY, Type


@prefix("if")
def _if(parser: Parser, _: Token) -> Node:
    parser.next()
    with parser.inside():
        condition = parser.expression()
        parser.expect("then")
        then = parser.expression()
        parser.expect("else")
        return If(condition, then, parser.expression())


@prefix("for")
def _for(parser: Parser, _: Token) -> Node:
    parser.next()
    with parser.inside(parser.names.inner([])):
        iterations = _iterations(parser)
        parser.expect("return")
        parser.names.bind("partial")
        return For(iterations, parser.expression())


@prefix("some", "every")
def _quantified(parser: Parser, token: Token) -> Node:
    parser.next()
    with parser.inside(parser.names.inner([])):
        iterations = _iterations(parser)
        parser.expect("satisfies")
        return Quantified(iterations, parser.expression(), all_=token.text == "every")


def _iterations(parser: Parser) -> list[Iteration]:
    iterations: list[Iteration] = []
    while not iterations or parser.accept(","):
        name = read_name(parser, "in")
        source = parser.expression()
        end = parser.expression() if parser.accept("..") else None
        iterations.append(Iteration(name, source, end))
        parser.names.bind(name)
    return iterations


def read_name(parser: Parser, *ends: str) -> str:
    """A new name, up to one of these words or symbols, of which the first is taken."""
    first = last = parser.token
    while not parser.sees(*ends) or parser.token is first:
        if parser.token.kind not in ("name", "number") and parser.token.text not in "-+*/.'":
            raise parser.wants("name")
        if parser.token.kind == "end":
            raise parser.wants("name")
        last = parser.next()
    if first.kind != "name":
        raise parser.wants("name", first)
    parser.accept(ends[0])
    return " ".join(parser.text[first.start : last.end].split())


@prefix("function")
def _function(parser: Parser, _: Token) -> Node:
    parser.next()
    parser.expect("(")
    parameters: list[tuple[str, Type]] = []
    with parser.inside(parser.names.inner([])):
        while not parser.sees(")"):
            if parameters:
                parser.expect(",")
            name = read_name(parser, ":", ",", ")") if not parser.sees(":") else ""
            typed = parser.tokens[parser.at - 1].text == ":"
            parameters.append((name, parse_type(parser) if typed else ANY))
            parser.names.bind(name)
        parser.expect(")")
        external = parser.accept("external")
        body = parser.expression()
    if external:
        return Failure("external")
    return FunctionOf(parameters, body)
