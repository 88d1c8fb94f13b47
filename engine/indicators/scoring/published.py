"""What a printed score, beside the rule's proposal, gives reason to ask about."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from engine.indicators.scoring.execution import Budget
from engine.indicators.scoring.figures import HALF_CENT, HUNDRED, to_cents
from engine.indicators.scoring.quantity import Quantity, parse_quantity
from engine.indicators.scoring.row import IndicatorRow, Proposal
from engine.indicators.scoring.text import is_blank, normalise

_NO_REASON: Final = frozenset({"无", "没有", "无偏差", "不适用", "无。", "none", "n/a"})
_RATE_OF_BUDGET: Final = re.compile(
    r"^(?:项目|财政|部门|年度|全年)*(?:预算|资金|经费|预算资金|项目资金)(?:支出)?(?:执行|完成)率"
)
_TOTAL_COST: Final = re.compile(r"总成本|总投资|预算控制数|成本总额|总费用|支出总额")
_MONEY: Final = "money"


def published_flags(
    row: IndicatorRow,
    proposal: Proposal,
    published: Decimal | None,
    reason: object,
    *,
    execution: bool = False,
) -> list[str]:
    """Warnings on a printed score: off the rule, over the weight, without the required words."""
    if published is None:
        return []
    flags = _against_proposal(row, proposal, published)
    if published < 0:
        flags.append("score_negative")
    if "actual_empty" in proposal.flags:
        flags.append("scored_without_actual")
    if row.weight is not None and published > row.weight + HALF_CENT:
        flags.append("score_over_weight")
    if execution or row.weight is None:
        return flags
    if published < row.weight and not _reasoned(reason):
        flags.append("deviation_reason_missing")
    if "over_achieved" in proposal.flags and not _reasoned(reason):
        flags.append("over_reason_missing")
    return flags


def contradicts_budget(row: IndicatorRow, budget: Budget) -> list[str]:
    """Whether a row tells another execution, or another total cost, than the funds block."""
    spent = budget.spent
    if spent is None:
        return []
    name = normalise(row.level3)
    told = parse_quantity(row.actual)
    if not isinstance(told, Quantity):
        return []
    if _RATE_OF_BUDGET.match(name) and budget.rate is not None:
        off = min(abs(told.low * scale - budget.rate) for scale in _shares(told))
        return ["contradicts_budget"] if off >= Decimal("0.5") else []
    money = told.unit is None or told.unit.dimension == _MONEY
    if _TOTAL_COST.search(name) and money:
        return _cost_contradicts(row, told, spent)
    return []


def _shares(told: Quantity) -> tuple[Decimal, ...]:
    return (Decimal(1), HUNDRED) if told.bare and told.low <= 1 else (Decimal(1),)


def _cost_contradicts(row: IndicatorRow, told: Quantity, executed: Decimal) -> list[str]:
    """A total cost in 万元 near the executed sum but not the same (90 beside 89.974)."""
    printed = told if told.unit is not None else parse_quantity(row.target)
    if not isinstance(printed, Quantity) or printed.unit is None:
        return []
    if printed.unit.dimension != _MONEY:
        return []
    cost = told.low * printed.scale / Decimal(10000)
    near = abs(cost - executed) <= executed / 10
    return ["contradicts_budget"] if near and abs(cost - executed) >= HALF_CENT else []


def _against_proposal(row: IndicatorRow, proposal: Proposal, published: Decimal) -> list[str]:
    if proposal.score is None or abs(published - proposal.score) < HALF_CENT:
        return []
    flags = ["differs_from_published"]
    whole = published == published.to_integral_value() and published != row.weight
    if whole and abs(published - proposal.score) < 1:
        flags.append("rounded_to_whole")
    if row.weight is not None and _is_weight_times_actual(row, published):
        flags.append("weight_times_actual")
    return flags


def _is_weight_times_actual(row: IndicatorRow, published: Decimal) -> bool:
    told = parse_quantity(row.actual)
    percent = isinstance(told, Quantity) and told.unit is not None and told.unit.symbol == "%"
    if not percent or not isinstance(told, Quantity) or row.weight is None:
        return False
    return (
        told.low < HUNDRED
        and abs(to_cents(row.weight * told.low / HUNDRED) - published) < HALF_CENT
    )


def _reasoned(reason: object) -> bool:
    text = normalise(reason)
    return not is_blank(text) and text not in _NO_REASON
