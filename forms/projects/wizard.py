"""Starting a project step by step: what each step asks, and the draft between answers and row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from engine.projects.commands import ORIGINS, ProjectDraft
from engine.projects.packs import Pack
from engine.projects.rules import LARGEST
from forms.render import FormSchema
from forms.render.values import plain_number
from forms.text import _

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Step:
    """One step of the wizard."""

    key: str
    title: str
    schema: FormSchema


def steps(packs: Mapping[str, Pack]) -> tuple[Step, ...]:
    """The steps in their order; checking and sending comes after the last."""
    return (
        Step("kind", _("类型和名称"), _form(_kind(packs))),
        Step("money", _("年度和资金"), _form(_money())),
        Step("content", _("目标和方案"), _form(_content())),
    )


def _form(components: list[dict[str, Any]]) -> FormSchema:
    return FormSchema.load({"components": components})


def _kind(packs: Mapping[str, Pack]) -> list[dict[str, Any]]:
    types = [
        {"value": key, "label": f"{_(pack.name)}：{_(pack.summary)}"} for key, pack in packs.items()
    ]
    topics = [
        {"value": key, "label": f"{_(pack.name)}：{name}"}
        for pack in packs.values()
        for key, name in pack.topics.items()
    ]
    return [
        _ask(
            "textfield", "name", _("项目名称"), _("写全称，不用简称"), required=True, maxLength=200
        ),
        _ask("radio", "type", _("项目类型"), _("决定阶段关口、材料和指标库"), True, values=types),
        _ask("select", "topic", _("专题"), _("有专门指标库的项目可选"), values=topics),
        _ask("radio", "origin", _("项目性质"), "", True, values=_options(ORIGINS)),
        _ask("textfield", "place", _("建设或服务地点"), "", maxLength=120),
        _ask("checkbox", "pilot", _("列为试点项目"), ""),
    ]


def _money() -> list[dict[str, Any]]:
    years = {"min": FIRST_YEAR, "max": LAST_YEAR}
    half = {"columns": 8}
    return [
        _ask("number", "first_year", _("开始年度"), "", True, layout=half | {"row": "1"}, **years),
        _ask("number", "last_year", _("结束年度"), "", True, layout=half | {"row": "1"}, **years),
        _ask(
            "number",
            "amount",
            _("项目资金总额"),
            _("各年度、各来源合计"),
            True,
            unit="元",
            min=0,
            max=LARGEST - Decimal("0.01"),
        ),
        _ask("datetime", "starts_on", _("计划开始日期"), "", layout=half | {"row": "2"}),
        _ask("datetime", "ends_on", _("计划完成日期"), "", layout=half | {"row": "2"}),
    ]


def _content() -> list[dict[str, Any]]:
    return [
        _ask("textarea", "overall_goal", _("总体目标"), _("项目完成后达到什么效果，谁受益")),
        _ask("textarea", "background", _("立项背景"), _("为什么要做，不做会怎样")),
        _ask("textarea", "basis", _("立项依据"), _("政策文件、规划、会议纪要")),
        _ask("textarea", "plan", _("实施方案"), _("内容、步骤、进度安排")),
    ]


def _ask(
    kind: str, key: str, label: str, hint: str, required: bool = False, **more: Any
) -> dict[str, Any]:
    rules = {name: more.pop(name) for name in ("min", "max", "maxLength") if name in more}
    digits = 0 if key.endswith("year") else 2
    unit = more.pop("unit", "")
    return {
        "type": kind,
        "key": key,
        "label": label,
        "description": hint,
        "decimalDigits": digits,
        "appearance": {"suffixAdorner": unit},
        "validate": {"required": required, **rules},
        **more,
    }


def _options(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"value": key, "label": _(name)} for key, name in named.items()]


def blank(year: int) -> ProjectDraft:
    """What a new project begins with."""
    return ProjectDraft("", "", first_year=year, last_year=year, amount=Decimal(0))


def merge(draft: ProjectDraft, answers: Mapping[str, Any]) -> ProjectDraft:
    """The draft with one step's canonical answers in it; what is empty is empty."""
    return replace(draft, **{key: _typed(draft, key, value) for key, value in answers.items()})


def _typed(draft: ProjectDraft, key: str, value: Any) -> Any:
    if key in ("first_year", "last_year"):
        return int(value) if value else getattr(draft, key)
    if key == "amount":
        return Decimal(value or 0)
    if key in ("starts_on", "ends_on"):
        return date.fromisoformat(value) if value else None
    return bool(value) if key == "pilot" else value or ""


def typed(draft: ProjectDraft) -> dict[str, Any]:
    """The draft as the forms show it."""
    shown = {name: getattr(draft, name) for name in ProjectDraft.__dataclass_fields__}
    shown["amount"] = plain_number(draft.amount) if draft.amount else ""
    for name in ("first_year", "last_year", "starts_on", "ends_on"):
        shown[name] = str(shown[name] or "")
    return shown
