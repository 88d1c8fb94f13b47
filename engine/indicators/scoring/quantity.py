"""From a cell to a quantity: comparator, number or range, multiplier, unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from engine.indicators.scoring.dates import Period, find_periods, read_period
from engine.indicators.scoring.figures import bounded
from engine.indicators.scoring.text import normalise, numeral
from engine.indicators.scoring.units import Unit, is_known, per, read_unit, unit_named

_SIGNS: Final = {
    "≥": r"≥|≧|⩾|≽|≮|>=|=>|>═|[不未](?:得|能|应|可)?(?:少于|低于|小于)"
    r"|[大高]于或?等于|至少|最少|最低|达到?",
    "≤": r"≤|≦|⩽|≼|≯|<=|=<|<═|[不未](?:得|能|应|可)?(?:超|高于|大于|多于|突破)[过出]?"
    r"|[小低]于或?等于|至多|最多|最高|控制在",
    ">": r">|大于|高于|超过|多于|超",
    "<": r"<|小于|低于|少于",
    "=": r"=|═|等于",
}
_SIGN = re.compile("|".join(f"(?P<s{n}>{signs})" for n, signs in enumerate(_SIGNS.values())))
_AFTER: Final = {"≥": r"及?以上", "≤": r"及?以下|以内|之内|内(?!容)"}
_SUFFIX = re.compile("|".join(f"(?P<s{n}>{words})" for n, words in enumerate(_AFTER.values())))
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,40})(?:\.\d{1,40})?|\.\d{1,40}")
_ROUGH = re.compile(r"余|多(?!于)|几|来")
_SEPARATOR = re.compile(r"[-~—–]+|至|到")
_UP = re.compile(r"提升|提高|增长|增加|上升|增幅")
_DOWN = re.compile(r"下降|降低|减少|压减|缩减|缩短|削减|节约|降幅")
_LEVEL = re.compile(r"(?:至|到|为|不|≤|<|≦)[^\d]{0,4}$")
_BRACKET = re.compile(r"\(([^()]{0,40})\)")
_SPELT = re.compile(
    r"(约|近|至少|[≥≤><=]{1,2}|不[^\d]{0,3}[于过])?([零一二两三四五六七八九十百]{1,5})([^\d]{1,4}?)(以上|以内|以下|内)?"
)
_EACH = re.compile(r"((?:每(?:半?年|月|季度?|周|天|日|人|户|亩))+)[^每\d]{0,6}$")


@dataclass(frozen=True)
class Quantity:
    """A figure as printed; `low` = `high` unless a range was. `scale` is 10000 for 万元.

    `comparator` is one of ≥ ≤ > < = or None; `change` is 1 for 提升…, -1 for 下降…, else 0.
    """

    low: Decimal
    high: Decimal
    comparator: str | None = None
    unit: Unit | None = None
    scale: Decimal = Decimal(1)
    change: int = 0
    approximate: bool = False

    @property
    def bare(self) -> bool:
        """Whether nothing but a number was printed."""
        return self.unit is None and self.scale == 1

    @property
    def is_range(self) -> bool:
        """Whether two ends were printed, such as 90-95%."""
        return self.low != self.high


@dataclass(frozen=True)
class Figures:
    """A cell with several different figures: none of them is the value by itself."""

    all: tuple[Quantity, ...]


@dataclass(frozen=True)
class Words:
    """A cell without any figure."""

    text: str


Reading = Quantity | Period | Figures | Words


def parse_quantity(value: object, *, time_like: bool = False, dates: bool = True) -> Reading:
    """Read a target or an actual value as people type it. Never raises.

    `time_like` reads 2023.12 as a month; `dates=False` reads 10月 as ten months.
    """
    text = _unbracket(_spelt(normalise(value)))
    if not re.search(r"\d", text):
        return Words(text)
    if dates and not re.search(r"[≥≧>].{0,3}\d{1,2}月$", text):
        period = read_period(text, time_like=time_like)
        if period is not None:
            return period
        without = find_periods(text)[1]
        text = without if re.search(r"\d", without) else text
    found = _distinct(_scan(text))
    if len(found) == 1:
        return found[0]
    return Figures(tuple(found)) if found else Words(text)


def comparator_in(text: str) -> str | None:
    """The comparator printed inside an indicator's name, such as 公猪舍(≥**平方米)."""
    found = re.search(r"[≥≧⩾≤≦⩽]|[><]=?|=", normalise(text))
    return _sign(found[0]) if found else None


