"""Drafts, starting and budgets of projects; and that what a form lets in fits its column."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import String
from sqlalchemy.orm import InstrumentedAttribute

from engine.errors import Conflict, Forbidden, Invalid
from engine.indicators.models import EvaluationRow, Observation, Target
from engine.projects import queries
from engine.projects.commands import (
    NAME_LENGTH,
    adjust_budget,
    create_project,
    start_project,
    update_draft,
)
from engine.projects.models import Document
from engine.projects.packs import installed_packs
from engine.settings import load
from engine.workflow.commands import stand
from engine.workflow.models import Instance
from engine.workflow.queries import prefill
from reports.models import Paper
from tests.district import BUDGET, District

# --- drafts


def test_a_draft_belongs_to_who_began_it(settled: District) -> None:
    with settled.work("shen") as work:
        project = create_project(work, settled.draft())
        update_draft(work, project.id, settled.draft(name="改了名"))
    with pytest.raises(Forbidden, match="只有项目经办人"), settled.work("he") as work:
        update_draft(work, project.id, settled.draft())
    with pytest.raises(Forbidden), settled.work("he") as work:
        start_project(work, project.id, installed_packs())
    with pytest.raises(Forbidden), settled.work() as work:
        create_project(work, settled.draft())


def test_an_incomplete_draft_is_kept_but_not_sent(settled: District) -> None:
    with settled.work("shen") as work:
        project = create_project(work, settled.draft(name="", amount=Decimal(0)))
    with pytest.raises(Invalid) as refused, settled.work("shen") as work:
        start_project(work, project.id, installed_packs())
    assert set(refused.value.problems) == {"name", "amount"}
    with settled.reading() as session:
        assert queries.project(session, project.id).status == "draft"
        assert queries.gates(session, project.id) == []


def test_a_project_on_its_way_is_no_draft(district: District) -> None:
    with pytest.raises(Conflict, match="已经提交"), district.work("shen") as work:
        update_draft(work, district.project, district.draft())
    with pytest.raises(Conflict, match="已经提交"), district.work("shen") as work:
        start_project(work, district.project, installed_packs())


def test_starting_lays_out_the_gates_of_the_type(district: District) -> None:
    pack = installed_packs()["service"]
    with district.reading() as session:
        assert [one.key for one in queries.gates(session, district.project)] == [
            one.key for one in pack.gates
        ]
        assert len(queries.documents(session, district.project)) == sum(
            len(one.documents) for one in pack.gates
        )


def test_an_estimate_that_was_taken_back_stays_away(district: District) -> None:
    """A declaration that came back shows what it was handed in with, and no more."""
    first = district.task("declare_project")
    for estimate, kept in (("12000000.00", {"估算": Decimal(12_000_000)}), (None, {})):
        district.step(estimate=estimate)
        with district.reading() as session:
            assert queries.figures(session, district.project) == kept
        district.step(conclusion="partly")  # 事前绩效评估 asks for a correction
        back = district.task("declare_project")
        with district.reading() as session:
            instance = session.get_one(Instance, back.instance_id)
            shown = prefill(session, stand(session, back, instance))["estimate"]
        assert shown == (None if estimate is None else estimate)
    assert back.id > first.id


# --- the budget


def adjust(district: District, who: str, sum_: str, reason: str = "追加", **other: Any) -> None:
    with district.work(who) as work:
        adjust_budget(
            work,
            district.project,
            2025,
            other.get("source", "财政拨款"),
            Decimal(sum_),
            reason,
        )


def test_an_adjusted_budget_stands_beside_the_declared_one(monitored: District) -> None:
    adjust(monitored, "zhou", "1200000")
    with monitored.reading() as session:
        money = queries.year_money(session, monitored.project, 2025)
    assert (money.initial, money.budget) == (BUDGET, Decimal(1_200_000))


@pytest.mark.parametrize("who", ["shen", "gu", "zheng", "bai"])
def test_only_the_budget_office_adjusts_a_budget(monitored: District, who: str) -> None:
    with pytest.raises(Forbidden, match="财政业务科室"):
        adjust(monitored, who, "1")


def test_an_adjustment_needs_a_reason_a_line_and_a_sum(monitored: District) -> None:
    with pytest.raises(Invalid, match="调整原因"):
        adjust(monitored, "zhou", "1", " ")
    with pytest.raises(Invalid, match="不能为负"):
        adjust(monitored, "zhou", "-1")
    with pytest.raises(Invalid, match="没有“彩票收入”的预算"):
        adjust(monitored, "zhou", "1", source="彩票收入")


# --- forms and columns


def most(form: str, path: str) -> int:
    """How many characters a form lets into a field."""
    parts = json.loads((load({}).schemas / f"{form}.json").read_text())["components"]
    for key in path.split("."):
        (part,) = [one for one in parts if key in (one.get("key"), one.get("path"))]
        parts = part.get("components", [])
    return int(part["validate"]["maxLength"])


@pytest.mark.parametrize(
    ("form", "path", "column"),
    [
        ("targets", "rows.code", Target.code),
        ("targets", "rows.level1", Target.level1),
        ("targets", "rows.level2", Target.level2),
        ("targets", "rows.level3", Target.level3),
        ("targets", "rows.target", Target.initial),
        ("monitoring", "rows.actual", Observation.value),
        ("self_evaluation", "rows.actual", EvaluationRow.actual),
        ("gate_documents", "documents.note", Document.note),
        ("gate_review", "documents.note", Document.note),
    ],
)
def test_what_a_form_lets_in_fits_its_column(
    form: str, path: str, column: InstrumentedAttribute[str]
) -> None:
    assert isinstance(column.type, String)
    assert most(form, path) <= (column.type.length or 0)


def test_the_longest_project_has_a_paper() -> None:
    title = Paper.__table__.c.title.type
    assert isinstance(title, String)
    assert NAME_LENGTH + len(" 结项评价报告") <= (title.length or 0)
