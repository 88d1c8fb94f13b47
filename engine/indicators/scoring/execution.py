"""The score of the budget's execution (预算执行率): min(weight, executed ÷ base × weight)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.indicators.scoring.figures import HUNDRED, LARGEST, ZERO, read_figure, shown, to_cents
from engine.indicators.scoring.flags import FLAG_TEXT, unique
from engine.indicators.scoring.row import Proposal
from engine.indicators.scoring.scheme import MOF_2020_10, Scheme

Line = tuple[Decimal | None, Decimal | None, Decimal | None]


@dataclass(frozen=True)
class Budget:
    """The total line of funds (all figures in one unit) and the lines below it."""

    initial: Decimal | None
    adjusted: Decimal | None
    executed: Decimal | None
    weight: Decimal | None
    sub: tuple[Line, ...] = ()
    flags: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, data: object) -> Budget:
        """The funds block as data; anything else than a mapping is an empty, flagged budget."""
        if not isinstance(data, Mapping):
            return cls(None, None, None, None, (), ("budget_invalid",) if data is not None else ())
        flags: list[str] = []
        figures: dict[str, Decimal | None] = {}
        for key in ("initial", "adjusted", "executed", "weight"):
            figures[key], problem = read_figure(data.get(key))
            flags += [problem] if problem else []
        weight = figures["weight"]
        if weight is not None and weight < 0:
            figures["weight"] = None
            flags.append("weight_invalid")
        return cls(**figures, sub=tuple(_lines(data.get("sub"))), flags=unique(flags))

    @property
    def base(self) -> Decimal | None:
        """What execution is measured against: the adjusted budget, else the initial one."""
        return self.initial if self.adjusted is None else self.adjusted

    @property
    def spent(self) -> Decimal | None:
        """What was spent for all one can see: the total, or the lines below where it is empty."""
        below = sum((line[2] for line in self.sub if line[2] is not None), ZERO)
        return self.executed or below or self.executed

    @property
    def rate(self) -> Decimal | None:
        """Executed ÷ base in percent, unrounded; None where either is missing or the base is 0."""
        if self.base is None or self.base <= 0 or self.executed is None:
            return None
        return min(max(self.executed, ZERO) / self.base * HUNDRED, LARGEST)


def propose_execution(budget: Budget, scheme: Scheme = MOF_2020_10) -> Proposal:
    """Propose the execution score; None without a base, a weight or an executed figure."""
    flags = unique(budget.flags, _base_flags(budget), _line_flags(budget))
    if budget.weight is None:
        flags = unique(flags, ("no_weight",))
    rate = budget.rate
    if rate is None or budget.weight is None or budget.base is None or budget.executed is None:
        reasons = ("budget_line_empty", "no_budget", "executed_empty", "no_weight")
        reason = next((flag for flag in reasons if flag in flags), "not_scored")
        return Proposal(None, unique(("not_scored",), flags), "none", FLAG_TEXT[reason])
    score = to_cents(min(budget.weight, rate / HUNDRED * budget.weight))
    sum_ = f"{shown(budget.executed)} ÷ {shown(budget.base)} × {shown(budget.weight)}"
    capped = "，以分值为限" if rate > HUNDRED else ""
    line = f"执行率：{sum_} = {score}{capped}"
    del scheme  # every scheme in use shares this rule; the weight stands in the table
    return Proposal(score, flags, "execution", line, rate / HUNDRED)


def rate_flags(budget: Budget, printed: object) -> list[str]:
    """Whether a printed rate agrees with the money: 86.19 for 86.18 % does not, 86 is rounded.

    A printed 1 means 100 %, as 0.2 means 20 %.
    """
    rate = budget.rate
    figure, problem = read_figure(printed)
    if problem:
        return [problem]
    if rate is None or figure is None:
        return []
    candidates = [figure, figure * HUNDRED] if abs(figure) <= 1 else [figure]
    if any(abs(to_cents(rate) - one) < Decimal("0.005") for one in candidates):
        return []
    rounded = any(abs(rate - one) <= _half_step(one) for one in candidates)
    return ["rate_rounded"] if rounded else ["rate_differs"]


def with_flags(proposal: Proposal, flags: Iterable[str]) -> Proposal:
    """The same proposal with more warnings."""
    return replace(proposal, flags=unique(proposal.flags, flags))


def _half_step(figure: Decimal) -> Decimal:
    """Half of the last place printed."""
    exponent = figure.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal("0.5").scaleb(min(exponent, 0))


def _base_flags(budget: Budget) -> list[str]:
    if budget.base is None or budget.base <= 0:
        below = any(figure and figure > 0 for line in budget.sub for figure in line)
        return ["budget_line_empty" if below else "no_budget"]
    flags = ["base_initial"] if budget.adjusted is None else []
    if budget.executed is None:
        return [*flags, "executed_empty"]
    if budget.executed < 0:
        flags.append("negative_actual")
    return [*flags, "over_executed"] if budget.executed > budget.base else flags


def _line_flags(budget: Budget) -> list[str]:
    """Lines below the total are parts of it (其中): together they cannot be more."""
    flags = []
    totals = (budget.initial, budget.adjusted, budget.executed)
    for total, figures in zip(totals, zip(*budget.sub, strict=True), strict=False):
        below = sum((figure for figure in figures if figure is not None), ZERO)
        if total is not None and total > 0 and below > total + Decimal("0.005"):
            flags.append("sub_over_total")
    for _, adjusted, executed in budget.sub:
        if adjusted is not None and executed is not None and executed > adjusted:
            flags.append("sub_over_executed")
    return flags


def _lines(sub: object) -> Iterable[Line]:
    lines = sub.values() if isinstance(sub, Mapping) else sub if isinstance(sub, list) else []
    for line in lines:
        if isinstance(line, Mapping):
            cells: list[object] = [line.get(key) for key in ("initial", "adjusted", "executed")]
        else:
            cells = list(line) if isinstance(line, list | tuple) else [line]
        figures = [read_figure(one)[0] for one in (*cells, None, None, None)[:3]]
        yield figures[0], figures[1], figures[2]
