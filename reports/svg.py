"""Text inside SVG: escaped, without what XML forbids, measured and broken as Chinese is."""

from __future__ import annotations

import re
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

FONT = "'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'WenQuanYi Micro Hei', sans-serif"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORD = re.compile(r"[A-Za-z0-9_.,%/+\-]+|.", re.DOTALL)
# A line may not begin with these (GB/T 15834).
_NOT_FIRST = set("，。、；：？！）》」』】〉”’…—")


def safe(text: str) -> str:
    """`text` as character data or as a quoted attribute's value."""
    return escape(_FORBIDDEN.sub("", text), {'"': "&quot;", "'": "&apos;"})


def measure(text: str, size: float) -> float:
    """The width of `text` at a font size, by East Asian width (UAX #11); an estimate."""
    return sum(size if east_asian_width(c) in "WF" else size * 0.56 for c in text)


def wrap(text: str, width: float, size: float, most: int = 0) -> list[str]:
    """`text` in lines of at most `width`; past `most` lines (0: any number) it ends in …."""
    lines = [line.strip() for part in text.splitlines() for line in _fold(part, width, size)]
    lines = [line for line in lines if line]
    if most and len(lines) > most:
        return [*lines[: most - 1], lines[most - 1].rstrip("…") + "…"]
    return lines


def _fold(text: str, width: float, size: float) -> list[str]:
    lines = [""]
    for word in _WORD.findall(text):
        pieces = list(word) if measure(word, size) > width else [word]
        for piece in pieces:
            full = measure(lines[-1] + piece, size) > width
            if full and lines[-1] and piece not in _NOT_FIRST:
                lines.append("")
            lines[-1] += piece
    return lines
