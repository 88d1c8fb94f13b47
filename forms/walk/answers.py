"""What the walk's people type into the forms, by the form's name; what is not known is filled in
plainly by the form's own schema, so that a form that a process owner adds is answered too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.indicators.scoring import IndicatorRow, propose
from forms.render.component import Component, questions
from forms.render.schema import FormSchema
from forms.walk.case import Case, CaseRow

Answers = dict[str, Any]
UNSCORED = "系统不能按规则测算，按原表公布的得分审定"
NO_REASON = "原表未填写偏差原因，按实际完成情况据实填报，后续加强过程管理"


def answers_for(
    form: str,
    schema: FormSchema,
    facts: Mapping[str, Any],
    case: Case,
    today: date,
    file: Callable[[str], Answers],
) -> Answers:
    """Answers to a form that starts with `facts`; `file` makes a file of a name."""
    typed = _FORMS.get(form, _nothing)(case, facts, today)
    return _fill(schema.components, dict(facts) | typed, today, file)


def _fill(
    components: tuple[Component, ...], given: Answers, today: date, file: Callable[[str], Answers]
) -> Answers:
    """Give every required question an answer that fits its type, and every file its file."""
    parts = list(questions(components))
    filled = {part.key: given[part.key] for part in parts if part.key in given}
    for part in parts:
        if part.readonly:
            continue
        if part.kind == "dynamiclist":
            rows = filled.get(part.key) or ([{}] if part.required else [])
            filled[part.key] = [_fill(part.components, dict(row), today, file) for row in rows]
        elif part.kind == "filepicker":
            filled[part.key] = filled.get(part.key) or file(str(given.get("name") or part.label))
        elif part.required and filled.get(part.key) in (None, "", []):
            filled[part.key] = _plain(part, today)
    return filled


def _plain(part: Component, today: date) -> Any:
    if part.options:
        first = part.options[0].value
        return [first] if part.kind == "checklist" else first
    plain: dict[str, Any] = {
        "number": str(part.bounds.minimum or 0),
        "checkbox": True,
        "datetime": today.isoformat(),
    }
    return plain.get(part.kind, "已按要求办理")


def _nothing(_case: Case, _facts: Mapping[str, Any], _today: date) -> Answers:
    return {}


def _declaration(case: Case, _facts: Mapping[str, Any], _today: date) -> Answers:
    return {
        "overall_goal": f"完成“{case.name}”年度任务，各项绩效指标达到目标值。",
        "background": f"{case.department}按职责安排实施。",
        "basis": "部门职责与年度工作计划。",
        "plan": "按季度推进，年内完成并开展绩效自评。",
        "start": f"{case.year}-01-01",
        "end": f"{case.year}-12-31",
        "estimate": str(case.initial),
    }


def _ex_ante(_case: Case, _facts: Mapping[str, Any], _today: date) -> Answers:
    marks = {"necessity": 18, "economy": 17, "goals": 18, "feasibility": 17, "funding": 18}
    return {key: str(mark) for key, mark in marks.items()} | {"conclusion": "supported"}


def _expert_review(case: Case, facts: Mapping[str, Any], today: date) -> Answers:
    return {"no_conflict": True, **_ex_ante(case, facts, today)}


def _targets(case: Case, _facts: Mapping[str, Any], _today: date) -> Answers:
    return {
        "overall_goal": f"完成“{case.name}”年度任务。",
        "execution_weight": str(case.execution_weight),
        "rows": [
            {
                "code": "",
                "level1": row.level1,
                "level2": row.level2,
                "level3": row.level3,
                "target": row.target,
                "weight": None if row.weight is None else str(row.weight),
                "dim4": row.dimension,
            }
            for row in case.rows
        ],
        "budget": [{"source": "财政拨款", "initial": str(case.initial)}],
    }


def _target_review(_case: Case, _facts: Mapping[str, Any], _today: date) -> Answers:
    tests = ("completeness", "relevance", "suitability", "feasibility")
    return dict.fromkeys(tests, "优") | {"target_grade": "优"}


def _gate_documents(case: Case, facts: Mapping[str, Any], _today: date) -> Answers:
    asked = [dict(row) for row in facts.get("figures") or ()]
    return {
        "figures": [
            row if row.get("amount") else row | {"amount": _sum(str(row.get("key")), case)}
            for row in asked
        ]
    }


# What is not a sum of money, and sums that must stay below others; the rest is the budget.
_SUMS = {
    "合同年限": "1",
    "合同公告工作日": "1",
    "签约天数": "15",
    "意向公开天数": "30",
    "等标期天数": "20",
    "受理工作日": "3",
    "公示工作日": "7",
    "合同约定付款百分比": "100",
    "变更累计": "0",
    "质量保证金": "0",
    "首笔拨付": "0",
}


def _sum(key: str, case: Case) -> str:
    return _SUMS.get(key) or str(case.adjusted * 3 if key == "企业自有投入" else case.adjusted)


def _gate_review(_case: Case, facts: Mapping[str, Any], _today: date) -> Answers:
    rows = facts.get("documents") or ()
    return {
        "documents": [
            dict(row) | ({} if row.get("state") == "缺失" else {"state": "已通过"}) for row in rows
        ]
    }


def _by_order(case: Case, facts: Mapping[str, Any]) -> list[tuple[Answers, CaseRow]]:
    rows = [dict(row) for row in facts.get("rows") or ()]
    return list(zip(rows, case.rows, strict=False))


def _monitoring(case: Case, facts: Mapping[str, Any], _today: date) -> Answers:
    return {
        "rows": [
            row | {"actual": told.actual or "尚无数据", "likelihood": "确定能"}
            for row, told in _by_order(case, facts)
        ],
        "analysis": "各项指标按计划推进。",
    }


def _monitoring_review(_case: Case, _facts: Mapping[str, Any], _today: date) -> Answers:
    return {"measure": "continue"}


def _reason(told: CaseRow, year: int) -> str:
    """The table's own reason; where it gives none and the rule takes points, that it gives none."""
    scored = propose(
        IndicatorRow(
            level3=told.level3,
            target=told.target,
            actual=told.actual,
            weight=told.weight,
            level1=told.level1,
            level2=told.level2,
            year=year,
        )
    ).score
    short = scored is not None and told.weight is not None and scored < told.weight
    return told.deviation_reason or (NO_REASON if short else "")


