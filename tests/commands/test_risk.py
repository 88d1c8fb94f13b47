"""Alerts and rectifications: raised once, closed by somebody else, and never forgotten."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import Forbidden, Invalid
from engine.ledger.models import Entry
from engine.people import notices
from engine.projects.commands import adjust_budget
from engine.projects.services import set_figure
from engine.risk import queries
from engine.risk.commands import install_rules
from engine.risk.models import Alert, Rectification, RiskRule
from engine.workflow import queries as workflow
from tests.district import BUDGET, District

LIMIT = BUDGET * Decimal("1.1")
CENT = Decimal("0.01")


def alerts(district: District) -> list[Alert]:
    with district.reading() as session:
        return queries.alerts(session, district.project)


def rectifications(district: District) -> list[Rectification]:
    with district.reading() as session:
        return queries.rectifications(session, district.project)


def processes(district: District) -> list[str]:
    with district.reading() as session:
        return [one.process for one in workflow.instances(session, district.subject)]


def breach(district: District) -> None:
    """One payment that takes the year over the limit."""
    assert district.deliver("V1", LIMIT).state == "done"
    assert district.task().node == "rectification/draft_notice"


# --- when an alert is raised


def test_several_payments_over_the_limit_raise_one_alert(monitored: District) -> None:
    monitored.deliver("V1", BUDGET)
    assert alerts(monitored) == []
    for number in range(2, 6):
        monitored.deliver(f"V{number}", "100000")
    assert [one.rule for one in alerts(monitored)] == ["overspent"]
    assert processes(monitored) == ["lifecycle", "rectification"]
    with monitored.reading() as session:
        told = notices.notices(session, monitored.id("shen"))
    assert len(told) == 1
    assert told[0].text.startswith("预警：社区助老服务")


def test_the_limit_is_crossed_exactly_at_a_hundred_and_ten_percent(monitored: District) -> None:
    monitored.deliver("V1", LIMIT - CENT)
    assert alerts(monitored) == []
    monitored.deliver("V2", CENT)
    assert [(one.executed, one.budget) for one in alerts(monitored)] == [(LIMIT, BUDGET)]


def test_money_without_a_budget_is_an_alert(monitored: District) -> None:
    monitored.deliver("V1", CENT, year=2026)
    assert [(one.year, one.budget) for one in alerts(monitored)] == [(2026, Decimal(0))]


def test_no_spending_is_no_alert(monitored: District) -> None:
    with monitored.work("zhou") as work:
        adjust_budget(work, monitored.project, 2025, "财政拨款", Decimal(0), "核减")
    monitored.deliver("V1", BUDGET, year=2024)
    assert [one.year for one in alerts(monitored)] == [2024]
    monitored.deliver("R1", BUDGET, reverses="V1")
    assert len(alerts(monitored)) == 1


def test_a_project_of_construction_is_measured_by_its_approved_estimate_too(
    settled: District,
) -> None:
    settled.start(type="construction", amount=BUDGET * 10)
    with settled.work() as work:
        set_figure(work, settled.project, "概算", BUDGET)
    settled.deliver("V1", LIMIT - CENT)
    assert [one.rule for one in alerts(settled)] == ["overspent"]  # no budget yet
    settled.deliver("V2", CENT)
    assert {one.rule for one in alerts(settled)} == {"overspent", "over_estimate"}


def test_other_types_know_no_approved_estimate(monitored: District) -> None:
    with monitored.work() as work:
        set_figure(work, monitored.project, "概算", Decimal(1))
    monitored.deliver("V1", BUDGET)
    assert alerts(monitored) == []


def test_a_rule_that_is_not_active_raises_nothing(monitored: District) -> None:
    with monitored.work() as work:
        for rule in work.session.scalars(select(RiskRule)):
            rule.active = False
        install_rules(work)  # known rules stay as they are
    monitored.deliver("V1", BUDGET * 2)
    assert alerts(monitored) == []


# --- the loop


def rectify(district: District, until: str = "") -> list[str]:
    """Work the rectification up to a task; who acted."""
    who = []
    while district.task().node.startswith("rectification/"):
        if until and district.task().node.endswith(until):
            break
        who.append(district.step())
    return who


def test_the_alert_opens_a_loop_that_ends_only_by_closing_it(monitored: District) -> None:
    breach(monitored)
    rectify(monitored, "close_rectification")
    with pytest.raises(Invalid, match="问题仍然存在，不能销号"):
        monitored.complete("zheng", "approve", {})
    monitored.deliver("R1", LIMIT - BUDGET, reverses="V1")
    monitored.complete("zheng", "approve", {"budget_opinion": "维持原预算"})
    (loop,) = rectifications(monitored)
    assert (loop.state, loop.closed_by, loop.number) == ("closed", "郑明德", "整改〔2025〕1号")
    assert alerts(monitored)[0].closed_at == monitored.now
    with monitored.reading() as session:
        kinds = session.scalars(select(Entry.kind).where(Entry.matter == monitored.subject)).all()
    for kind in ("alert.raised", "rectification.issued", "rectification.closed"):
        assert kinds.count(kind) == 1


def test_three_different_people_handle_review_and_close_a_rectification(
    monitored: District,
) -> None:
    breach(monitored)
    rectify(monitored, "report_rectification")
    monitored.step()
    with pytest.raises(Forbidden):
        monitored.complete("shen", "approve", {"conclusion": "passed"})
    reviewer = monitored.step()
    with monitored.reading() as session:
        signed = workflow.timeline(session, monitored.subject)[-1]
    assert (signed.node, signed.person) == (
        "rectification/review_rectification",
        monitored.people[reviewer].name,
    )
    for who in ("shen", reviewer):
        with pytest.raises(Forbidden):
            monitored.complete(who, "approve", {})


def test_after_the_closing_a_new_crossing_is_a_new_alert(monitored: District) -> None:
    breach(monitored)
    rectify(monitored, "close_rectification")
    monitored.deliver("R1", LIMIT - BUDGET, reverses="V1")
    monitored.complete("zheng", "approve", {})
    monitored.deliver("V2", LIMIT - BUDGET)
    assert [one.closed_at is None for one in alerts(monitored)] == [True, False]
    rectify(monitored, "close_rectification")
    assert [one.number for one in rectifications(monitored)] == [
        "整改〔2025〕1号",
        "整改〔2025〕2号",
    ]


def test_a_partly_done_rectification_goes_back_to_the_unit(monitored: District) -> None:
    breach(monitored)
    rectify(monitored, "review_rectification")
    reviewer = monitored.someone(monitored.task())
    monitored.complete(reviewer, "approve", {"conclusion": "partly"}, opinion="还差一笔")
    assert monitored.task().node == "rectification/report_rectification"
    assert rectifications(monitored)[0].state == "issued"


def test_a_returned_closing_goes_back_to_the_unit(monitored: District) -> None:
    breach(monitored)
    rectify(monitored, "close_rectification")
    monitored.complete("zheng", "return", {}, opinion="凭证不全")
    assert monitored.task().node == "rectification/report_rectification"
    assert alerts(monitored)[0].closed_at is None


@pytest.mark.parametrize(
    ("node", "answers", "field"),
    [
        ("draft_notice", {"deadline": "2025-06-08"}, "deadline"),
        ("report_rectification", {"completed_on": "2025-06-10"}, "completed_on"),
    ],
)
def test_the_dates_of_a_rectification_make_sense(
    monitored: District, node: str, answers: dict[str, Any], field: str
) -> None:
    breach(monitored)
    rectify(monitored, node)
    with pytest.raises(Invalid) as refused:
        monitored.step(**answers)
    assert refused.value.field == field


def test_the_notice_starts_with_the_alert_and_thirty_days(monitored: District) -> None:
    breach(monitored)
    task = monitored.task()
    with monitored.reading() as session:
        view = workflow.task_view(session, task.id, monitored.id("gu"))
    assert view.prefill["deadline"] == "2025-07-09"
    assert "支出 1,100,000.00 元，预算 1,000,000.00 元" in view.prefill["problem"]


def test_monitoring_may_open_a_rectification_without_an_alert(monitored: District) -> None:
    problem(monitored)
    assert monitored.task().node == "rectification/draft_notice"
    rectify(monitored)
    (loop,) = rectifications(monitored)
    assert (loop.origin, loop.alert_id, loop.state) == ("monitoring", None, "closed")


def problem(district: District) -> None:
    """The department finds, while monitoring, that something must be mended."""
    district.walk_to("department_check")
    district.step(measure="rectify")


# --- nothing is closed over an open problem


def finalise(district: District) -> None:
    task = district.task("finalise_evaluation")
    district.complete("zheng", "approve", task=task)


def test_a_project_with_an_open_alert_cannot_be_finalised(closing: District) -> None:
    closing.walk_to("finalise_evaluation")
    closing.deliver("V2", BUDGET / 10)
    with pytest.raises(Invalid, match="还有未销号的整改或预警，不能终审：2025 年支出超过预算"):
        finalise(closing)
    rectify(closing, "review_notice")
    with pytest.raises(Invalid, match="整改〔2025〕1号"):
        finalise(closing)


def test_a_problem_whose_notice_nobody_has_drafted_is_open_too(monitored: District) -> None:
    problem(monitored)
    monitored.deliver("V1", BUDGET)
    while not monitored.tasks("finalise_evaluation"):
        (going,) = [one for one in monitored.tasks() if not one.node.startswith("rectification/")]
        monitored.step(going)
    with pytest.raises(Invalid, match=r"不能终审：.*整改"):
        finalise(monitored)
    rectify(monitored)
    finalise(monitored)
    assert monitored.row().status == "closed"


def test_a_return_of_the_final_review_needs_nothing_closed(closing: District) -> None:
    closing.walk_to("finalise_evaluation")
    closing.deliver("V2", BUDGET / 10)
    task = closing.task("finalise_evaluation")
    closing.complete("zheng", "return", opinion="先整改", task=task)
    assert closing.tasks("self_evaluate")


# --- notices


def test_notices_are_read_once(monitored: District) -> None:
    breach(monitored)
    rectify(monitored, "report_rectification")
    with monitored.work("shen") as work:
        assert notices.unread_count(work.session, monitored.id("shen")) == 2
        notices.read_notices(work, monitored.id("shen"))
    with monitored.reading() as session:
        assert notices.notices(session, monitored.id("shen"), unread=True) == []
        assert len(notices.notices(session, monitored.id("shen"))) == 2


def test_the_entry_of_an_alert_says_what_was_spent(monitored: District) -> None:
    breach(monitored)
    with monitored.reading() as session:
        payload = session.scalar(select(Entry.payload).where(Entry.kind == "alert.raised"))
    facts = json.loads(payload or "{}")["facts"]
    assert (facts["spent"], facts["budget"]) == ("1100000.00", "1000000.00")
