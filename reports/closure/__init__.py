"""The closure document: 项目支出绩效自评表 and 结项评价报告 in one sealed, tagged PDF."""

from __future__ import annotations

from reports.closure.record import (
    Approval,
    BudgetRow,
    ClosureRecord,
    IndicatorRow,
    ProjectFacts,
    Rectification,
    ReportTexts,
    Signatories,
    from_json,
    to_json,
)

__all__ = [
    "Approval",
    "BudgetRow",
    "ClosureRecord",
    "IndicatorRow",
    "ProjectFacts",
    "Rectification",
    "ReportTexts",
    "Signatories",
    "from_json",
    "to_json",
]
