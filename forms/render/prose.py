"""Explanatory text of a schema as HTML: a small, safe part of Markdown, everything else escaped."""

from __future__ import annotations

import re
from itertools import groupby

from markupsafe import Markup, escape

_STRONG = re.compile(r"\*\*([^*\n]{1,500})\*\*")
_EMPHASIS = re.compile(r"(?<!\*)\*([^*\n]{1,500})\*(?!\*)")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()<>\"']{1,500})\)")
_ITEM = re.compile(r"^\s{0,3}(?:[-*]|\d{1,3}[.)])\s+")
_TAG = re.compile(r"<[^<>]{0,500}>")


def prose(text: str) -> Markup:
    """Paragraphs, headings, lists, **strong**, *emphasis*, links to http(s); tags are dropped."""
    blocks = re.split(r"\n\s*\n", _TAG.sub("", text.replace("\r\n", "\n")).strip())
    return Markup("").join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> Markup:
    lines = block.split("\n")
    if lines[0].startswith("#"):
        rest = "\n".join(lines[1:])
        title = Markup("<h3>{}</h3>").format(_inline(lines[0].lstrip("#").strip()))
        return title + (_block(rest) if rest.strip() else Markup(""))
    runs = [(listed, list(group)) for listed, group in groupby(lines, key=_is_item)]
    return Markup("").join(_items(run) if listed else _paragraph(run) for listed, run in runs)


def _is_item(line: str) -> bool:
    return _ITEM.match(line) is not None


def _items(lines: list[str]) -> Markup:
    items = (Markup("<li>{}</li>").format(_inline(_ITEM.sub("", line))) for line in lines)
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _paragraph(lines: list[str]) -> Markup:
    return Markup("<p>{}</p>").format(Markup("<br>").join(_inline(line) for line in lines))


def _inline(text: str) -> Markup:
    safe = str(escape(text))
    safe = _LINK.sub(r'<a href="\2" rel="noopener noreferrer">\1</a>', safe)
    safe = _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", safe))
    return Markup(safe)  # noqa: S704 - built from escaped text and the tags above alone
