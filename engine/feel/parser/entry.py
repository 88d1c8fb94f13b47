"""Parsing a whole text as an expression or as unary tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.feel.errors import SyntaxError_
from engine.feel.names import Names
from engine.feel.nodes.base import Node
from engine.feel.parser import blocks, operators, primary
from engine.feel.parser.core import Parser
from engine.feel.parser.unary import parse_tests
from engine.feel.types import SIMPLE, Type

FORMS = (blocks, operators, primary)
"""The modules that register forms; naming them here loads them."""


def parse_expression(text: str, names: Names, types: Mapping[str, Type] = SIMPLE) -> Node:
    """The tree of an expression; `names.free` then holds the names it takes from the context."""
    return _whole(text, names, types, Parser.expression)


def parse_unary_tests(text: str, names: Names, types: Mapping[str, Type] = SIMPLE) -> Node:
    """The tree of the tests of a cell, about the bound name `?`."""
    return _whole(text, names, types, parse_tests)


def _whole(
    text: str, names: Names, types: Mapping[str, Type], parse: Callable[[Parser], Node]
) -> Node:
    parser = Parser(text, names, types)
    try:
        node = parse(parser)
    except RecursionError:
        raise SyntaxError_("too_nested") from None
    except SyntaxError_ as error:
        error.locate(parser.place(parser.token.start, parser.token.end))
        raise
    if parser.token.kind != "end":
        raise parser.error("expected_end", found=parser.token.text)
    return node
