"""The terms, reminders and escalations of the shipped diagrams (rules.md D.5, D.6, F.16)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.jobs.schedule import enqueue_slots
from engine.people.models import Notice
from engine.workflow.deadlines.alarms import TIMEOUTS
from engine.workflow.models import Task
from tests.district import District
from tests.engine.diagram_walk import PROCESSES, definition

UNIT = {"due": "3 WD", "remind": "1 WD", "escalate": "0 WD"}
DEPARTMENT = {"due": "5 WD", "remind": "2 WD,1 WD", "escalate": "0 WD,3 WD"}
FINANCE = {"due": "7 WD", "remind": "2 WD", "escalate_to": "role:performance_office"}
TABLE = {
    "approval/unit_review": UNIT,
    "monitoring/unit_check": UNIT,
    "approval/department_review": DEPARTMENT,
    "monitoring/department_check": DEPARTMENT,
    "closure/review_evaluation": DEPARTMENT,
    "rectification/review_rectification": DEPARTMENT,
    "approval/budget_review": FINANCE,
    "lifecycle/approve_adjustment": FINANCE,
    "expert_review/review_by_experts": {
        "due": "10 WD",
        "remind": "3 WD",
        "escalate_to": "role:performance_office",
    },
}
MONEY = {
    "approval/unit_review", "approval/department_review", "approval/investment_review",
    "approval/budget_review", "approval/performance_review", "lifecycle/assess_ex_ante",
    "lifecycle/review_targets", "lifecycle/approve_adjustment", "expert_review/review_by_experts",
}  # fmt: skip


def shipped() -> dict[str, dict[str, str]]:
    """The properties of every human step of the shipped diagrams."""
    return {
        f"{node.process}/{node.id}": dict(node.properties)
        for process in PROCESSES
        for node in definition(process).nodes.values()
        if node.kind == "userTask" and node.process == process
    }


def test_every_step_says_when_it_is_due_when_to_remind_and_whom_to_tell() -> None:
    for node, given in shipped().items():
        assert given["due"], node
        assert given["remind"], node
        assert given["escalate"], node
        assert given.get("timeout", "remind") in TIMEOUTS


@pytest.mark.parametrize("node", TABLE)
def test_the_reviewing_steps_keep_the_terms_of_the_table(node: str) -> None:
    given = shipped()[node]
    assert {name: given[name] for name in TABLE[node]} == TABLE[node]


def test_the_machine_answers_no_step_about_money_or_goals() -> None:
    steps = shipped()
    assert {node for node, given in steps.items() if given.get("money") == "true"} == MONEY
    assert {given.get("timeout", "remind") for given in steps.values()} == {"remind"}
    assert {given.get("duplicate", "none") for given in steps.values()} == {"none"}


def pass_time(district: District, moment: datetime) -> None:
    """Let it be a later moment, and let the machine look at it as a worker would."""
    district.now = moment
    enqueue_slots(district.engine, moment)
    district.run_jobs()


def told(district: District, task: Task, kind: str) -> list[str]:
    """Who was told of a task for that reason, by login, in order."""
    logins = {actor.id: login for login, actor in district.people.items()}
    with district.reading() as session:
        rows = session.scalars(
            select(Notice.person_id)
            .where(Notice.key.startswith(f"{kind}:{task.id}:"))
            .order_by(Notice.id)
        )
        return [logins[one] for one in rows]


def test_a_late_budget_review_is_told_to_the_performance_office(district: District) -> None:
    district.walk_to("budget_review")
    task = district.task()
    assert task.due_at is not None
    pass_time(district, task.due_at + timedelta(minutes=1))
    assert {"zhou", "wu"} <= set(told(district, task, "overdue"))
    assert set(told(district, task, "escalate")) == {"zheng", "wang"}


def test_a_late_department_review_climbs_at_once_and_after_three_days(district: District) -> None:
    district.walk_to("department_review")
    task = district.task()
    assert task.due_at is not None
    pass_time(district, task.due_at + timedelta(minutes=1))
    first = told(district, task, "escalate")
    pass_time(district, task.due_at + timedelta(days=2))
    assert told(district, task, "escalate") == first
    pass_time(district, task.due_at + timedelta(days=7))
    assert set(told(district, task, "overdue")) >= {"gu", "qian"}


def test_what_was_returned_is_due_in_five_working_days(district: District) -> None:
    first = district.task()
    district.walk_to("unit_review")
    district.complete("lu", "return", opinion="请补充", to=first.node)
    again = district.task()
    assert again.node == first.node
    assert [_days(first), _days(again)] == [10, 5]


def _days(task: Task) -> int:
    """Working days between the opening of a task and its term, in a time without holidays."""
    assert task.due_at is not None
    day, end = (one.astimezone(SHANGHAI).date() for one in (task.opened_at, task.due_at))
    return sum((day + timedelta(n)).weekday() < 5 for n in range(1, (end - day).days + 1))


@pytest.mark.parametrize(("spent", "days"), [("1100000", 5), ("1300000", 2)])
def test_a_red_alert_is_answered_in_two_days_and_a_yellow_one_in_five(
    monitored: District, spent: str, days: int
) -> None:
    monitored.deliver("V1", spent)
    assert _days(monitored.task("draft_notice")) == days


def test_a_rectification_is_due_when_its_notice_says(monitored: District) -> None:
    monitored.deliver("V1", "1300000")
    notice = monitored.task("draft_notice")
    deadline = (monitored.now + timedelta(days=12)).date()
    monitored.step(notice, deadline=deadline.isoformat())
    monitored.step(monitored.task("review_notice"))
    report = monitored.task("report_rectification")
    assert report.due_at is not None
    assert report.due_at.astimezone(SHANGHAI).date() == deadline
    pass_time(monitored, report.due_at + timedelta(days=1, minutes=1))
    assert told(monitored, report, "escalate") == ["lu", "duo"]
    pass_time(monitored, report.due_at + timedelta(days=10, minutes=1))
    assert told(monitored, report, "escalate")[2:] == ["zhou", "wu", "duo"]


def test_a_notice_agreed_after_its_deadline_leaves_the_day_itself(monitored: District) -> None:
    monitored.deliver("V1", "1300000")
    monitored.step(monitored.task("draft_notice"), deadline=monitored.now.date().isoformat())
    monitored.now += timedelta(days=3)
    monitored.step(monitored.task("review_notice"))
    report = monitored.task("report_rectification")
    assert report.due_at is not None
    assert report.due_at.astimezone(SHANGHAI).date() == monitored.now.date()
