"""Names with blanks and operators: the longest known name that the next tokens spell."""

from __future__ import annotations

from collections.abc import Iterable

from engine.feel.lexer import Token, tokens_of

Spelling = tuple[str, ...]


def spelling(name: str) -> Spelling:
    """The texts of the name's tokens; blanks do not matter."""
    return tuple(token.text for token in tokens_of(name)[:-1])


class Lexicon:
    """A set of names to be found at the head of a token list."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_head: dict[str, list[tuple[Spelling, str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one more name."""
        words = spelling(name)
        if words:
            entries = self._by_head.setdefault(words[0], [])
            entries.append((words, name))
            entries.sort(key=lambda entry: -len(entry[0]))

    def longest(self, tokens: list[Token], at: int) -> tuple[str, int] | None:
        """The longest name spelled from `at` on, and its number of tokens."""
        for words, name in self._by_head.get(tokens[at].text, ()):
            spelled = tokens[at : at + len(words)]
            if tuple(token.text for token in spelled) == words:
                return name, len(words)
        return None


class Names:
    """The names visible at a place of the text: bound ones by scope, declared ones, builtins."""

    def __init__(
        self,
        known: Iterable[str] = (),
        *,
        outer: Names | None = None,
        hints: Lexicon | None = None,
        builtins: Lexicon | None = None,
    ) -> None:
        self.outer = outer
        self.lexicon = Lexicon(known)
        self.hints: Lexicon = hints or (outer.hints if outer else Lexicon())
        self.builtins: Lexicon = builtins or (outer.builtins if outer else Lexicon())
        self.free: dict[str, None] = outer.free if outer else {}
        """Names found that no scope binds, in the order met: they come from the context."""
        self.in_filter: bool = outer.in_filter if outer else False

    def inner(self, names: Iterable[str], *, in_filter: bool = False) -> Names:
        """A scope inside this one that binds more names."""
        scope = Names(names, outer=self)
        scope.in_filter = scope.in_filter or in_filter
        return scope

    def bind(self, name: str) -> None:
        """Bind one more name in this scope."""
        self.lexicon.add(name)

    def find(self, tokens: list[Token], at: int) -> tuple[str, int, bool] | None:
        """Longest visible name at this place, its tokens, and whether a scope binds it."""
        best: tuple[str, int, bool] | None = None
        scope: Names | None = self
        while scope is not None:
            found = scope.lexicon.longest(tokens, at)
            if found and (best is None or found[1] > best[1]):
                best = (*found, scope.outer is not None)
            scope = scope.outer
        if self.in_filter:
            found = self.hints.longest(tokens, at)
            if found and (best is None or found[1] > best[1]):
                best = (*found, False)
        return best
