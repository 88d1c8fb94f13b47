"""Units of measure as forms print them: which may be compared, and by what factor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class Unit:
    """A unit with what it measures; equal dimensions compare after multiplying by `factor`."""

    symbol: str
    dimension: str
    factor: Decimal = Decimal(1)


PERCENT: Final = Unit("%", "percent")

_MEASURES: Final = {
    "percent": "% 百分比 百分点 个百分点 个点 ‰=0.1",
    "money": "元 元人民币 人民币 块 rmb",
    "money usd": "美元 美金 usd",
    "money hkd": "港元 港币",
    "money eur": "欧元",
    "money jpy": "日元",
    "length": "米 m 延米 延长米 厘米=0.01 cm=0.01 毫米=0.001 mm=0.001 千米=1000 公里=1000 km=1000",
    "area": "平方米 平米 平方 m2 平方公里=1000000 平方千米=1000000 km2=1000000 公顷=10000"
    " 亩=666.666666666667",
    "volume": "立方米 立方 方 m3 升=0.001 l=0.001",
    "mass": "吨=1000 t=1000 千克 公斤 kg 斤=0.5 克=0.001 g=0.001",
    "months": "个月 月 年=12 周年=12 个季度=3 季度=3",
    "days": "天 日 个自然日 自然日 周=7 星期=7",
    "working days": "个工作日 工作日",
    "minutes": "分钟 小时=60 个小时=60",
    "lessons": "学时 个学时 课时 个课时",
    "power": "千瓦 kw 兆瓦=1000 mw=1000",
    "energy": "千瓦时 kwh 度",
    "apparent power": "千伏安 kva",
    "people": "人 名 位 口 口人",
    "person-times": "人次 人次数",
    "person-days": "人天 人日",
    "times": "次 回 起 例 宗",
    "batches": "批 批次",
    "sessions": "场 场次",
    "vehicles": "辆 辆次",
    "decibel": "分贝 db",
    "celsius": "℃ °c 摄氏度",
    "milligram": "毫克 mg",
    "microgram": "微克 μg ug",
}
_CLASSIFIERS: Final = (
    "个 家 户 件 台 套 篇 份 座 处 条 项 头 只 期 分 本 册 部 栋 幢 间 所 片 张 支 株 棵 艘 口井",
    "眼 盏 根 块 组 班 班次 节 门 站 点位 村 社区 校 企业 户次 家次 件次 台次 套次 条次 机组 枚 桶",
    "袋 箱 瓶 尾 羽 匹 孔 对 队 届 轮 类 种 品种 页 字 幅 面 扇 樘 车 车次 架 架次 床 张床 标段",
    "榀 座次 级 星 倍 篇次 单 笔 款 宗地",
)
_MULTIPLIERS: Final = {
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
}


def _table() -> dict[str, Unit]:
    table = {name: Unit(name, f"count {name}") for line in _CLASSIFIERS for name in line.split()}
    for dimension, units in _MEASURES.items():
        for entry in units.split():
            name, _, factor = entry.partition("=")
            table[name] = Unit(name, dimension, Decimal(factor or 1))
    return table


UNITS: Final = _table()
_LONGEST_FIRST = sorted(UNITS, key=len, reverse=True)
_UNIT = re.compile("|".join(map(re.escape, _LONGEST_FIRST)))
_MULTIPLIER = re.compile("|".join(_MULTIPLIERS))
_PER = re.compile(r"(?:/每|[/每])((?:[a-z]{1,2}[23]|[^\d,;。()≥≤<>=以之内]){1,12})")
_AND = re.compile(r"[/、·.*×每]")
_UNKNOWN = re.compile(r"[^\W\d_]{1,4}(?![^\W\d_])")
_LATIN = re.compile(r"[a-zμ°℃]")
_NO_UNIT = (
    *("以", "之", "左右", "及", "内", "前", "底", "上", "下", "多", "余", "完成", "达", "合格"),
    *("全", "覆盖", "至", "到", "的", "且", "并", "和", "与", "x"),
)


def read_unit(text: str, start: int) -> tuple[Decimal, Unit | None, int]:
    """Read multiplier and unit that follow a number: (multiplier, unit, where reading ended)."""
    unit, end = _plain(text, start)
    if unit is None:
        found = _MULTIPLIER.match(text, start)
        if found is None:
            unit, end = _unknown(text, start)
            return Decimal(1), unit, end
        unit, end = _plain(text, found.end())
        multiplier = Decimal(_MULTIPLIERS[found[0]])
        return (multiplier, *(_rate(unit, text, end) if unit else (None, end)))
    return (Decimal(1), *_rate(unit, text, end))


def unit_named(text: str) -> tuple[Decimal, Unit] | None:
    """The unit that a whole text is (`万元`, `平方米`, `%`), or None."""
    multiplier, unit, end = read_unit(text, 0)
    return (multiplier, unit) if unit is not None and end == len(text) and text else None


def is_known(unit: Unit) -> bool:
    """Whether the unit is in the table, not merely a word that follows a figure."""
    return unit.symbol in UNITS


def _plain(text: str, start: int) -> tuple[Unit | None, int]:
    found = _UNIT.match(text, start)
    if found is None:
        return None, start
    latin = _LATIN.match(found[0]) and _LATIN.match(text, found.end())
    return (None, start) if latin else (UNITS[found[0]], found.end())


def _unknown(text: str, start: int) -> tuple[Unit | None, int]:
    found = _UNKNOWN.match(text, start)
    if found is None or found[0].startswith(_NO_UNIT):
        return None, start
    return Unit(found[0], f"count {found[0]}"), found.end()


def per(unit: Unit, text: str) -> Unit:
    """A unit counted per what `text` names before the figure: 每月 (1次), 每人每天 (400元)."""
    return _rate(unit, "/" + text.removeprefix("每"), 0)[0]


def _rate(unit: Unit, text: str, end: int) -> tuple[Unit, int]:
    """Add what the unit is counted per; 每年 is dropped, for the table is a year's."""
    found = _PER.match(text, end)
    if found is None:
        return unit, end
    parts = (part for part in _AND.split(found[1]) if part not in ("", "年"))
    counted = sorted(UNITS[part].dimension if part in UNITS else part for part in parts)
    if not counted:
        return unit, found.end()
    return Unit(
        f"{unit.symbol}{found[0]}", " per ".join([unit.dimension, *counted]), unit.factor
    ), (found.end())
