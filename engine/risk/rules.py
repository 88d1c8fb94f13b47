"""Pure rules of risk: the standard ones, and whether figures cross one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from engine import feel

ORIGINS: dict[str, str] = {
    "alert": "预警",
    "monitoring": "监控",
    "evaluation": "自评",
    "audit": "审计",
}


@dataclass(frozen=True)
class StandardRule:
    """A rule that an installation starts with; its text is data from then on."""

    key: str
    name: str
    expression: str
    severity: str
    message: str


STANDARD = (
    StandardRule(
        "overspent",
        "超支 10%",
        "支出 > 0 and 支出 >= 预算 * 1.1",
        "red",
        "支出超过预算 10% 以上",
    ),
    StandardRule(
        "over_estimate",
        "超批复概算 10%",
        "批复概算 != null and 累计支出 > 0 and 累计支出 >= 批复概算 * 1.1",
        "red",
        "累计支出超过批复概算 10% 以上",
    ),
)


@lru_cache(maxsize=256)
def _compiled(expression: str) -> feel.Expression:
    return feel.compile(expression, names=("支出", "预算", "累计支出", "批复概算"))


def crossed(expression: str, figures: Mapping[str, Decimal | None]) -> bool:
    """Whether the rule holds for the figures; null (a figure that is not known) is no crossing."""
    return _compiled(expression).evaluate(figures) is True
