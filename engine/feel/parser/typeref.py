"""Types as written behind `instance of` and parameters (DMN 1.5 §10.3.1.2, grammar rule 52)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from engine.feel.errors import SyntaxError_
from engine.feel.lexer import tokens_of
from engine.feel.names import Lexicon, Names
from engine.feel.parser.core import Parser
from engine.feel.types import SIMPLE, ContextType, FunctionType, ListType, RangeType, Type

_STANDARD = Lexicon(SIMPLE)


def parse_type(parser: Parser) -> Type:
    """The type that the next tokens write."""
    start = parser.token
    found = _STANDARD.longest(parser.tokens, parser.at)
    own = _own(tuple(parser.types)).longest(parser.tokens, parser.at)
    if own and own[0] not in SIMPLE and (found is None or own[1] >= found[1]):
        parser.at += own[1]
        return parser.types[own[0]]
    if found is None:
        raise parser.error("type_unknown", start, found=start.text)
    parser.at += found[1]
    with parser.inside():
        return _parametrized(parser, found[0])


@lru_cache(maxsize=64)
def _own(names: tuple[str, ...]) -> Lexicon:
    return Lexicon(names)


def _parametrized(parser: Parser, name: str) -> Type:
    if name not in ("list", "range", "context", "function") or not parser.accept("<"):
        return SIMPLE[name]
    if name == "context":
        return ContextType("context", entries=_entries(parser))
    if name == "function":
        return _function(parser)
    element = parse_type(parser)
    parser.expect(">")
    if name == "list":
        return ListType("list", element=element)
    return RangeType("range", element=element)


def _entries(parser: Parser) -> dict[str, Type]:
    entries: dict[str, Type] = {}
    while not parser.accept(">"):
        if entries:
            parser.expect(",")
        words = []
        while not parser.sees(":"):
            if parser.token.kind not in ("name", "number"):
                raise parser.wants("name")
            words.append(parser.next().text)
        parser.expect(":")
        entries[" ".join(words)] = parse_type(parser)
    return entries


def _function(parser: Parser) -> Type:
    parameters: list[Type] = []
    while not parser.accept(">"):
        if parameters:
            parser.expect(",")
        parameters.append(parse_type(parser))
    parser.expect("->")
    return FunctionType("function", parameters=parameters, result=parse_type(parser))


def type_of_text(text: str, types: Mapping[str, Type]) -> Type:
    """The type that a whole text writes."""
    if len(tokens_of(text)) < 2:
        raise SyntaxError_("type_empty")
    parser = Parser(text, Names(), types)
    found = parse_type(parser)
    if parser.token.kind != "end":
        raise parser.error("type_trailing")
    return found
