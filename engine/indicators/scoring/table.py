"""A whole self-evaluation table: proposals for every row, beside the published figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from engine.indicators.scoring.execution import (
    Budget,
    propose_execution,
    rate_flags,
    with_flags,
)
from engine.indicators.scoring.figures import (
    HALF_CENT,
    ZERO,
    read_figure,
    to_cents,
)
from engine.indicators.scoring.flags import unique
from engine.indicators.scoring.published import contradicts_budget, published_flags
from engine.indicators.scoring.row import IndicatorRow, Proposal, propose
from engine.indicators.scoring.scheme import MOF_2020_10, Scheme, grade

_YEAR: Final = re.compile(r"(?:19|20)\d{2}")


@dataclass(frozen=True)
class ScoredRow:
    """A row with what the rule proposes, what was printed, and the warnings on both."""

    row: IndicatorRow
    typed: Mapping[str, object]
    proposal: Proposal
    published: Decimal | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class ScoredExecution:
    """The execution line; `rate` is in percent."""

    budget: Budget
    rate: Decimal | None
    proposal: Proposal
    published: Decimal | None


@dataclass(frozen=True)
class ScoredTable:
    """All rows in the table's order, the execution, the total and its grade.

    `total` is None while any weight is unscored; `grade` also unless the weights make 100.
    """

    rows: tuple[ScoredRow, ...]
    execution: ScoredExecution
    total: Decimal | None
    published: Decimal | None
    weights: Decimal
    unscored_weight: Decimal
    grade: str | None
    flags: tuple[str, ...]


def score_table(case: Mapping[str, object], scheme: Scheme = MOF_2020_10) -> ScoredTable:
    """Score a table of the kind of 项目支出绩效自评表. Never raises on what the table holds.

    Proposals depend on targets, actual values, weights and money alone; flags also compare
    them with the scores, the rate and the total that were printed.
    """
    year = _year(case.get("year"))
    execution = _execution(case.get("budget"), scheme)
    listed = case.get("indicators")
    entries = listed if isinstance(listed, list | tuple) else []
    rows = tuple(_row(entry, year, execution.budget, scheme) for entry in entries)
    published, problem = read_figure(case.get("total_score"))
    weights, unscored = _weights(rows, execution)
    total = _total(rows, execution) if unscored == 0 else None
    whole = abs(weights - scheme.total) < HALF_CENT
    flags = unique(
        ["indicators_missing"] if not entries else [],
        [problem] if problem else [],
        _sum_flags(rows, execution, published, case.get("complete") is True, scheme),
        _weight_flags(rows, execution, weights, case.get("complete") is True, scheme),
    )
    graded = grade(total, scheme) if total is not None and whole else None
    return ScoredTable(rows, execution, total, published, weights, unscored, graded, flags)


def _row(entry: object, year: int | None, budget: Budget, scheme: Scheme) -> ScoredRow:
    typed = entry if isinstance(entry, Mapping) else {}
    row = IndicatorRow.from_mapping(typed, year)
    proposal = propose(row, scheme)
    published, problem = read_figure(typed.get("score"))
    flags = unique(
        proposal.flags,
        [] if isinstance(entry, Mapping) else ["row_invalid"],
        [problem] if problem else [],
        contradicts_budget(row, budget),
        published_flags(row, proposal, published, typed.get("deviation_reason")),
    )
    return ScoredRow(row, typed, proposal, published, flags)


def _execution(data: object, scheme: Scheme) -> ScoredExecution:
    budget = Budget.from_mapping(data)
    printed = data if isinstance(data, Mapping) else {}
    proposal = propose_execution(budget, scheme)
    published, problem = read_figure(printed.get("score"))
    row = IndicatorRow("", "", "", budget.weight)
    flags = unique(
        [problem] if problem else [],
        rate_flags(budget, printed.get("rate_pct")),
        published_flags(row, proposal, published, None, execution=True),
    )
    rate = to_cents(budget.rate) if budget.rate is not None else None
    return ScoredExecution(budget, rate, with_flags(proposal, flags), published)


def _parts(
    rows: Sequence[ScoredRow], execution: ScoredExecution
) -> list[tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """(weight, proposed, published) of every line, the execution last."""
    parts = [(one.row.weight, one.proposal.score, one.published) for one in rows]
    return [*parts, (execution.budget.weight, execution.proposal.score, execution.published)]


def _weights(rows: Sequence[ScoredRow], execution: ScoredExecution) -> tuple[Decimal, Decimal]:
    known = [(weight, score) for weight, score, _ in _parts(rows, execution) if weight is not None]
    unscored = sum((weight for weight, score in known if score is None), ZERO)
    return sum((weight for weight, _ in known), ZERO), unscored


def _total(rows: Sequence[ScoredRow], execution: ScoredExecution) -> Decimal | None:
    """The sum of the proposals; nothing scored is not a total of 0."""
    scores = [score for _, score, _ in _parts(rows, execution) if score is not None]
    return to_cents(sum(scores, ZERO)) if scores else None


def _sum_flags(
    rows: Sequence[ScoredRow],
    execution: ScoredExecution,
    published: Decimal | None,
    complete: bool,
    scheme: Scheme,
) -> list[str]:
    seen = [
        (weight or ZERO, score) for weight, _, score in _parts(rows, execution) if score is not None
    ]
    low = sum((score for _, score in seen), ZERO)
    if published is None:
        return ["total_missing"] if complete else []
    rest = ZERO if complete else scheme.total - sum((weight for weight, _ in seen), ZERO)
    fits = low - HALF_CENT < published < low + rest + HALF_CENT
    flags = [] if fits else ["published_sum_differs"]
    return [*flags, "total_over_hundred"] if published > scheme.total else flags


def _weight_flags(
    rows: Sequence[ScoredRow],
    execution: ScoredExecution,
    weights: Decimal,
    complete: bool,
    scheme: Scheme,
) -> list[str]:
    off = weights - scheme.total
    if not (off >= HALF_CENT or (complete and off <= -HALF_CENT)):
        return []
    by_level: dict[str, Decimal] = {"预算执行率": execution.budget.weight or ZERO}
    for one in rows:
        by_level[one.row.level1] = by_level.get(one.row.level1, ZERO) + (one.row.weight or ZERO)
    usual = scheme.level_weights
    differs = complete and any(
        by_level[level] != usual[level] for level in by_level if level in usual
    )
    return ["weights_do_not_sum", *(["level_weights_differ"] if differs else [])]


def _year(value: object) -> int | None:
    figure, _ = read_figure(value)
    if figure is not None and Decimal(1900) <= figure < Decimal(2100):
        return int(figure)
    found = _YEAR.search(value) if isinstance(value, str) else None
    return int(found[0]) if found else None
