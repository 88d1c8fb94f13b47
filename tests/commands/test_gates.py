"""Gates: documents, numeric rules, the gatekeeper, and what has passed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Conflict, Forbidden, Invalid
from engine.projects import queries
from engine.projects.commands import hand_in_document
from engine.projects.models import Document
from engine.projects.services import broken_guards
from tests.district import District

SHA = "ab" * 32


def documents(district: District, gate: str) -> list[Document]:
    with district.reading() as session:
        return queries.documents(session, district.project, gate)


def submitted(district: District, **changes: Any) -> None:
    district.complete("shen", "submit", district.typed(district.task(), **changes))


def review(district: District, **states: str) -> dict[str, Any]:
    """A review of the open gate: everything passes but what is told otherwise."""
    answers = district.typed(district.task())
    for row in answers["documents"]:
        row["state"] = states.get(row["key"], row["state"])
    return answers


def at_demand(district: District) -> None:
    """Before the first gate, which asks for two documents and is kept by the department."""
    district.walk_to("gate/submit_gate")


def test_a_missing_document_stops_the_gate(district: District) -> None:
    at_demand(district)
    answers = district.typed(district.task())
    missing = answers["documents"][1]
    missing["file"] = None
    with pytest.raises(Invalid, match="还缺少材料：政府购买服务指导性目录依据") as refused:
        district.complete("shen", "submit", answers)
    assert refused.value.field == "documents"
    assert {one.state for one in documents(district, "demand")} == {"缺失"}  # nothing half kept


def test_an_optional_document_may_be_missing(district: District) -> None:
    district.walk_to("gate/submit_gate")
    while district.task().title != "提交材料：事前绩效评估材料":
        district.step()
    answers = district.typed(district.task())
    for row in answers["documents"]:
        if not row["required"]:
            row["file"] = None
    district.complete("shen", "submit", answers)
    keeper = district.someone(district.task())
    district.complete(keeper, "approve", district.typed(district.task()))
    states = {one.required: one.state for one in documents(district, "ex_ante")}
    assert states == {True: "已通过", False: "缺失"}


def test_a_document_that_was_handed_in_cannot_be_made_missing(district: District) -> None:
    at_demand(district)
    submitted(district)
    with pytest.raises(Invalid, match="服务需求调研报告（缺失）"):
        district.complete("gu", "approve", review(district, demand_survey="缺失"))
    district.complete("gu", "return", review(district, demand_survey="缺失"), opinion="请重报")
    assert documents(district, "demand")[0].state == "已收"


@pytest.mark.parametrize("state", ["已驳回", "部分通过", "已收"])
def test_a_document_that_did_not_pass_stops_the_gate(district: District, state: str) -> None:
    at_demand(district)
    submitted(district)
    with pytest.raises(Invalid, match=f"服务需求调研报告（{state}）"):
        district.complete("gu", "approve", review(district, demand_survey=state))
    assert district.task().node == "gate/review_gate"


def test_a_refused_document_goes_back_and_only_it_is_replaced(district: District) -> None:
    at_demand(district)
    submitted(district)
    district.complete("gu", "return", review(district, demand_survey="已驳回"), opinion="请重报")
    assert {one.key: one.state for one in documents(district, "demand")} == {
        "demand_survey": "已驳回",
        "catalogue_basis": "已通过",
    }
    answers = district.typed(district.task())
    changed = {"sha256": SHA, "name": "另一份.pdf", "size": 2}
    for row in answers["documents"]:
        row["file"] = changed
    with pytest.raises(Conflict, match="“政府购买服务指导性目录依据”已通过审核，不能替换"):
        district.complete("shen", "submit", answers)
    answers["documents"][1]["file"] = None
    district.complete("shen", "submit", answers)
    assert district.task().assignee_id == district.id("gu")
    district.complete("gu", "approve", review(district))
    with district.reading() as session:
        gate = queries.gates(session, district.project)[0]
    assert (gate.key, gate.passed_by) == ("demand", "顾清和")
    assert documents(district, "demand")[0].sha256 == SHA


def test_only_the_gatekeeper_opens_the_gate(district: District) -> None:
    at_demand(district)
    submitted(district)
    assert district.task().role == "department_reviewer"
    for who in ("zhou", "lu", "tan"):
        with pytest.raises(Forbidden, match="主管部门审核"):
            district.complete(who, "approve", review(district))
    with pytest.raises(Forbidden):
        district.complete("shen", "approve", review(district))


def test_each_gate_has_its_own_keeper(district: District) -> None:
    at_demand(district)
    seen = {}
    while district.tasks("gate/submit_gate") or district.tasks("gate/review_gate"):
        task = district.task()
        if task.node == "gate/review_gate":
            seen[task.title.removeprefix("关口审核：")] = task.role
        district.step()
    assert seen == {"需求调研": "department_reviewer", "事前绩效评估材料": "performance_office"}


def at_procurement(district: District) -> None:
    district.walk_to("set_targets")
    while district.task().title != "提交材料：采购":
        district.step()


def with_figures(district: District, **sums: str) -> dict[str, Any]:
    answers = district.typed(district.task())
    for row in answers["figures"]:
        row["amount"] = sums.get(row["key"], row["amount"])
    return answers


def test_a_broken_rule_blocks_the_gate(district: District) -> None:
    at_procurement(district)
    district.complete("shen", "submit", with_figures(district, 等标期天数="19"))
    with pytest.raises(Invalid, match="公开招标的等标期不足 20 日") as refused:
        district.complete("gu", "approve", review(district))
    assert refused.value.field == "figures"
    district.complete("gu", "return", review(district), opinion="等标期不足")
    district.complete("shen", "submit", with_figures(district, 等标期天数="20"))
    district.complete("gu", "approve", review(district))


def test_a_rule_that_only_warns_lets_the_gate_open_and_is_on_the_record(
    district: District,
) -> None:
    at_procurement(district)
    while district.task().title != "提交材料：合同签订与公告":
        district.step()
    district.complete("shen", "submit", with_figures(district, 签约天数="31"))
    with district.reading() as session:
        assert broken_guards(session, district.project, "contract") == [
            ("中标通知发出 30 日后才签订合同。", False)
        ]
    district.step()
    with district.reading() as session:
        assert [one.key for one in queries.gates(session, district.project) if one.passed_at][
            -1
        ] == "contract"


@pytest.mark.parametrize("sum_", ["-1", "1.234", "abc", "1E+40", "NaN", "99999999999999"])
def test_a_figure_that_is_no_sum_is_refused(district: District, sum_: str) -> None:
    at_procurement(district)
    answers = district.typed(district.task())
    answers["figures"][0]["amount"] = sum_
    with pytest.raises(Invalid, match="金额"):
        district.complete("shen", "submit", answers)


def test_only_the_manager_hands_documents_in(district: District) -> None:
    document = documents(district, "demand")[0].id
    for who in ("he", "lu", "bai"):
        with pytest.raises(Forbidden, match="只有项目经办人"), district.work(who) as work:
            hand_in_document(work, document, sha256=SHA, file_name="a.pdf", size=1)
    with district.work("shen") as work:
        hand_in_document(work, document, sha256=SHA, file_name="a.pdf", size=1, note="第一版")
    assert documents(district, "demand")[0].state == "已收"


def test_a_joint_review_is_signed_by_every_reviewer_of_the_department(district: District) -> None:
    district.start(type="industry")
    while district.task().title != "提交材料：部门联审":
        district.step()
    submitted(district)
    task, answers = district.task(), review(district)
    for who in ("gu", "qian", "duo"):
        assert district.task().id == task.id
        district.complete(who, "approve", answers, task=task)
    with district.reading() as session:
        passed = {one.key for one in queries.gates(session, district.project) if one.passed_at}
    assert "joint_review" in passed


def test_one_reviewer_of_a_joint_review_sends_it_back_for_all(district: District) -> None:
    district.start(type="industry")
    while district.task().title != "提交材料：部门联审":
        district.step()
    submitted(district)
    task, answers = district.task(), review(district)
    district.complete("gu", "approve", answers, task=task)
    district.complete("qian", "return", answers, to="gate/submit_gate", task=task)
    assert district.task().title == "提交材料：部门联审"
    submitted(district)
    assert district.task().round == 2 and district.task().signed