def _self_evaluation(case: Case, facts: Mapping[str, Any], _today: date) -> Answers:
    return {
        "actual_goal": f"“{case.name}”年度任务已实施完毕，完成情况见各项指标。",
        "rows": [
            row | {"actual": told.actual, "deviation_reason": _reason(told, case.year)}
            for row, told in _by_order(case, facts)
        ],
        "overview": f"项目由{case.unit}实施，主管部门为{case.department}。",
        "organisation": "成立自评小组，按指标逐项核对佐证材料。",
        "conclusion": "项目总体达到预期目标。",
        "deviation": "预算执行与指标偏差的原因见各行说明。",
        "experience": "按月核对支出进度，发现偏差及时整改。",
        "problems": "部分指标值设定仍可细化。",
        "suggestions": "下年度细化量化指标，提高预算编制准确性。",
    }


def _evaluation_review(case: Case, facts: Mapping[str, Any], _today: date) -> Answers:
    rows = []
    for row, told in _by_order(case, facts):
        rows.append(row | _accepted(row.get("proposed"), told.published, told.weight))
    given = _accepted(
        facts.get("execution_proposed"), case.execution_published, case.execution_weight
    )
    return {
        "rows": rows,
        "execution_accepted": given["accepted"],
        "execution_reason": given["reason"],
    }


def _accepted(proposed: object, published: Decimal | None, weight: Decimal | None) -> Answers:
    """The proposal stands; what could not be proposed is scored as published, with that reason."""
    if proposed not in (None, ""):
        return {"accepted": proposed, "reason": ""}
    if published is None or weight is None:
        return {"accepted": None, "reason": "原表没有公布得分，不予评分"}
    score = min(max(published, Decimal(0)), weight)
    return {"accepted": str(score), "reason": UNSCORED}


def _notice(_case: Case, _facts: Mapping[str, Any], today: date) -> Answers:
    return {
        "basis": "预算绩效管理有关规定：支出不得超过批准的预算。",
        "requirement": "核实超支原因，退回多付款项，完善付款复核。",
        "deadline": (today + timedelta(days=30)).isoformat(),
    }


def _report(_case: Case, _facts: Mapping[str, Any], today: date) -> Answers:
    return {
        "measures": "与财务核对凭证，对多付款项办理退回。",
        "result": "多付款项已申请退回，支出恢复到预算以内。",
        "completed_on": today.isoformat(),
    }


_FORMS: dict[str, Callable[[Case, Mapping[str, Any], date], Answers]] = {
    "declaration": _declaration,
    "expert_review": _expert_review,
    "ex_ante": _ex_ante,
    "targets": _targets,
    "target_review": _target_review,
    "gate_documents": _gate_documents,
    "gate_review": _gate_review,
    "monitoring": _monitoring,
    "monitoring_review": _monitoring_review,
    "self_evaluation": _self_evaluation,
    "evaluation_review": _evaluation_review,
    "rectification_notice": _notice,
    "rectification_report": _report,
    "rectification_review": lambda *_: {"conclusion": "passed"},
    "rectification_closure": lambda *_: {"budget_opinion": "维持原预算"},
}
