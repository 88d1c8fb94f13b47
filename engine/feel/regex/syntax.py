"""Reading a pattern into a tree; raises `RegexError` for what XPath does not allow."""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.regex import classes
from engine.feel.regex.classes import Predicate

_SINGLE = {"n": "\n", "r": "\r", "t": "\t"}
_LITERAL = set("\\|.-^?*+{}()[]$ ")
MOST_REPEATS = 1000


class RegexError(ValueError):
    """The pattern or its flags are not legal; `code` is that of a complaint."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class One:
    """One character that the predicate holds."""

    holds: Predicate


@dataclass(frozen=True, slots=True)
class Anchor:
    """`^` or `$`."""

    kind: str


@dataclass(frozen=True, slots=True)
class BackReference:
    """What group `number` matched."""

    number: int


@dataclass(frozen=True, slots=True)
class Sequence_:  # noqa: N801 - `Sequence` is a name of collections.abc
    """One part after the other."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch that leads to a match."""

    branches: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group, or with number 0 one that does not capture."""

    number: int
    inner: Tree


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` (None: any number of) times, greedy or lazy."""

    inner: Tree
    least: int
    most: int | None
    greedy: bool


Tree = One | Anchor | BackReference | Sequence_ | Choice | Group | Repeat


_QUANTIFIERS = ("?", "*", "+", "{")


class Reader:
    """A recursive descent over the pattern's characters."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.text = pattern
        self.flags = flags
        self.at = 0
        self.opened = 0
        self.closed: set[int] = set()

    def read(self) -> Tree:
        """The whole pattern."""
        tree = self._choice()
        if self.at < len(self.text):
            raise RegexError("regex_brackets")
        return tree

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        char = self._peek()
        if not char:
            raise RegexError("regex_incomplete")
        self.at += 1
        return char

    def _skip(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _choice(self) -> Tree:
        branches = [self._branch()]
        while self._skip("|"):
            branches.append(self._branch())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _branch(self) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return Sequence_(tuple(parts))

    def _repeated(self, atom: Tree) -> Tree:
        char = self._peek()
        if char not in _QUANTIFIERS:
            return atom
        self.at += 1
        if char == "{":
            least, most = self._counts()
        else:
            least, most = int(char == "+"), 1 if char == "?" else None
        repeat = Repeat(atom, least, most, greedy=not self._skip("?"))
        if self._peek() in _QUANTIFIERS:
            raise RegexError("regex_quantifiers")
        return repeat

    def _counts(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at : max(end, self.at)].partition(",")
        self.at = end + 1
        if end < 0 or not low.isdecimal() or (high and not high.isdecimal()):
            raise RegexError("regex_quantifier")
        least = int(low[:5])
        most = int(high[:5]) if high else None if comma else least
        if least > MOST_REPEATS or (most is not None and not least <= most <= MOST_REPEATS):
            raise RegexError("regex_times")
        return least, most

    def _atom(self) -> Tree:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return One(self._set())
        if char == ".":
            return One(self._dot())
        if char in "^$":
            return Anchor(char)
        if char == "\\":
            return self._escape()
        if char in "?*+{})]":
            raise RegexError("regex_place", char=char)
        return self._character(char)

    def _dot(self) -> Predicate:
        return (lambda _: True) if "s" in self.flags else (lambda char: char not in "\n\r")

    def _character(self, char: str) -> Tree:
        return One(self._cased(classes.of_set(frozenset(char), (), ())))

    def _cased(self, holds: Predicate) -> Predicate:
        return classes.ignoring_case(holds) if "i" in self.flags else holds

    def _group(self) -> Tree:
        number = 0
        if not self._skip("?:"):
            if self._peek() == "?":
                raise RegexError("regex_special")
            self.opened += 1
            number = self.opened
        inner = self._choice()
        if not self._skip(")"):
            raise RegexError("regex_brackets")
        self.closed.add(number)
        return Group(number, inner)

    def _escape(self) -> Tree:
        if self._peek().isdecimal():
            return self._back_reference()
        return One(self._escaped_class())

    def _back_reference(self) -> Tree:
        digits = self._next()
        while self._peek().isdecimal() and int(digits + self._peek()) <= self.opened:
            digits += self._next()
        if int(digits) not in self.closed or digits == "0":
            raise RegexError("regex_group", number=digits)
        return BackReference(int(digits))

    def _escaped_class(self) -> Predicate:
        char = self._next()
        if char in "pP":
            return self._property(negative=char == "P")
        if char.lower() in classes.SHORT:
            holds = classes.SHORT[char.lower()]
            return classes.negated(holds) if char.isupper() else holds
        return self._cased(classes.of_set(frozenset(self._escaped_single(char)), (), ()))

    def _escaped_single(self, char: str) -> str:
        if char in _SINGLE:
            return _SINGLE[char]
        if char not in _LITERAL:
            raise RegexError("regex_escape", char=char)
        return char

    def _property(self, *, negative: bool) -> Predicate:
        end = self.text.find("}", self.at)
        if not self._skip("{") or end < 0:
            raise RegexError("regex_category")
        holds = classes.category(self.text[self.at : end])
        if holds is None:
            raise RegexError("regex_class", name=self.text[self.at : end])
        self.at = end + 1
        return classes.negated(holds) if negative else holds

    def _set(self) -> Predicate:
        negative = self._skip("^")
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        others: list[Predicate] = []
        minus: Predicate | None = None
        while not self._skip("]"):
            if self._skip("-["):
                minus = self._set()
            else:
                self._member(singles, ranges, others)
        holds = classes.of_set(frozenset(singles), tuple(ranges), tuple(others))
        if "i" in self.flags:
            holds = classes.ignoring_case(holds)
        if negative:
            holds = classes.negated(holds)
        return holds if minus is None else _without(holds, minus)

    def _member(
        self, singles: set[str], ranges: list[tuple[str, str]], others: list[Predicate]
    ) -> None:
        char = self._next()
        if char == "\\":
            if self._peek() in "pPsSdDwWiIcC" and self._peek():
                others.append(self._escaped_class())
                return
            char = self._escaped_single(self._next())
        elif char == "[":
            raise RegexError("regex_bracket")
        following = self.text[self.at + 1 : self.at + 2]
        if self._peek() != "-" or following in ("]", "[", ""):
            singles.add(char)
            return
        self.at += 1
        last = self._next()
        last = self._escaped_single(self._next()) if last == "\\" else last
        if last < char:
            raise RegexError("regex_range", first=char, last=last)
        ranges.append((char, last))


def _without(holds: Predicate, minus: Predicate) -> Predicate:
    return lambda char: holds(char) and not minus(char)
