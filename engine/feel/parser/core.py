"""The parser's state and its loop; the forms register themselves in `PREFIX` and `INFIX`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from engine.feel import limits
from engine.feel.complaints import Complaint, Place
from engine.feel.errors import SyntaxError_
from engine.feel.lexer import Token, tokens_of, unclosed
from engine.feel.names import Names
from engine.feel.nodes.base import Node
from engine.feel.types import Type

Prefix = Callable[["Parser", Token], Node]
Infix = Callable[["Parser", Node, int], Node]

OR, AND, COMPARE, ADD, MULTIPLY, POWER, INSTANCE, NEGATE, POSTFIX = range(1, 10)
"""How tightly forms bind; negation more than powers: -3 ** 2 is 9 (DMN 1.5 §10.3.1.2)."""
PREFIX: dict[str, Prefix] = {}
INFIX: dict[str, tuple[int, Infix]] = {}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
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
            raise self.missing(text)

    def error(self, code: str, token: Token | None = None, **details: str) -> SyntaxError_:
        """A complaint about the next token, or the given one."""
        token = token or self.token
        if token.text == '"' and token.kind == "other":
            code = "unclosed_string"
        elif self._comments(token):
            code, token = "unclosed_comment", self.tokens[self.tokens.index(token) - 1]
        return SyntaxError_(Complaint.of(code, self.place(token.start, token.end), **details))

    def missing(self, wanted: str) -> SyntaxError_:
        """A complaint that this word or symbol is not next: at the end, about an open bracket."""
        if self.token.kind != "end":
            return self.error("expected", wanted=wanted, found=self.token.text)
        opened = unclosed(self.tokens)
        if opened is None:
            return self.error("expected_at_end", wanted=wanted)
        close = _CLOSING[opened.text]
        return self.error("unclosed_bracket", opened, open=opened.text, close=close)

    def wants(self, what: str, token: Token | None = None) -> SyntaxError_:
        """A complaint that an `expression` or a `name` should be here."""
        token = token or self.token
        if token.kind == "end":
            return self.error(f"{what}_missing", token)
        return self.error(f"expected_{what}", token, found=token.text)

    def place(self, start: int, end: int) -> Place:
        """A piece of the text."""
        return Place(self.text, start, max(end, start))

    def _comments(self, token: Token) -> bool:
        return token.text in ("*", "**") and self.text[token.start - 1 : token.start] == "/"

    @contextmanager
    def inside(self, names: Names | None = None) -> Iterator[None]:
        """A nested place with its own names, where brackets begin anew."""
        outer, closing = self.names, self.closing_bracket
        self.names, self.closing_bracket = names or outer, False
        self.nesting += 1
        if self.nesting > 2 * limits.NESTING:
            raise self.error("too_nested")
        yield
        self.nesting -= 1
        self.names, self.closing_bracket = outer, closing

    def expression(self, power: int = 0) -> Node:
        """An expression whose operators bind more tightly than `power`."""
        self.nesting += 1
        if self.nesting > 2 * limits.NESTING:
            raise self.error("too_nested")
        start = self.token
        node = self.placed(self._prefix(), start)
        while (form := self._infix()) is not None and form[0] > power:
            sign = self.next()
            node = self.placed(form[1](self, node, form[0]), start if sign.text == "(" else sign)
        self.nesting -= 1
        return node

    def placed(self, node: Node, sign: Token) -> Node:
        """The node, told its place: the operator, or all of what has none."""
        if node.place is None:
            last = sign if sign.text in INFIX else self.tokens[self.at - 1]
            node.place = self.place(sign.start, last.end)
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
            raise self.wants("expression")
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
