"""专家评审: drawn by lot, independent, replaced when tied to the matter (rules.md A.2, D.3-3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid
from engine.people.commands import grant_role, revoke_role
from engine.people.models import RoleAssignment
from engine.projects import queries
from engine.workflow.commands import assign_task, recuse, stand, transfer_task
from engine.workflow.evidence import contradictions
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.queries import inbox, prefill, timeline
from tests.district import District

LARGE = Decimal(10_000_000)
EXPERTS = {"yan", "shi", "cao", "tang"}
NODE = "expert_review/review_by_experts"


def large(district: District) -> Task:
    """A large new project that its experts are to review."""
    district.start(amount=LARGE)
    district.step(district.task("declare_project"))
    return district.task("review_by_experts")


def drawn(district: District, task: Task) -> list[str]:
    """Whose review a task waits for, by login."""
    logins = {actor.id: login for login, actor in district.people.items()}
    with district.reading() as session:
        rows = session.scalars(
            select(Signer)
            .where(Signer.task_id == task.id, Signer.state == "active")
            .order_by(Signer.id)
        )
        return [logins[row.person_id] for row in rows]


def review(district: District, who: str, task: Task, **changes: object) -> None:
    """Fill in the review as the form wants it."""
    marks = dict.fromkeys(("necessity", "economy", "goals", "feasibility", "funding"), "16")
    given = {"no_conflict": True, "conclusion": "supported"} | marks | changes
    district.complete(who, "submit", given, opinion="", task=task)


def test_a_small_project_is_assessed_without_experts(district: District) -> None:
    district.step(district.task("declare_project"))
    task = district.task()
    assert task.node == "lifecycle/assess_ex_ante"
    assert shown(district, task) == {"experts": "本项目没有组织专家评审"}


def shown(district: District, task: Task) -> dict[str, object]:
    """What a task's form starts with."""
    with district.reading() as session:
        instance = session.get_one(Instance, task.instance_id)
        return dict(prefill(session, stand(session, task, instance)))


def test_three_independent_experts_are_drawn(settled: District) -> None:
    task = large(settled)
    assert task.node == NODE
    three = drawn(settled, task)
    assert len(three) == len(set(three)) == 3
    assert set(three) <= EXPERTS, "an expert of the bureau above the unit is not independent"


def test_each_reviews_alone_and_the_office_assesses_with_their_means(settled: District) -> None:
    task = large(settled)
    three = drawn(settled, task)
    review(settled, three[0], task)
    review(settled, three[1], task, necessity="19")
    assert settled.task().node == NODE
    review(settled, three[2], task, conclusion="partly")
    assess = settled.task()
    assert assess.node == "lifecycle/assess_ex_ante"
    form = shown(settled, assess)
    assert (form["necessity"], form["economy"]) == ("17.00", "16.00")
    lines = str(form["experts"]).splitlines()
    assert [line.partition("：")[2] for line in lines] == [
        "合计 80 分，予以支持", "合计 83 分，予以支持", "合计 80 分，部分支持",
    ]  # fmt: skip
    with settled.reading() as session:
        kept = queries.assessments(session, settled.project)
        assert {one.by for one in kept} == {settled.people[who].name for who in three}
        assert list(contradictions(session)) == []


def test_who_is_tied_to_the_matter_does_not_review_it(settled: District) -> None:
    task = large(settled)
    (tied, *others), spare = drawn(settled, task), EXPERTS - set(drawn(settled, task))
    with pytest.raises(Invalid, match="应当回避"):
        review(settled, tied, task, no_conflict=False)
    with pytest.raises(Forbidden, match="不能转办"), settled.work(tied) as work:
        transfer_task(work, task.id, settled.id(*spare), "我很忙")
    with settled.work(tied) as work:
        recuse(work, task.id, "近两年受该单位委托")
    assert set(drawn(settled, task)) == set(others) | spare
    with settled.reading() as session:
        assert inbox(session, settled.id(tied), settled.now) == []
        line = timeline(session, settled.subject)[-1]
        assert list(contradictions(session)) == []
    assert (line.person, line.verb) == (settled.people[tied].name, "transfer")
    assert "申请回避：近两年受该单位委托" in line.opinion


def test_a_lot_that_is_empty_says_whom_to_ask(settled: District) -> None:
    task = large(settled)
    with settled.work(drawn(settled, task)[0]) as work:
        recuse(work, task.id, "有利益关系")
    last = drawn(settled, task)[0]
    with pytest.raises(Conflict, match="没有其他专家可以替换"), settled.work(last) as work:
        recuse(work, task.id, "有利益关系")


def test_who_was_not_drawn_does_not_recuse(district: District) -> None:
    with pytest.raises(Forbidden, match="不是抽取的"), district.work("shen") as work:
        recuse(work, district.task().id, "有利益关系")


def test_the_same_experts_see_the_corrected_declaration(settled: District) -> None:
    task = large(settled)
    three = drawn(settled, task)
    for who in three:
        review(settled, who, task, conclusion="partly")
    settled.step(settled.task("assess_ex_ante"), conclusion="partly")
    settled.step(settled.task("declare_project"))
    assert sorted(drawn(settled, settled.task("review_by_experts"))) == sorted(three)


def test_without_experts_the_officers_are_told_and_who_is_appointed_reviews(
    settled: District,
) -> None:
    with settled.work("admin") as work:
        held = select(RoleAssignment).where(RoleAssignment.role == "expert")
        (district,) = {one.unit_id for one in work.session.scalars(held)}
        for one in work.session.scalars(held).all():
            revoke_role(work, one.id)
    task = large(settled)
    assert (task.signed, task.assignee_id) == (False, None)
    with settled.work("admin") as work:
        for who in ("yan", "ji"):
            grant_role(work, settled.id(who), "expert", district)
    with settled.work("zheng") as work:
        assign_task(work, task.id, settled.id("ji"), "请评审")
    with pytest.raises(Invalid, match="不得来自被评项目的单位"):
        review(settled, "ji", task)
    with settled.work("zheng") as work:
        assign_task(work, task.id, settled.id("yan"), "请评审")
    review(settled, "yan", task)
    form = shown(settled, settled.task("assess_ex_ante"))
    assert form["experts"] == "严守一：合计 80 分，予以支持"
