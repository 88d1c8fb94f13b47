"""One indicator row and what the scheme's rule proposes for it, blind to published scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from engine.indicators.scoring.compare import Aligned, align, choose
from engine.indicators.scoring.dates import Period, later
from engine.indicators.scoring.direction import find_way, lower_by_name
from engine.indicators.scoring.figures import HUNDRED, read_figure, to_cents
from engine.indicators.scoring.flags import FLAG_TEXT, unique
from engine.indicators.scoring.quantity import (
    Figures,
    Quantity,
    Words,
    parse_quantity,
    unit_in_name,
)
from engine.indicators.scoring.rules import reckon
from engine.indicators.scoring.scheme import MOF_2020_10, Scheme
from engine.indicators.scoring.text import (
    LONGEST,
    cell,
    is_blank,
    normalise,
    not_applicable,
    repeats,
    says_met,
    says_missed,
    says_partly,
    scale,
)

_TIME_WORDS: Final = ("时效", "进度", "时间", "时限", "日期", "期限", "完工", "竣工")
_READ_LIMIT: Final = 400


@dataclass(frozen=True)
class IndicatorRow:
    """A row as typed. `weight` is the full score (分值); `year` dates a target without a year."""

    level3: str
    target: str
    actual: str
    weight: Decimal | None
    level1: str = ""
    level2: str = ""
    year: int | None = None
    flags: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, data: Mapping[str, object], year: int | None = None) -> IndicatorRow:
        """A row from JSON, a form or a sheet: any key may be missing, of any type."""
        weight, problem = read_figure(data.get("weight"))
        bad = problem is not None or (weight is not None and weight < 0)
        flags = ["weight_invalid"] if bad else []
        for key in ("target", "actual"):
            value = data.get(key)
            if isinstance(value, float | Decimal) and read_figure(value)[1]:
                flags.append("not_a_number")
        return cls(
            level3=cell(data.get("level3")),
            target=_typed(data.get("target")),
            actual=_typed(data.get("actual")),
            weight=None if bad else weight,
            level1=cell(data.get("level1")),
            level2=cell(data.get("level2")),
            year=year,
            flags=unique(flags),
        )


@dataclass(frozen=True)
class Proposal:
    """What the rule proposes: a score of two places or None, with its reasons.

    `rule` names the rule applied (forward, reverse, equal, date, words, scale or none);
    `explanation` is one Chinese line; `ratio` is actual ÷ target where both are figures.
    """

    score: Decimal | None
    flags: tuple[str, ...]
    rule: str
    explanation: str
    ratio: Decimal | None = None


def propose(row: IndicatorRow, scheme: Scheme = MOF_2020_10) -> Proposal:
    """Propose a score for a row by the scheme's rule; never raises, never looks at a score."""
    target, actual = normalise(row.target), normalise(row.actual)
    empty = [
        f"{name}_empty" for name, text in (("target", target), ("actual", actual)) if is_blank(text)
    ]
    if empty:
        proposal = _none(*empty)
    elif row.weight is None:
        proposal = replace(_judge(replace(row, weight=HUNDRED), target, actual, scheme), score=None)
        proposal = replace(proposal, rule="none", explanation=FLAG_TEXT["no_weight"])
    else:
        proposal = _judge(row, target, actual, scheme)
    unweighted = ("no_weight",) if row.weight is None and not row.flags else ()
    weightless = ("weight_zero",) if row.weight == 0 else ()
    unscored = ("not_scored",) if proposal.score is None else ()
    return replace(
        proposal, flags=unique(unscored, row.flags, unweighted, weightless, proposal.flags)
    )


