"""A complaint: what is wrong, told in two languages, and the column of the text where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from unicodedata import east_asian_width

from engine.feel.wording import LANGUAGES, SENTENCES

_AROUND = 30
"""Characters shown before and behind the fault in a long line."""

_LONGEST = 200
"""Characters of a word that a sentence repeats."""
_LONGEST_TEXT = 16_000


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of an expression's text, from `start` up to `end`, in characters from 0."""

    text: str
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The column in characters, from 1."""
        return self.start - self._line_start() + 1

    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.start) + 1

    def picture(self) -> str:
        """The line and under it carets; a long line is cut around them."""
        first = self._line_start()
        last = self.text.find("\n", self.start)
        last = len(self.text) if last < 0 else last
        left, right = max(first, self.start - _AROUND), min(last, self.start + 2 * _AROUND)
        line = "".join(_shown(char) for char in self.text[left:right])
        before = ("…" if left > first else "") + line[: self.start - left]
        carets = max(1, min(self.end, right) - self.start)
        under = "".join("　" if _is_wide(char) else " " for char in before)
        marked = line[self.start - left :][:carets]
        signs = "".join("^^" if _is_wide(char) else "^" for char in marked) or "^"
        return f"{before}{line[self.start - left :]}{'…' if right < last else ''}\n{under}{signs}"


def _brief(word: str, most: int = _LONGEST) -> str:
    return word if len(word) <= most else f"{word[:most]}…"


def _shown(char: str) -> str:
    return char if char.isprintable() else " "


def _is_wide(char: str) -> bool:
    return east_asian_width(char) in "WF"


@dataclass(frozen=True, slots=True)
class Complaint:
    """`code` is stable for machines; its sentences are in `wording`."""

    code: str
    details: tuple[tuple[str, str], ...] = ()
    place: Place | None = None

    @staticmethod
    def of(code: str, place: Place | None = None, /, **details: object) -> Complaint:
        """A complaint with the words that its sentence needs."""
        told = tuple((name, _brief(str(value))) for name, value in details.items())
        return Complaint(code, told, place)

    def at(self, place: Place | None) -> Complaint:
        """The same about this place, unless it has one."""
        return self if self.place or place is None else replace(self, place=place)

    def said(self, language: str) -> str:
        """The sentence in `zh` or `en`, without the place."""
        return SENTENCES[self.code][LANGUAGES[language]].format(**dict(self.details))

    def located(self, language: str) -> str:
        """The sentence with the column, and the line when there are several."""
        if self.place is None:
            return self.said(language)
        line, column = self.place.line, self.place.column
        several = "\n" in self.place.text
        if language == "en":
            return f"{self.said(language)} ({f'line {line}, ' if several else ''}column {column})"
        return f"{self.said(language)}（{f'第 {line} 行' if several else ''}第 {column} 列）"

    def quoted(self, language: str) -> str:
        """The sentence with its column and the line of the text, for those who do not see it."""
        if self.place is None:
            return self.said(language)
        text = self.place.picture().partition("\n")[0].strip()
        if language == "en":
            return f"“{text}”: {self.located(language)}"
        return f"“{text}”：{self.located(language)}"

    def as_dict(self, language: str) -> dict[str, object]:
        """For machines: both languages, and the place where there is one."""
        told: dict[str, object] = {
            "code": self.code,
            "message": self.located(language),
            "zh": self.located("zh"),
            "en": self.located("en"),
        }
        if self.place is not None:
            told |= {
                "expression": _brief(self.place.text, _LONGEST_TEXT),
                "line": self.place.line,
                "column": self.place.column,
                "picture": self.place.picture(),
            }
        return told

    def __str__(self) -> str:
        return self.located("zh")
