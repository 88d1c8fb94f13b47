"""A scored table as JSON with two-place figures, and as a table to read in a terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from engine.indicators.scoring.figures import read_figure, to_cents
from engine.indicators.scoring.flags import FLAG_TEXT
from engine.indicators.scoring.table import ScoredRow, ScoredTable

_SURROGATE = re.compile("[\ud800-\udfff]")


def as_data(table: ScoredTable) -> dict[str, object]:
    """The table as plain data; figures are Decimals of two places, None is null."""
    execution = table.execution
    return {
        "rows": [_row(one) for one in table.rows],
        "execution": {
            "rate": execution.rate,
            "weight": execution.budget.weight,
            "proposed": execution.proposal.score,
            "published": execution.published,
            "flags": list(execution.proposal.flags),
        },
        "total": {
            "proposed": table.total,
            "published": table.published,
            "weights": table.weights,
            "unscored_weight": table.unscored_weight,
        },
        "grade": table.grade,
        "flags": list(table.flags),
    }


def _row(one: ScoredRow) -> dict[str, object]:
    return {
        "level3": _echo(one.typed.get("level3")),
        "target": _echo(one.typed.get("target")),
        "actual": _echo(one.typed.get("actual")),
        "weight": one.row.weight,
        "proposed": one.proposal.score,
        "published": one.published,
        "flags": list(one.flags),
    }


def _echo(value: object) -> object:
    """A typed cell as it stands; what is no scalar is shown as text, what is no number as null."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float | Decimal):
        return read_figure(value)[0]
    return str(type(value).__name__)


def to_json(data: object, indent: int = 0) -> str:
    """JSON text in which every Decimal is a number of two decimals (100.00), never a float."""
    inner = " " * (indent + 1)
    if isinstance(data, Decimal):
        return f"{to_cents(data):f}"
    if isinstance(data, Mapping) and data:
        lines = (
            f"{inner}{_text(str(key))}: {to_json(one, indent + 1)}" for key, one in data.items()
        )
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    if isinstance(data, list) and data and not all(isinstance(one, str) for one in data):
        items = ",\n".join(inner + to_json(one, indent + 1) for one in data)
        return f"[\n{items}\n{' ' * indent}]"
    return _text(data)


def _text(data: object) -> str:
    return _SURROGATE.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(data, ensure_ascii=False)
    )


def as_text(table: ScoredTable) -> str:
    """The table for people: one line per row, the reckoning under it, then the findings."""
    lines = [_line("指标", "指标值", "实际完成值", "分值", "建议得分", "公布得分")]
    for one in table.rows:
        row, score = one.row, one.proposal.score
        lines.append(_line(row.level3, row.target, row.actual, row.weight, score, one.published))
        lines += [f"    {one.proposal.explanation}", *_remarks(one.flags)]
    execution = table.execution
    rate = "—" if execution.rate is None else f"{execution.rate}%"
    lines.append(
        _line(
            "预算执行率",
            "100%",
            rate,
            execution.budget.weight,
            execution.proposal.score,
            execution.published,
        )
    )
    lines += [f"    {execution.proposal.explanation}", *_remarks(execution.proposal.flags)]
    lines.append(_line("合计", "", "", table.weights, table.total, table.published))
    lines.append(f"未计分的分值：{to_cents(table.unscored_weight)}；等级：{table.grade or '未定'}")
    return _SURROGATE.sub("?", "\n".join([*lines, *_remarks(table.flags)]))


def _remarks(flags: tuple[str, ...]) -> list[str]:
    return [f"    ! {FLAG_TEXT[flag]}（{flag}）" for flag in flags]


def _line(
    name: str,
    target: str,
    actual: str,
    weight: Decimal | str | None,
    proposed: Decimal | str | None,
    published: Decimal | str | None,
) -> str:
    cells = [_fit(name, 36), _fit(target, 22), _fit(actual, 22)]
    figures = (
        one if isinstance(one, str) else _figure(one) for one in (weight, proposed, published)
    )
    return " ".join([*cells, *(" " * (8 - _width(one)) + one for one in figures)]).rstrip()


def _figure(value: Decimal | None) -> str:
    return "—" if value is None else str(to_cents(value))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _fit(text: str, width: int) -> str:
    kept, used = "", 0
    for sign in " ".join(text[:200].split()):
        used += _width(sign)
        if used > width:
            break
        kept += sign
    return kept + " " * (width - _width(kept))
