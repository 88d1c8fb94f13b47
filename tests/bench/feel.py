"""How many expressions and decisions are evaluated in a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from engine import feel

EXPRESSION = "支出 / 预算 > 1.1 and 进度 < 计划"
CONTEXT = {
    "预算": Decimal(1_000_000),
    "支出": Decimal(1_130_000),
    "进度": Decimal("0.42"),
    "计划": Decimal("0.55"),
}


def _rate(act: Callable[[], object], seconds: float = 0.5, batch: int = 500) -> float:
    started = time.perf_counter()
    count = 0
    while (passed := time.perf_counter() - started) < seconds:
        for _ in range(batch):
            act()
        count += batch
    return count / passed


def bench_feel() -> dict[str, float]:
    """Evaluations per second of a compiled gateway condition, and compilations per second."""
    expression = feel.compile(EXPRESSION)
    best = max(_rate(lambda: expression.evaluate(CONTEXT)) for _ in range(3))
    return {
        "evaluations_per_second": round(best),
        "compilations_per_second": round(_rate(lambda: feel.compile(EXPRESSION), batch=50)),
    }
