"""The parser's state and its loop; the forms register themselves in `PREFIX` and `INFIX`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from engine.feel import limits
from engine.feel.errors import SyntaxError_
from engine.feel.lexer import Token, tokens_of
from engine.feel.names import Names
from engine.feel.nodes.base import Node
from engine.feel.types import Type

Prefix = Callable[["Parser", Token], Node]
Infix = Callable[["Parser", Node, int], Node]

OR, AND, COMPARE, ADD, MULTIPLY, POWER, INSTANCE, NEGATE, POSTFIX = range(1, 10)
"""How tightly forms bind; negation more than powers: -3 ** 2 is 9 (DMN 1.5 §10.3.1.2)."""
PREFIX: dict[str, Prefix] = {}
INFIX: dict[str, tuple[int, Infix]] = {}
_BY_KIND = ("<number>", "<string>", "<name>")
KEYWORDS = frozenset(
    (
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies"),
        *("and", "or", "between", "instance", "of", "function"),
    )
)


class Parser:
    """Reads tokens from left to right."""

    def __init__(self, text: str, names: Names, types: Mapping[str, Type]) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.names = names
        self.types = types
        self.at = 0
        self.nesting = 0
        self.closing_bracket = False
        """Inside the upper end of a range, where `[` closes it."""

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        """A later token."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take a token."""
        token = self.token
        if token.kind != "end":
            self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Whether the next token is one of these words or symbols."""
        return self.token.text in texts and self.token.kind in ("symbol", "name", "other")

    def accept(self, text: str) -> bool:
        """Take the next token if it is this one."""
        if self.sees(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Take the next token, which must be this one."""
        if not self.accept(text):
            raise self.error(f"这里应为“{text}”")

    def error(self, message: str, token: Token | None = None) -> SyntaxError_:
        """A complaint about the next token, or the given one."""
        token = token or self.token
        shown = f"，却是“{token.text}”" if token.text else "，表达式却结束了"
        return SyntaxError_(message + shown, token.start)

    @contextmanager
    def inside(self, names: Names | None = None) -> Iterator[None]:
        """A nested place with its own names, where brackets begin anew."""
        outer, closing = self.names, self.closing_bracket
        self.names, self.closing_bracket = names or outer, False
        self.nesting += 1
        if self.nesting > 2 * limits.NESTING:
            raise SyntaxError_("表达式嵌套过深", self.token.start)
        yield
        self.nesting -= 1
        self.names, self.closing_bracket = outer, closing

    def expression(self, power: int = 0) -> Node:
        """An expression whose operators bind more tightly than `power`."""
        self.nesting += 1
        if self.nesting > 2 * limits.NESTING:
            raise SyntaxError_("表达式嵌套过深", self.token.start)
        node = self._prefix()
        while (form := self._infix()) is not None and form[0] > power:
            self.at += 1
            node = form[1](self, node, form[0])
        self.nesting -= 1
        return node

    def _prefix(self) -> Node:
        token = self.token
        key = f"<{token.kind}>"
        if (token.kind in ("number", "other") or token.text in KEYWORDS) and self._names_one():
            return PREFIX["<name>"](self, token)
        form = PREFIX.get(key) if key in _BY_KIND else None
        if token.kind in ("symbol", "name"):
            form = PREFIX.get(token.text, form)
        if form is None or (token.text in KEYWORDS and token.text not in PREFIX):
            raise self.error("这里应为表达式")
        return form(self, token)

    def _names_one(self) -> bool:
        """Whether a known name begins with what is usually no name: `2025年预算`, `%完成`."""
        found = self.names.find(self.tokens, self.at)
        return found is not None and (found[1] > 1 or self.token.kind == "other")

    def _infix(self) -> tuple[int, Infix] | None:
        token = self.token
        if token.kind not in ("symbol", "name"):
            return None
        if token.text == "[" and self.closing_bracket:
            return None
        return INFIX.get(token.text)


def prefix(*texts: str) -> Callable[[Prefix], Prefix]:
    """Declare what begins with this word, symbol or `<kind>` of token (not yet taken)."""

    def register(form: Prefix) -> Prefix:
        PREFIX.update(dict.fromkeys(texts, form))
        return form

    return register


def infix(power: int, *texts: str) -> Callable[[Infix], Infix]:
    """Declare what follows a left operand with this word or symbol (already taken)."""

    def register(form: Infix) -> Infix:
        INFIX.update(dict.fromkeys(texts, (power, form)))
        return form

    return register
