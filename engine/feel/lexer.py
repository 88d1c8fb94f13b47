"""From text to tokens. Names come in single words; `names` joins the words of longer ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.feel import limits
from engine.feel.complaints import Complaint, Place
from engine.feel.errors import SyntaxError_

_WIDE = "\U00010000-\U000effff"
_TOKEN = re.compile(
    rf"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<name>\?|(?:[^\W\d]|[{_WIDE}])(?:\w|[{_WIDE}])*)
    |(?P<symbol>\*\*|<=|>=|!=|\.\.|->|[-+*/<>=()\[\]{{}},.:@])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text; `kind` is number, string, name, symbol, other or end."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens of the text and an end; raises `SyntaxError_` when there are too many."""
    if len(text) > limits.TEXT:
        raise _fault(text, limits.TEXT, len(text), "text_too_long", most=limits.TEXT)
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "other"
        if kind != "skip":
            tokens.append(Token(kind, found.group(), found.start(), found.end()))
    if len(tokens) > limits.TOKENS:
        first = tokens[limits.TOKENS]
        raise _fault(text, first.start, first.end, "too_many_tokens")
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _fault(text: str, start: int, end: int, code: str, **details: object) -> SyntaxError_:
    return SyntaxError_(Complaint.of(code, Place(text, start, end), **details))


def unclosed(tokens: list[Token]) -> Token | None:
    """The last bracket that nothing closes; a range may close with another kind."""
    opened: list[Token] = []
    for token in tokens:
        if token.kind == "symbol" and token.text in "([{":
            opened.append(token)
        elif token.kind == "symbol" and token.text in ")]}" and opened:
            opened.pop()
    return opened[-1] if opened else None


def unescaped(literal: str) -> str:
    """The characters that a string literal stands for; unknown escapes keep their backslash."""
    inner = literal[1:-1]
    if "\\" not in inner:
        return inner
    text = _ESCAPE.sub(_character, inner)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 1:
        return _SHORT.get(code, found[0])
    number = int(code[1:], 16)
    return chr(number) if number < 0x110000 else found[0]
