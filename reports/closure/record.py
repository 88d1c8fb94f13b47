"""What a closure document says, as frozen plain data, and its canonical JSON.

Money is Decimal in 元, rates are ratios (0.8618 = 86.18 %), times are aware. Empty is `None` or "".
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from engine.errors import Invalid

FORMAT = "bihuan-closure/1"


@dataclass(frozen=True)
class ProjectFacts:
    """The project as its files name it. `type` is 城建类, 产业扶持类 or 公共服务类."""

    name: str
    code: str
    type: str
    unit: str
    department: str
    years: tuple[int, ...]
    manager: str = ""
    place: str = ""


@dataclass(frozen=True)
class BudgetRow:
    """One funding line of one year: A, B and C of the form, and the score of the total line."""

    year: int
    line: str
    initial: Decimal | None
    adjusted: Decimal | None
    executed: Decimal | None
    weight: Decimal | None = None
    rate: Decimal | None = None
    score: Decimal | None = None
    total: bool = False


@dataclass(frozen=True)
class IndicatorRow:
    """One level-3 indicator; `proposed` is computed, `accepted` stands, `reason` says why not same.

    Targets and actuals are printed as they were agreed, with comparator and unit (≥ 95 %).
    """

    level1: str
    level2: str
    level3: str
    target_initial: str
    target_adjusted: str
    actual: str
    weight: Decimal | None
    proposed: Decimal | None
    accepted: Decimal | None
    reason: str = ""
    deviation_reason: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportTexts:
    """The seven sections of an evaluation report (财预〔2020〕10号 附件3) and the 自评 text.

    Paragraphs are parted by line breaks; the text is never read as markup or as a template.
    """

    overview: str = ""
    work: str = ""
    conclusion: str = ""
    analysis: str = ""
    experience: str = ""
    advice: str = ""
    other: str = ""
    self_report: str = ""


@dataclass(frozen=True)
class Approval:
    """One decision of one person, as it was made."""

    stage: str
    node: str
    person: str
    role: str
    verb: str
    opinion: str
    at: datetime
    round: int = 1


@dataclass(frozen=True)
class Rectification:
    """One closed loop of 整改, from its notice to its 销号."""

    number: str
    source: str
    problem: str
    requirement: str
    measures: str
    feedback: str
    review: str
    closed_by: str = ""
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Signatories:
    """Who stands at the foot of the form."""

    filled_by: str = ""
    checked_by: str = ""
    responsible: str = ""
    phone: str = ""
    on: date | None = None


@dataclass(frozen=True)
class ClosureRecord:
    """All that the closure document of a project shows.

    `money_unit` is 元 (Shanghai's form) or 万元 (the national one). `path_svg` is the drawn process
    with the way that this project went. A `status` other than 终稿 is printed across every page.
    """

    document_number: str
    project: ProjectFacts
    budget: tuple[BudgetRow, ...]
    goal_expected: str
    goal_actual: str
    indicators: tuple[IndicatorRow, ...]
    total: Decimal | None
    grade: str
    texts: ReportTexts
    approvals: tuple[Approval, ...]
    rectifications: tuple[Rectification, ...]
    path_svg: str
    ledger_head: str
    issued_at: datetime
    verdict_url: str
    organisation: str
    signatories: Signatories = field(default_factory=Signatories)
    money_unit: str = "元"
    status: str = "终稿"
    demonstration: bool = False


def to_json(record: ClosureRecord) -> bytes:
    """The record in canonical JSON: sorted keys, UTF-8, figures and times as strings."""
    plain = {"format": FORMAT, **dataclasses.asdict(record)}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1, default=_plain)
    return text.encode() + b"\n"


def from_json(content: bytes) -> ClosureRecord:
    """The record that `to_json` wrote; raises `Invalid` for anything else."""
    try:
        plain = json.loads(content)
        if plain.pop("format") != FORMAT:
            raise Invalid("不是本系统的结项数据文件。")
        record: ClosureRecord = _typed(ClosureRecord, plain)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise Invalid("结项数据文件不完整：{error}", error=error) from error
    return record


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a record")


def _typed(kind: Any, value: Any) -> Any:
    if get_origin(kind) is UnionType:
        return None if value is None else _typed(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], item) for item in value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _typed(hints[name], item) for name, item in value.items()})
    if kind is Decimal:
        return Decimal(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} 不是 {kind.__name__}")
    return value
