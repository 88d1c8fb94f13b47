"""Which characters a class of XPath's regular expressions holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

Predicate = Callable[[str], bool]

BLOCKS = {
    "IsBasicLatin": (0x0000, 0x007F),
    "IsLatin-1Supplement": (0x0080, 0x00FF),
    "IsGreek": (0x0370, 0x03FF),
    "IsCyrillic": (0x0400, 0x04FF),
    "IsGeneralPunctuation": (0x2000, 0x206F),
    "IsCJKSymbolsandPunctuation": (0x3000, 0x303F),
    "IsHiragana": (0x3040, 0x309F),
    "IsKatakana": (0x30A0, 0x30FF),
    "IsCJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "IsHalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}


def _is_name_start(char: str) -> bool:
    return char in "_:" or char.isalpha()


def _is_name(char: str) -> bool:
    return char in "-.:_·" or char.isalnum() or unicodedata.category(char).startswith("M")


def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] not in "PZC"


SHORT: dict[str, Predicate] = {
    "s": lambda char: char in " \t\n\r",
    "d": lambda char: unicodedata.category(char) == "Nd",
    "w": _is_word,
    "i": _is_name_start,
    "c": _is_name,
}


def negated(holds: Predicate) -> Predicate:
    """All other characters."""
    return lambda char: not holds(char)


def category(name: str) -> Predicate | None:
    """`L`, `Lu`, `IsBasicLatin` …; nothing when unknown."""
    if name in BLOCKS:
        low, high = BLOCKS[name]
        return lambda char: low <= ord(char) <= high
    if len(name) in (1, 2) and name[0] in "LMNPZSC" and (len(name) == 1 or name[1].islower()):
        return lambda char: unicodedata.category(char).startswith(name)
    return None


def variants(char: str) -> frozenset[str]:
    """The character in either case."""
    forms = {char, char.lower(), char.upper(), char.casefold()}
    return frozenset(form for form in forms if len(form) == 1)


def of_set(
    singles: frozenset[str], ranges: tuple[tuple[str, str], ...], others: tuple[Predicate, ...]
) -> Predicate:
    """The union of single characters, ranges and further predicates."""

    def holds(char: str) -> bool:
        return (
            char in singles
            or any(low <= char <= high for low, high in ranges)
            or any(other(char) for other in others)
        )

    return holds


def ignoring_case(holds: Predicate) -> Predicate:
    """Characters whose either case is held."""
    return lambda char: any(holds(form) for form in variants(char))
