"""From text to syntax tree: a Pratt parser whose prefix and infix forms are plain functions."""

from engine.feel.parser.entry import parse_expression, parse_unary_tests

__all__ = ["parse_expression", "parse_unary_tests"]