def _typed(value: object) -> str:
    """The text of a target or actual cell; a number that is none counts as not typed."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return cell(value) if read_figure(value)[1] is None else ""
    return cell(value)


def _none(*flags: str, ratio: Decimal | None = None) -> Proposal:
    return Proposal(None, flags, "none", "".join(FLAG_TEXT[flag] for flag in flags[:1]), ratio)


def _judge(row: IndicatorRow, target: str, actual: str, scheme: Scheme) -> Proposal:
    if max(len(target), len(actual)) > _READ_LIMIT:
        whole = max(len(row.target), len(row.actual)) <= LONGEST
        if row.target == row.actual or (whole and repeats(target, actual)):
            return _assumed(row, "指标值与实际完成值文字相同")
        return _assumed(row, actual) if says_met(actual) else _none("text_too_long")
    named_month = (unit_in_name(row.level3) or (None, None))[1]
    dates = named_month is None or named_month.dimension != "months"
    time_like = any(word in row.level2 + row.level3 for word in _TIME_WORDS)
    wanted = parse_quantity(row.target, time_like=time_like, dates=dates)
    got = parse_quantity(row.actual, time_like=time_like, dates=dates)
    if isinstance(wanted, Words) or isinstance(got, Words):
        return _words(row, target, actual, isinstance(got, Words), scheme)
    if isinstance(wanted, Period) and isinstance(got, Period):
        return _dates(row, wanted, got)
    if isinstance(wanted, Period) and isinstance(got, Quantity) and got.comparator is None:
        wanted = parse_quantity(row.target, dates=False) if _months_fit(wanted, got) else wanted
    elif isinstance(got, Period) and isinstance(wanted, Quantity):
        got = parse_quantity(row.actual, dates=False) if _months_fit(got, wanted) else got
    if isinstance(wanted, Quantity) and isinstance(got, Figures):
        got = choose(wanted, got) or got
    if isinstance(wanted, Quantity) and isinstance(got, Quantity):
        return _figures(row, wanted, got, scheme)
    if repeats(target, actual):
        return _assumed(row, "指标值与实际完成值文字相同")
    return _none(
        "several_figures"
        if isinstance(wanted, Figures) or isinstance(got, Figures)
        else "unit_mismatch"
    )


def _months_fit(period: Period, other: Quantity) -> bool:
    """Whether 10月 may mean ten months: the other side is a bare or a month figure."""
    months = other.unit is None or other.unit.dimension == "months"
    return period.year is None and months


def _assumed(row: IndicatorRow, why: str) -> Proposal:
    assert row.weight is not None
    score = to_cents(row.weight)
    said = why if len(why) <= 20 else why[:20] + "…"
    return Proposal(
        score, ("qualitative_assumed",), "words", f"定性：{said}，按达成提出满分 {score}"
    )


def _words(
    row: IndicatorRow, target: str, actual: str, actual_is_text: bool, scheme: Scheme
) -> Proposal:
    if not_applicable(target) or not_applicable(actual):
        return _none("not_applicable")
    grades = scale(target)
    if repeats(target, actual) and target == actual:
        assumed = _assumed(row, f"实际“{row.actual.strip()}”与指标值相同")
        return replace(assumed, flags=(*assumed.flags, "scale_no_grade")) if grades else assumed
    if grades:
        return _scale(row, grades, actual, scheme)
    if repeats(target, actual):
        return _assumed(row, f"实际“{row.actual.strip()}”与指标值相同")
    if says_met(actual):
        return _assumed(row, f"填报“{row.actual.strip()}”")
    if not actual_is_text:
        return _none("target_is_text")
    if says_partly(actual):
        return _none("partly_met")
    return _none("not_met_text" if says_missed(actual) else "text_differs")


def _scale(row: IndicatorRow, grades: tuple[str, ...], actual: str, scheme: Scheme) -> Proposal:
    assert row.weight is not None
    if actual not in grades:
        return _assumed(row, row.actual) if says_met(actual) else _none("scale_no_grade")
    share = scheme.scales.get("".join(grades), {}).get(actual)
    if share is None or not 0 <= share <= 1:
        top = says_met(actual)
        return _assumed(row, row.actual) if top else _none("scale_not_set")
    score = to_cents(row.weight * share)
    line = f"量表：“{actual}”占 {share} × {row.weight} = {score}"
    return Proposal(score, ("scale_graded",), "scale", line)


def _dates(row: IndicatorRow, wanted: Period, got: Period) -> Proposal:
    assert row.weight is not None
    late = later(got, wanted, row.year)
    if late is None:
        return _none("date_imprecise")
    if late:
        return _none("late")
    score = to_cents(row.weight)
    line = f"时间：{row.actual.strip()} 不晚于 {row.target.strip()}，得满分 {score}"
    return Proposal(score, ("date_compared",), "date", line)


def _figures(row: IndicatorRow, wanted: Quantity, got: Quantity, scheme: Scheme) -> Proposal:
    assert row.weight is not None
    way = find_way(wanted, row.level3, row.level2)
    pair = align(wanted, got, row.level3, way.direction)
    if pair is None:
        return _none("unit_mismatch", *way.flags)
    reckoned = reckon(way.direction, pair.target, pair.actual, row.weight, scheme)
    flags = unique(way.flags, _seen(wanted, got), pair.flags, reckoned.flags, _doubts(pair))
    if (
        way.direction == "equal"
        and pair.actual > pair.target
        and lower_by_name(row.level3, row.level2)
    ):
        flags = unique(flags, ("equal_overrun",))
    rule = {"higher": "forward", "lower": "reverse", "equal": "equal"}[way.direction]
    ratio = pair.actual / pair.target if pair.target else None
    return Proposal(reckoned.score, flags, rule, reckoned.explanation, ratio)


def _seen(wanted: Quantity, got: Quantity) -> list[str]:
    seen = {
        "actual_comparator": got.comparator is not None,
        "range_target": wanted.is_range,
        "range_actual": got.is_range,
        "approximate": got.approximate,
    }
    return [flag for flag, true in seen.items() if true]


def _doubts(pair: Aligned) -> list[str]:
    doubts = ["negative_actual"] if pair.actual < 0 <= pair.target else []
    if pair.target > 0 and pair.actual > 0:
        ratio = pair.actual / pair.target
        if ratio >= 500 or ratio <= Decimal("0.002"):
            doubts.append("unit_scale_doubtful")
    return doubts
