"""The bytes of one appended revision (ISO 32000-2 §7.5.6), every one of them accounted for.

Stricter than the standard: objects, a cross-reference section, a trailer, in this order, with
white space between them and no comments. What no reader of ours reads, no other reader may find.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports.verify.appendix.foreign import Foreign, require

_MOST_OBJECTS = 200
_WHITE = rb"[\0\t\n\f\r ]"
_SPACE = re.compile(_WHITE + rb"*")
_HEAD = re.compile(rb"(\d{1,10}) (\d{1,5}) obj\b")
_TOKEN = re.compile(
    _WHITE + rb"+|<<|>>|\[|\]|/[^\0\t\n\f\r ()<>\[\]{}/%]*|<(?:[0-9A-Fa-f]|" + _WHITE + rb")*>"
    rb"|\((?:[^\\()]|\\[\0-\xff])*\)|(?:[+-]?(?:\d+\.?\d*|\.\d+)|true|false|null|R)"
    rb"(?=[\0\t\n\f\r /<>\[\](]|\Z)"
)
_OPENING, _CLOSING = (b"<<", b"["), (b">>", b"]")
_STREAM = re.compile(rb"stream(?:\r\n|\n)")
_LENGTH = re.compile(rb"/Length[\0\t\n\f\r ]+(\d{1,9})(?=[\0\t\n\f\r ]*[/>])")
_STREAM_END = re.compile(rb"(?:\r\n|\n|\r)?endstream\b")
_OBJECT_END = re.compile(rb"endobj\b")
_TABLE = re.compile(rb"xref\r?\n")
_SECTION = re.compile(rb"(\d{1,10}) (\d{1,5}) ?\r?\n")
_ENTRY = re.compile(rb"\d{10} \d{5} [nf](?: \r| \n|\r\n)")
_TRAILER = re.compile(rb"trailer\b")
_END = re.compile(rb"startxref[\t ]*\r?\n(\d{1,10})[\t ]*\r?\n%%EOF(?:\r\n|\n|\r)?")


@dataclass(frozen=True)
class Layout:
    """Where an appended revision's objects stand; `table` and `trailer` are offsets too.

    `listed` counts the entries of a table, the free head apart; `None` for a stream, which is then
    the last of the objects. `end` is where the revision ends.
    """

    objects: dict[int, tuple[int, int]]
    table: int
    trailer: int
    listed: int | None
    end: int


def read(data: bytes, start: int) -> Layout:
    """The revision that begins at `start`. Raises `Foreign` for any other form."""
    objects, place, table = _objects(data, _skip(data, start))
    require(objects, "a revision has objects")
    if _TABLE.match(data, place):
        table = place
        listed, place = _entries(data, place)
        trailer = place = _skip(data, _match(_TRAILER, data, place).end())
        place = _value(data, place)
        counted: int | None = listed
    else:
        head = _match(_HEAD, data, table)
        trailer, counted = _skip(data, head.end()), None
    end = _match(_END, data, _skip(data, place))
    require(int(end[1]) == table, "the revision ends with the place of its own table")
    return Layout(objects, table, trailer, counted, end.end())


def _objects(data: bytes, place: int) -> tuple[dict[int, tuple[int, int]], int, int]:
    """The objects from `place` on, where they end, and where the last one begins."""
    objects: dict[int, tuple[int, int]] = {}
    last = place
    while head := _HEAD.match(data, place):
        number, generation, last = int(head[1]), int(head[2]), place
        require(number and number not in objects, "an object is written once")
        require(len(objects) < _MOST_OBJECTS, "a security store is small")
        objects[number] = (generation, last)
        body = head.end()
        place = _stream(data, body, _value(data, body))
        place = _skip(data, _match(_OBJECT_END, data, place).end())
    return objects, place, last


def _stream(data: bytes, body: int, place: int) -> int:
    """Behind the stream whose dictionary ends at `place`, if it is one."""
    begin = _STREAM.match(data, place)
    if begin is None:
        return place
    lengths = _LENGTH.findall(data, body, place)
    once = len(lengths) == data.count(b"/Length", body, place) == 1
    require(once and data.find(b"#", body, place) < 0, "a stream says its length, plainly and once")
    end = _match(_STREAM_END, data, begin.end() + int(lengths[0]))
    return _skip(data, end.end())


def _value(data: bytes, place: int) -> int:
    """Behind one dictionary or array; what it says is for the reader to judge."""
    place, depth = _skip(data, place), 0
    while True:
        token = _match(_TOKEN, data, place)
        depth += (token[0] in _OPENING) - (token[0] in _CLOSING)
        require(depth >= 0 and (depth or token[0] in _CLOSING), "one dictionary or array")
        place = token.end()
        if depth == 0:
            return _skip(data, place)


def _entries(data: bytes, place: int) -> tuple[int, int]:
    """How many entries a table has, the free head apart, and where it ends."""
    place, listed = _match(_TABLE, data, place).end(), 0
    while section := _SECTION.match(data, place):
        first, count, place = int(section[1]), int(section[2]), section.end()
        require(count <= _MOST_OBJECTS, "a security store is small")
        listed += count - (first == 0 and count > 0)
        for _ in range(count):
            place = _match(_ENTRY, data, place).end()
    return listed, _skip(data, place)


def _skip(data: bytes, place: int) -> int:
    found = _SPACE.match(data, place)
    return found.end() if found else place


def _match(pattern: re.Pattern[bytes], data: bytes, place: int) -> re.Match[bytes]:
    found = pattern.match(data, place)
    if found is None:
        raise Foreign(f"{pattern.pattern!r} is expected at {place}")
    return found
