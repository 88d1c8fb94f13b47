"""A scoring scheme as data: weights, the rule past a limit, bands, thresholds and grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import yaml

from engine.errors import Invalid, NotFound
from engine.indicators.scoring.figures import HUNDRED, read_figure, to_cents

Grades = tuple[tuple[str, Decimal], ...]
REVERSE_RULES: Final = ("linear", "inverse")


def _d(text: str) -> Decimal:
    return Decimal(text)


def _levels() -> Mapping[str, Decimal]:
    return {
        "预算执行率": _d("10"),
        "产出指标": _d("50"),
        "效益指标": _d("30"),
        "满意度指标": _d("10"),
    }


@dataclass(frozen=True)
class Scheme:
    """How self-evaluation is scored in one place; the defaults are 财预〔2020〕10号.

    `reverse`: past a limit, `linear` gives (1 − (a − t) ÷ t) × w and `inverse` gives t ÷ a × w.
    `bands`: the lower ends of the upper and the middle qualitative band, as shares of the weight.
    `over_achieved`: actual ÷ target from which an over-achievement needs a reason (1.2).
    `far_miss`: share of the target below which a figure is doubted rather than believed.
    `scales`: shares per grade for printed scales, {"优良中低差": {"优": 1, …}}; none by the rule.
    `grades`: (label, lower end), best first, half-open intervals.
    """

    key: str = "mof_2020_10"
    title: str = "项目支出绩效自评（财预〔2020〕10号）"
    total: Decimal = HUNDRED
    level_weights: Mapping[str, Decimal] = field(default_factory=_levels)
    reverse: Literal["linear", "inverse"] = "linear"
    bands: tuple[Decimal, Decimal] = (_d("0.8"), _d("0.6"))
    over_achieved: Decimal = Decimal("1.2")
    far_miss: Decimal = Decimal("0.5")
    scales: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    grades: Grades = (("优", _d("90")), ("良", _d("80")), ("中", _d("60")), ("差", _d("0")))

    def __post_init__(self) -> None:
        if self.reverse not in REVERSE_RULES:
            raise Invalid("反向指标规则只能是 linear 或 inverse。", field="reverse")
        upper, middle = self.bands
        if not 0 <= middle <= upper <= 1:
            raise Invalid("定性档次界限应在 0 至 1 之间，且上档不低于中档。", field="bands")
        lows = [low for _, low in self.grades]
        if not lows or lows != sorted(set(lows), reverse=True):
            raise Invalid("等级应从高到低排列，下限不得重复。", field="grades")
        if self.total <= 0 or self.over_achieved < 1 or self.far_miss < 0:
            raise Invalid("总分应大于 0，超额界限不小于 1，偏离界限不小于 0。", field="total")

    @classmethod
    def from_mapping(cls, data: Mapping[str, object]) -> Scheme:
        """A scheme from YAML or JSON data; what is not given keeps the rule's default.

        Raises Invalid, naming the field, for unknown keys and impossible values.
        """
        known = {entry.name for entry in fields(cls)}
        strange = sorted(str(key) for key in data if key not in known)
        if strange:
            raise Invalid("评分方案有不认识的项：{strange}。", strange=strange, field=strange[0])
        return cls(**{key: _value(key, value) for key, value in data.items()})  # type: ignore[arg-type]  # each key is converted to its field's type by _value


MOF_2020_10: Final = Scheme()
SCHEMES: Final[Mapping[str, Scheme]] = {MOF_2020_10.key: MOF_2020_10}


def load_scheme(name: str) -> Scheme:
    """A built-in scheme by key, or one from a YAML file. Raises NotFound or Invalid."""
    if name in SCHEMES:
        return SCHEMES[name]
    path = Path(name)
    if not path.is_file():
        raise NotFound(
            "没有评分方案“{name}”，可用：{known}，或给出 YAML 文件。",
            name=name,
            known=tuple(SCHEMES),
        )
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError, RecursionError) as error:
        raise Invalid("评分方案文件无法读取：{name}。", name=name) from error
    if not isinstance(data, dict):
        raise Invalid("评分方案文件应是一组“项: 值”：{name}。", name=name)
    return Scheme.from_mapping(data)


def grade(total: Decimal, scheme: Scheme = MOF_2020_10) -> str:
    """The grade of a total, rounded to two places first: 89.995 is 90.00 and so 优."""
    rounded = to_cents(total)
    for label, low in scheme.grades:
        if rounded >= low:
            return label
    return scheme.grades[-1][0]


def _number(key: str, value: object) -> Decimal:
    number, problem = read_figure(value)
    if number is None or problem:
        raise Invalid("评分方案的“{key}”应是数字。", key=key, field=key)
    return number


def _value(key: str, value: object) -> object:
    if key in ("key", "title", "reverse"):
        return str(value)
    if key == "level_weights":
        return _numbers(key, value)
    if key == "scales":
        return {scale: _numbers(key, shares) for scale, shares in _mapping(key, value).items()}
    if key == "bands":
        ends = [_number(key, end) for end in value] if isinstance(value, list | tuple) else []
        if len(ends) != 2:
            raise Invalid("定性档次应给出两个界限。", field=key)
        return ends[0], ends[1]
    if key == "grades":
        pairs = _mapping(key, value)
        return tuple((label, _number(key, low)) for label, low in pairs.items())
    return _number(key, value)


def _numbers(key: str, value: object) -> dict[str, Decimal]:
    return {name: _number(key, number) for name, number in _mapping(key, value).items()}


def _mapping(key: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict) or (not value and key == "grades"):
        raise Invalid("评分方案的“{key}”应是一组“项: 值”。", key=key, field=key)
    return {str(name): entry for name, entry in value.items()}
