"""A published self-evaluation table as the walk reads it. Money comes in 万元 and goes on in 元."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from engine.errors import Invalid

WAN = Decimal(10_000)
CENT = Decimal("0.01")
DIMENSIONS = {
    "产出": "产出",
    "效益": "结果",
    "满意度": "结果",
    "成本": "投入",
    "投入": "投入",
    "过程": "过程",
}


@dataclass(frozen=True)
class CaseRow:
    """An indicator of the table; `published` is the printed score."""

    level1: str
    level2: str
    level3: str
    target: str
    actual: str
    weight: Decimal | None
    published: Decimal | None
    deviation_reason: str

    @property
    def dimension(self) -> str:
        """The mission's dimension, by the ministry's level 1."""
        return next((mark for word, mark in DIMENSIONS.items() if word in self.level1), "产出")


@dataclass(frozen=True)
class Case:
    """The table: who, when, the budget line in 元, the rows in their order."""

    name: str
    place: str
    department: str
    unit: str
    year: int
    type: str
    initial: Decimal
    adjusted: Decimal
    executed: Decimal
    execution_weight: Decimal
    execution_published: Decimal | None
    rows: tuple[CaseRow, ...]


def read_case(path: Path) -> Case:
    """The table of a JSON file; `Invalid` says what keeps it from being a project."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"读不到案例 {path.name}：{error}") from error
    if not isinstance(told, dict):
        raise Invalid(f"{path.name} 不是一张自评表")
    rows = tuple(_row(row) for row in told.get("indicators") or () if isinstance(row, Mapping))
    if not rows:
        raise Invalid(f"{path.name} 没有绩效指标")
    budget = told.get("budget") or {}
    initial, adjusted = _yuan(budget.get("initial")), _yuan(budget.get("adjusted"))
    return Case(
        name=_text(told.get("project_name")) or path.stem,
        place=_text(told.get("place")),
        department=_text(told.get("department")) or "主管部门",
        unit=_text(told.get("unit")) or "项目单位",
        year=int(told.get("year") or 2024),
        type=_text(told.get("type")) or "service",
        initial=initial if initial is not None else adjusted or Decimal(0),
        adjusted=adjusted if adjusted is not None else initial or Decimal(0),
        executed=_yuan(budget.get("executed")) or Decimal(0),
        execution_weight=_figure(budget.get("weight")) or Decimal(0),
        execution_published=_figure(budget.get("score")),
        rows=rows,
    )


def _row(told: Mapping[str, Any]) -> CaseRow:
    return CaseRow(
        level1=_text(told.get("level1")) or "产出指标",
        level2=_text(told.get("level2")) or "数量指标",
        level3=_text(told.get("level3")) or "未命名指标",
        target=_text(told.get("target")),
        actual=_text(told.get("actual")),
        weight=_figure(told.get("weight")),
        published=_figure(told.get("score")),
        deviation_reason=_text(told.get("deviation_reason")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _figure(value: object) -> Decimal | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        figure = Decimal(value)
        return figure if figure.is_finite() else None
    return None


def _yuan(value: object) -> Decimal | None:
    figure = _figure(value)
    return None if figure is None else (figure * WAN).quantize(CENT, ROUND_HALF_UP)
