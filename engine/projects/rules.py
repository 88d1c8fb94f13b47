"""Pure decisions about projects: stages, document states, figures and carry-over."""

from __future__ import annotations

from decimal import Decimal

STAGES: dict[str, str] = {
    "declaration": "立项申报",
    "budget": "预算审批",
    "implementation": "实施监控",
    "closure": "结项评估",
}
STATUSES: dict[str, str] = {
    "draft": "草稿",
    "active": "办理中",
    "closed": "已结项",
    "rejected": "未予立项",
}
DELETED = "deleted"
"""The status of a draft that its manager withdrew: its row stays, and nobody sees it."""
LARGEST = Decimal(10) ** 13
"""No amount in 元 reaches this; the databases could not add up much more."""
MISSING, RECEIVED, PASSED, REFUSED, PARTLY = "缺失", "已收", "已通过", "已驳回", "部分通过"
DOCUMENT_STATES = (MISSING, RECEIVED, PASSED, REFUSED, PARTLY)
JUDGEMENTS = (PASSED, REFUSED, PARTLY)
"""What a reviewer may say of a document that was handed in."""

EX_ANTE_TESTS: dict[str, str] = {
    "necessity": "立项必要性",
    "economy": "投入经济性",
    "goals": "绩效目标合理性",
    "feasibility": "实施方案可行性",
    "funding": "筹资合规性",
}
CONCLUSIONS: dict[str, str] = {
    "supported": "予以支持",
    "partly": "部分支持",
    "rejected": "不予支持",
}


def budget_of(initial: Decimal, adjusted: Decimal | None) -> Decimal:
    """The year's budget of a line: 调整后预算, else 年初预算."""
    return initial if adjusted is None else adjusted


def carry_over(budget: Decimal, executed: Decimal) -> Decimal:
    """What of a year's budget goes into the next (结转); never negative."""
    return max(Decimal(0), budget - executed)
