"""Writes of the risks: watching figures, raising alerts, telling people."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select

from engine.errors import Invalid
from engine.people import queries as people
from engine.people.notices import notify
from engine.projects import queries as projects
from engine.projects.commands import process_facts
from engine.projects.models import Project
from engine.risk import queries
from engine.risk.models import Alert, Rectification, RiskRule
from engine.risk.rules import STANDARD, crossed
from engine.work import Work
from engine.workflow.instances import About, correlate_message

BREACH = "problem.found"
TITLE_LENGTH = 200


def install_rules(work: Work) -> None:
    """Give a fresh installation its standard rules; known ones stay as they are."""
    known = set(work.session.scalars(select(RiskRule.key)))
    for rule in STANDARD:
        if rule.key not in known:
            work.session.add(
                RiskRule(
                    key=rule.key,
                    name=rule.name,
                    expression=rule.expression,
                    severity=rule.severity,
                    message=rule.message,
                )
            )
            work.record("rule.set", f"rule:{rule.key}", "rules:1", {"expression": rule.expression})


def figures(work: Work, project: Project, year: int) -> dict[str, Decimal | None]:
    """What the rules speak of: a year's 支出 and 预算, and for 城建类 the 批复概算 of the whole."""
    money = projects.year_money(work.session, project.id, year)
    estimate = projects.figures(work.session, project.id).get("概算")
    return {
        "支出": money.executed,
        "预算": money.budget,
        "累计支出": projects.executed(work.session, project.id),
        "批复概算": estimate if project.type == "construction" else None,
    }


def watch_spending(work: Work, project: Project, year: int) -> list[Alert]:
    """Raise an alert for each rule that the year's money crosses and that has none open."""
    seen = figures(work, project, year)
    return [
        _raise(work, project, year, rule, seen)
        for rule in queries.active_rules(work.session)
        if crossed(rule.expression, seen)
        and not queries.open_alert(work.session, _open_key(project, year, rule))
    ]


def _open_key(project: Project, year: int, rule: RiskRule) -> str:
    return f"{project.id}:{year}:{rule.key}"


def _raise(
    work: Work, project: Project, year: int, rule: RiskRule, seen: dict[str, Decimal | None]
) -> Alert:
    spent, budget = seen["支出"] or Decimal(0), seen["预算"] or Decimal(0)
    alert = Alert(
        project_id=project.id,
        year=year,
        rule=rule.key,
        severity=rule.severity,
        text=f"{year} 年{rule.message}：支出 {spent:,.2f} 元，预算 {budget:,.2f} 元",
        executed=spent,
        budget=budget,
        open_key=_open_key(project, year, rule),
        raised_at=work.now,
    )
    work.session.add(alert)
    work.session.flush()
    subject = f"project:{project.id}"
    work.record(
        "alert.raised",
        f"alert:{alert.id}",
        subject,
        {"rule": rule.key, "year": year, "spent": spent, "budget": budget},
    )
    key = f"alert:{alert.id}"
    text = f"预警：{project.name}，{alert.text}"
    notify(work, project.manager_id, key, text, subject, urgent=True)
    title = f"{project.name}（{rule.name}）"[:TITLE_LENGTH]
    correlate_message(
        work,
        BREACH,
        About(subject, title, project.unit_path, project.manager_id),
        {
            "project": process_facts(project),
            "alert": alert.id,
            "origin": "alert",
            "year": year,
            "overspend_ratio": (spent - budget) / budget if budget else None,
        },
    )
    return alert


def next_number(work: Work, year: int) -> str:
    """The next 整改通知书 number of a year, such as 整改〔2026〕3号."""
    count = work.session.scalar(
        select(func.count()).select_from(Rectification).where(Rectification.year == year)
    )
    return f"整改〔{year}〕{(count or 0) + 1}号"


def holders_of(work: Work, project: Project, role: str) -> list[int]:
    """Who holds a role for the project."""
    return [one.id for one in people.holders(work.session, role, project.unit_path)]


def still_crossed(work: Work, alert: Alert) -> bool:
    """Whether the rule that raised the alert still holds for the figures as they are now."""
    project = projects.project(work.session, alert.project_id)
    rule = work.session.scalar(select(RiskRule).where(RiskRule.key == alert.rule))
    if rule is None:
        raise Invalid("预警规则 {rule} 已不存在", rule=alert.rule)
    return crossed(rule.expression, figures(work, project, alert.year))
