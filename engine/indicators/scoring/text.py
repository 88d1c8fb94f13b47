"""What people type into a cell, brought to one spelling before anyone reads meaning into it."""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal
from typing import Final

LONGEST: Final = 2000
"""Characters of a cell that are read for figures; longer prose is compared, never parsed."""

_ENUMERATORS = re.compile("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202f\u2060\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_GAP = re.compile(r"(?<!\d) | (?!\d)")
_THOUSANDS_GAP = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_BLANK = re.compile(r"[-—–─_/\\.·…*#、,;:()\s]*")
_PUNCTUATION = re.compile(r"[\s,。、;:!?.'\"“”‘’《》()\[\]【】·★☆*_-]+")
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PERCENT_WORDS = re.compile(r"百分之([零〇一二两三四五六七八九十百]{1,5})(?!点)")
_PERCENT_OF = re.compile(r"百分之(?=\d)(\d+(?:\.\d+)?)")

_MET = re.compile(
    r"(?:已经|均已|全部|全面|按时|按期|如期|及时|按要求|按计划|按规定|圆满|顺利|已|均|全)*"
    r"(?:完成|达成|达到|达标|实现|落实|符合|到位|做到)了?"
    r"(?:预期|年度|全年|年初|绩效|既定|设定|设置|计划|相关|规定|目标|任务|指标|要求|标准|效果|值|工作)*"
)
_MET_WORDS = frozenset({"是", "及时", "合格", "√", "✓", "✔", "对", "按时", "按期", "如期"})
_PARTLY = re.compile(r"部分(?:达成|完成|达到|实现)|基本(?:达成|完成|达到|实现)")
_NOT_MET = re.compile(r"未|没有|^[否×不x无✗✘]$|不(?:达标|合格|及时|符合)|较差")
_SCALE_LETTERS = frozenset("优良中低差好坏高合格不一般劣是否有无达标/、或,")
_SCALE_GRADES = ("优", "良", "中", "差", "好", "坏", "高", "低", "是", "否", "有", "无")


def cell(value: object) -> str:
    """The text of a cell of any type: yes and no for booleans, plain digits for numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        plain = value.is_finite() and abs(value.adjusted()) < 40
        return f"{value:f}" if plain else str(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < 1000 else "NaN"
    return value if isinstance(value, str) else ""


def normalise(value: object) -> str:
    """One spelling: half-width signs and digits, no invisible characters, no idle spaces."""
    text = html.unescape(cell(value)[: LONGEST * 4])
    text = _INVISIBLE.sub("", _ENUMERATORS.sub(" ", text))
    text = unicodedata.normalize("NFKC", text)
    text = _SPACES.sub(" ", text).strip().lower()
    text = _GAP.sub("", _THOUSANDS_GAP.sub("", text))
    return _PERCENT_OF.sub(r"\1%", _PERCENT_WORDS.sub(_percent, text))[:LONGEST]


def numeral(word: str) -> int | None:
    """The number under a thousand that Chinese numerals spell, or None."""
    total, digit = 0, 0
    for sign in word:
        if sign in _NUMERALS:
            digit = _NUMERALS[sign]
        elif sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            return None
    return total + digit


def _percent(found: re.Match[str]) -> str:
    return f"{numeral(found[1])}%"


def is_blank(text: str) -> bool:
    """Whether a normalised cell says nothing: empty, or only dashes and strokes."""
    return _BLANK.fullmatch(text) is not None


def essence(text: str) -> str:
    """The words alone, for asking whether one cell repeats another."""
    return _PUNCTUATION.sub(_between_digits, text.removeprefix("定性"))


def _between_digits(found: re.Match[str]) -> str:
    """Punctuation is idle but between digits: 1.5 is not 15."""
    around = found.string[found.start() - 1 : found.start()], found.string[found.end() :][:1]
    return found[0] if all(sign.isdigit() for sign in around) else ""


def repeats(target: str, actual: str) -> bool:
    """Whether the actual value is the target written again (punctuation apart)."""
    return target == actual or (essence(target) == essence(actual) != "")


def says_met(text: str) -> bool:
    """Whether a cell claims fulfilment in so many words: 达成预期指标, 已完成, 达标, 是 …"""
    word = essence(text)
    return word in _MET_WORDS or _MET.fullmatch(word) is not None


def says_partly(text: str) -> bool:
    """Whether a cell claims the middle band: 部分达成年度指标并具有一定效果."""
    return _PARTLY.search(text) is not None


def says_missed(text: str) -> bool:
    """Whether a cell admits a miss: 未完成, 否, 不合格 …"""
    return _NOT_MET.search(text) is not None


def not_applicable(text: str) -> bool:
    """Whether a cell says that the indicator does not apply to this project."""
    return essence(text) in ("不适用", "不涉及", "本项目不适用", "本项目不涉及", "n/a")


def scale(text: str) -> tuple[str, ...]:
    """The grades of a scale printed as a target (优良中低差, 好坏, 是/否), best first, or ()."""
    word = essence(text).replace("/", "")
    if not 2 <= len(word) <= 12 or not set(word) <= _SCALE_LETTERS:
        return ()
    grades = tuple(sign for sign in word if sign in _SCALE_GRADES)
    return grades if len(grades) >= 2 and len(grades) == len(set(word)) else ()