def unit_in_name(text: str) -> tuple[Decimal, Unit] | None:
    """The unit printed in brackets in an indicator's name: （万元）, (%), (≥**平方米)."""
    for inner in reversed(_BRACKET.findall(normalise(text))):
        named = unit_named(re.sub(r"^(?:单位|计量单位)?[:：≥≧≤≦<>=*x_ ]*", "", inner))
        if named is not None:
            return named
    return None


def _scan(text: str) -> list[Quantity]:
    quantities: list[Quantity] = []
    at, before = 0, 0
    while found := _NUMBER.search(text, at):
        at = found.end()
        if _ordinal(text, found.start()):
            continue
        quantity, at = _quantity(text, found, before)
        if quantity is not None:
            quantities.append(quantity)
            before = at
    return quantities


def _ordinal(text: str, start: int) -> bool:
    """Whether digits belong to a name (PM2.5, G20, 第3) rather than count something."""
    before = text[start - 1 : start]
    return before in ("第", ".") or (before.isascii() and before.isalpha())


def _quantity(text: str, found: re.Match[str], before: int) -> tuple[Quantity | None, int]:
    number = bounded(Decimal(found[0].replace(",", "")))
    prefix = text[before : found.start()]
    rough = _ROUGH.match(text, found.end())
    scale, unit, end = read_unit(text, rough.end() if rough else found.end())
    if number is None:
        return None, end
    each = _EACH.search(prefix)
    unit = per(unit, each[1]) if each and unit else unit
    if prefix[-1:] in ("-", "−") and (before == 0 or len(prefix) > 1):
        number = -number
    low, high = number, number
    other = _other_end(text, end)
    if other is not None and other[0] >= number:
        high, (tail_scale, tail_unit, end) = other[0], other[1]
        scale, unit = (tail_scale, tail_unit) if unit is None and scale == 1 else (scale, unit)
    approximate = bool(rough or prefix.endswith(("约", "近")) or text[end:].startswith("左右"))
    sign, change = _sign_around(prefix, text[end : end + 6]), _change(prefix)
    return Quantity(low, high, sign, unit, scale, change, approximate), end


def _other_end(text: str, end: int) -> tuple[Decimal, tuple[Decimal, Unit | None, int]] | None:
    separator = _SEPARATOR.match(text, end)
    found = _NUMBER.match(text, separator.end()) if separator else None
    number = bounded(Decimal(found[0].replace(",", ""))) if found else None
    if found is None or number is None:
        return None
    return number, read_unit(text, found.end())


def _sign_around(prefix: str, suffix: str) -> str | None:
    after = _SUFFIX.match(suffix)
    if after is not None:
        return list(_AFTER)[int(str(after.lastgroup)[1:])]
    signs = [found[0] for found in _SIGN.finditer(prefix)]
    return _sign(signs[-1]) if signs else None


def _sign(text: str) -> str | None:
    found = _SIGN.fullmatch(text)
    return list(_SIGNS)[int(str(found.lastgroup)[1:])] if found else None


def _change(prefix: str) -> int:
    if _LEVEL.search(prefix):
        return 0
    return 1 if _UP.search(prefix) else -1 if _DOWN.search(prefix) else 0


def _distinct(found: list[Quantity]) -> list[Quantity]:
    kept: list[Quantity] = []
    for quantity in found:
        if all(
            (q.low, q.high, q.unit) != (quantity.low, quantity.high, quantity.unit) for q in kept
        ):
            kept.append(quantity)
    return kept


def _unbracket(text: str) -> str:
    """Drop remarks in brackets where a figure stands outside, but keep a bare unit."""
    if not re.search(r"\d", _BRACKET.sub("", text)):
        return text
    return _BRACKET.sub(lambda found: found[1] if unit_named(found[1]) else "", text)


def _spelt(text: str) -> str:
    """Write 三次 or 不少于三次 as 3次 when the whole cell is a Chinese numeral and a unit."""
    found = _SPELT.fullmatch(text)
    number = numeral(found[2]) if found else None
    named = unit_named(found[3]) if found else None
    if found is None or number is None or named is None or not is_known(named[1]):
        return text
    return f"{found[1] or ''}{number}{found[3]}{found[4] or ''}"


def with_unit(quantity: Quantity, scale: Decimal, unit: Unit | None) -> Quantity:
    """The same figure with another's unit, for a unit printed on one side counts for both."""
    return replace(quantity, scale=scale, unit=unit)
