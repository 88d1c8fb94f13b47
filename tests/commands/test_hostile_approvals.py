"""Approvals against clever people and careless diagrams."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from engine.errors import Conflict, Forbidden, Invalid
from engine.ledger.verify import verify_ledger
from engine.people.absences import declare_absence
from engine.people.commands import grant_role
from engine.people.models import Person, Unit
from engine.people.notices import notices
from engine.workflow.commands import (
    act_in_place,
    assign_task,
    open_parts,
    recall_task,
    transfer_task,
)
from engine.workflow.evidence import with_rows
from engine.workflow.models import Copy, Instance, Signer, Task
from engine.workflow.rounds import OPEN
from tests.approvals import REVIEW, Desk, chain, filed, properties, reviewed
from tests.district import District
from tests.engine.runtime_drawing import Drawing

TWO = "person:gu,person:qian"


def deactivate(district: District, who: str) -> None:
    with district.work("admin") as work:
        work.session.execute(
            update(Person).where(Person.id == district.id(who)).values(active=False)
        )


def left_open(desk: Desk) -> list[tuple[str, str]]:
    """Parts that wait in tasks that are over."""
    with desk.district.reading() as session:
        rows = session.execute(
            select(Signer.person, Task.node)
            .join(Task, Task.id == Signer.task_id)
            .where(Task.state.in_(("done", "withdrawn")), Signer.state.in_(OPEN))
        )
        return [(person, node) for person, node in rows]


def problem(district: District) -> str | None:
    with district.reading() as session:
        verdict = with_rows(session, verify_ledger(session))
    return None if verdict.ok else verdict.problem


# --- a signer who is gone


def test_the_part_of_somebody_who_left_is_given_to_another(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(approvers=TWO, approval="all")))
    desk.act("shen", "submit")
    desk.act("gu")
    deactivate(settled, "qian")
    with settled.work("zheng") as work:
        assign_task(work, desk.task().id, settled.id("duo"), "钱若水已调离")
    desk.act("duo")
    assert desk.status() == "ended"
    assert problem(settled) is None


def test_whose_part_is_given_away_must_be_clear(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(approvers=TWO, approval="all")))
    desk.act("shen", "submit")
    with pytest.raises(Conflict, match="哪一位"), settled.work("zheng") as work:
        assign_task(work, desk.task().id, settled.id("duo"), "出差")
    with settled.work("zheng") as work:
        assign_task(work, desk.task().id, settled.id("duo"), "出差", of_person=settled.id("gu"))
    assert desk.signers() == [
        ("顾清和", "passed", "transfer"),
        ("钱若水", "active", ""),
        ("多面手", "active", ""),
    ]
    with pytest.raises(Conflict, match="改派给多面手"):
        desk.act("gu")
    with pytest.raises(Invalid, match="已在办理人之中"), settled.work("zheng") as work:
        assign_task(work, desk.task().id, settled.id("duo"), "出差", of_person=settled.id("qian"))


def test_whose_matter_it_is_is_never_given_its_review(settled: District) -> None:
    with settled.work("admin") as work:
        unit = work.session.scalars(select(Unit.id).where(Unit.name == "区民政局")).one()
        grant_role(work, settled.id("shen"), "department_reviewer", unit)
    desk = Desk.of(settled, chain(filed(), reviewed()))
    with settled.work("shen") as work:
        transfer_task(work, desk.task().id, settled.id("he"), "请代办")
    desk.act("he", "submit")
    with pytest.raises(Invalid, match="经办"), settled.work("zheng") as work:
        assign_task(work, desk.task().id, settled.id("shen"), "熟悉情况")


# --- one person, two duties


def test_an_administrator_acts_in_place_at_one_level_of_a_matter_only(settled: District) -> None:
    steps = filed(), reviewed("unit", "unit_head"), reviewed("department")
    desk = Desk.of(settled, chain(*steps))
    desk.act("shen", "submit")
    with settled.work("admin") as work:
        act_in_place(work, desk.task().id, settled.id("lu"), "approve", "出差")
    with pytest.raises((Forbidden, Invalid), match="已在本事项中"), settled.work("admin") as work:
        act_in_place(work, desk.task().id, settled.id("gu"), "approve", "也出差")


def test_nobody_signs_for_an_absent_person_who_has_borne_another_duty(settled: District) -> None:
    """Two tasks of one matter wait for duo at once; answering one closes the other to him."""
    drawing = Drawing("review")
    drawing.node("startEvent", "start", name="开始")
    drawing.node("parallelGateway", "split", name="分")
    drawing.node("parallelGateway", "join", name="合")
    drawing.node("endEvent", "over", name="结束")
    drawing.flow("start", "split")
    for id_ in ("one", "two"):
        more = {"approvers": "person:duo,person:gu", "approval": "all"}
        told = {"role": "department_reviewer", **REVIEW, **more}
        drawing.node("userTask", id_, properties(**told), name=id_)
        drawing.flow("split", id_)
        drawing.flow(id_, "join")
    drawing.flow("join", "over")
    desk = Desk.of(settled, drawing.files())
    desk.act("duo", node="one")
    with pytest.raises(Forbidden, match="已在本事项中"):
        desk.act("duo", node="two")
    with settled.work("duo") as work:
        until = settled.now.replace(day=20)
        declare_absence(work, settled.id("duo"), settled.id("qian"), settled.now, until)
    with pytest.raises(Forbidden, match="已在本事项中"):
        desk.act("qian", node="two")
    with settled.work("zheng") as work:
        task = desk.task("two")
        told = {one.person: one.hindrance for one in open_parts(work.session, task, work.now)}
        assert "已在本事项中担任审核" in told.pop("多面手") and told == {"顾清和": ""}
        assign_task(work, task.id, settled.id("qian"), "回避", of_person=settled.id("duo"))
    desk.act("qian", node="two")


# --- what a direct return leaves over


def direct(settled: District, **first: str) -> Desk:
    steps = filed(), reviewed("first", **first), reviewed("second", "budget_reviewer")
    desk = Desk.of(settled, chain(*steps))
    desk.act("shen", "submit")
    return desk


def test_signers_of_a_level_that_is_passed_by_are_not_asked(settled: District) -> None:
    desk = direct(settled, approvers=TWO, approval="all", pass_="1", decide="all")
    desk.act("gu")
    desk.act("qian", "reject")
    assert desk.nodes() == ["second"]
    desk.act("zhou", "return", return_to="review/file", direct=True)
    desk.act("shen", "submit")
    assert desk.nodes() == ["second"]
    assert left_open(desk) == []
    with settled.reading() as session:
        skipped = session.scalars(select(Signer).where(Signer.source == "skip")).all()
    assert [(one.person, one.verb) for one in skipped] == [("系统", "approve")]
    assert problem(settled) is None


def test_the_direct_way_is_over_at_a_step_that_hands_in(settled: District) -> None:
    steps = (
        filed(),
        reviewed("first"),
        ("second", {"role": "project_manager", "duty": "handle", "verbs": "submit,return"}),
        reviewed("third", "budget_reviewer"),
    )
    desk = Desk.of(settled, chain(*steps))
    desk.act("shen", "submit")
    desk.act("gu")
    desk.act("shen", "return", return_to="review/file", direct=True)
    desk.act("shen", "submit")
    assert desk.nodes() == ["second"]
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).direct is None


# --- hostile diagrams


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"duty": '="boss"'}, "职责"),
        ({"verbs": '="approve,return,explode_everything"'}, "办理方式"),
        ({"assignee": "=1e400"}, "指定"),
        ({"assignee": '="甲"'}, "指定"),
        ({"assignee": "=987654321"}, "指定"),
        ({"role": '=string join(for i in 1..50 return "r", "")'}, "过长"),
        ({"matter": '=string join(for i in 1..500 return "r", "")'}, "过长"),
        ({"form": '=string join(for i in 1..500 return "r", "")'}, "过长"),
        ({"approval": "all", "pass_": '="-1"'}, "通过条件"),
        ({"approval": "all", "pass_": '="0%"'}, "通过条件"),
        ({"due": '="999999 WD"'}, "期限"),
        ({"due": "2 D", "remind": '="999999 WD"'}, "期限"),
        ({"approvers": "=for i in 1..10000 return i"}, "最多"),
        ({"approvers": '=for i in 1..1000 return "x" + string(i)'}, "最多"),
        ({"approvers": '=for i in 1..10000 return "x" + string(i)'}, "计算量过大"),
    ],
)
def test_what_a_diagram_reckons_wrongly_is_said_to_whoever_answers_before(
    settled: District, given: dict[str, str], match: str
) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(**given)))
    with pytest.raises(Invalid, match=match):
        desk.act("shen", "submit")
    assert desk.nodes() == ["file"]


@pytest.mark.parametrize(
    "given",
    [
        {"title": '=string join(for i in 1..5000 return "长", "")'},
        {"approvers": "=[{a: 1}, 1e400, -1, null, true, [1], 99999999999999999999999]"},
        {"approvers": '=["٣", "gu", "gu"]'},
        {"approvers": "=1e400"},
        {"copies": "=1e400"},
        {"copies": "=for i in 1..10000 return i"},
        {"copies": '=1 + "a"'},
    ],
)
def test_strange_values_keep_nothing_from_going_on(
    settled: District, given: dict[str, str]
) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(**given)))
    desk.act("shen", "submit")
    assert desk.nodes() == ["review"]
    desk.act("gu")
    assert desk.status() == "ended"


def test_copies_are_reckoned_from_the_data_of_the_process(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(copies="=readers")), readers=["lu", "chen"])
    desk.act("shen", "submit")
    with settled.reading() as session:
        shown = set(session.scalars(select(Copy.person_id)))
    assert shown == {settled.id("lu"), settled.id("chen")}


def test_a_long_chain_of_steps_that_nobody_need_answer_is_passed(settled: District) -> None:
    skipped = [reviewed(f"r{n}", approvers="person:nobody", empty="skip") for n in range(120)]
    desk = Desk.of(settled, chain(filed(), *skipped))
    desk.act("shen", "submit")
    assert desk.status() == "ended"


# --- evidence


def tampered(district: District, **values: Any) -> str | None:
    with district.work("admin") as work:
        work.session.execute(update(Signer).where(Signer.verb == "approve").values(**values))
    return problem(district)


@pytest.mark.parametrize(
    "values", [{"source": "admin"}, {"acted_by": "别人"}, {"opinion": "改了"}, {"verb": "submit"}]
)
def test_a_changed_signature_is_seen(settled: District, values: dict[str, Any]) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed()))
    desk.act("shen", "submit")
    desk.act("gu")
    assert problem(settled) is None
    assert tampered(settled, **values)


def test_a_signature_slipped_in_beside_others_is_seen(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(approvers=TWO, approval="all")))
    desk.act("shen", "submit")
    desk.act("gu")
    task = desk.task()
    with settled.work("admin") as work:
        for verb in ("approve",):
            work.session.add(
                Signer(
                    task_id=task.id, instance_id=desk.instance, person_id=settled.id("wu"),
                    person="吴思齐", role="department_reviewer", verb=verb, at=work.now,
                )
            )  # fmt: skip
    assert problem(settled)


def test_a_changed_transfer_is_seen(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed(approvers="person:gu")))
    desk.act("shen", "submit")
    with settled.work("gu") as work:
        transfer_task(work, desk.task().id, settled.id("qian"), "出差")
    assert problem(settled) is None
    with settled.work("admin") as work:
        changed = update(Signer).where(Signer.state == "passed").values(opinion="转办给别人")
        work.session.execute(changed)
    assert problem(settled)


# --- taking back


def test_what_is_open_elsewhere_is_not_told_of_a_recall(settled: District) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start", name="开始")
    drawing.node("parallelGateway", "split", name="分")
    drawing.node("parallelGateway", "join", name="合")
    drawing.node("endEvent", "over", name="结束")
    drawing.flow("start", "split")
    first = {"role": "project_manager", "duty": "handle", "verbs": "submit"}
    drawing.node("userTask", "one", properties(**first), name="one")
    drawing.node("userTask", "two", properties(**first, approvers="person:he"), name="two")
    more = {"role": "department_reviewer", **REVIEW, "approvers": TWO, "approval": "all"}
    drawing.node("userTask", "three", properties(**more), name="three")
    for before, after in (
        ("split", "one"), ("one", "three"), ("three", "join"), ("split", "two"), ("two", "join"),
        ("join", "over"),
    ):  # fmt: skip
        drawing.flow(before, after)
    desk = Desk.of(settled, drawing.files())
    desk.act("shen", "submit", node="one")
    with settled.reading() as session:
        answered = session.scalars(select(Task).where(Task.state == "done")).one()
    with settled.work("shen") as work:
        recall_task(work, answered.id, "写错")
    with settled.reading() as session:
        told = {
            who: [one.text for one in notices(session, settled.id(who)) if "取回" in one.text]
            for who in ("he", "gu", "qian")
        }
    assert told["he"] == []
    assert len(told["gu"]) == len(told["qian"]) == 1
    assert left_open(desk) == []
