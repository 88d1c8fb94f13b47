"""退回 in parallel processes: siblings give way, closed branches are no target (rules.md F.9)."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.workflow.commands import complete_task, stand
from engine.workflow.models import Instance
from engine.workflow.queries.standing import return_targets, task_view
from tests.approvals import REVIEW, Desk, properties
from tests.district import District
from tests.engine.runtime_drawing import Drawing

BACK = 'outcome = "return" and return_to = "{0}"'


def parallel() -> dict[str, bytes]:
    """file → split → (left1 → left2 | right) → join → last; every review can return."""
    drawing = Drawing("side_by_side")
    for kind, id_ in [
        ("startEvent", "start"),
        ("endEvent", "over"),
        ("parallelGateway", "split"),
        ("parallelGateway", "join"),
        ("exclusiveGateway", "router"),
        ("exclusiveGateway", "left_router"),
    ]:
        drawing.node(kind, id_, name=id_)
    steps = {
        "file": {"role": "project_manager", "duty": "handle"},
        "left1": {"role": "unit_head"} | REVIEW,
        "left2": {"role": "department_reviewer"} | REVIEW,
        "right": {"role": "budget_reviewer"} | REVIEW,
        "last": {"role": "performance_office"} | REVIEW,
    }
    for id_, given in steps.items():
        drawing.node("userTask", id_, properties(**given), name=id_)
    drawing.path("start", "file", "split")
    _reviewed(drawing, "split", "left1", "left_router")
    _reviewed(drawing, "left1_after", "left2", "left_router")
    _reviewed(drawing, "split", "right", "router")
    drawing.flow("left_router", "left1", BACK.format("left1"))
    drawing.flow("left_router", "router", default=True)
    drawing.path("left2_after", "join")
    drawing.path("right_after", "join")
    _reviewed(drawing, "join", "last", "router")
    drawing.path("last_after", "over")
    for gateway in ("left2", "right", "last"):
        drawing.defaults[f"{gateway}_after"] = drawing.flows[
            next(
                n
                for n, flow in enumerate(drawing.flows)
                if flow[1] == f"{gateway}_after" and flow[3] is None
            )
        ][0]
    drawing.flow("router", "file", default=True)
    return drawing.files()


def _reviewed(drawing: Drawing, before: str, step: str, router: str) -> None:
    drawing.node("exclusiveGateway", f"{step}_after", name="意见")
    if before.endswith("_after"):
        drawing.flow(before, step, default=True)
    else:
        drawing.flow(before, step)
    drawing.path(step, f"{step}_after")
    drawing.flow(f"{step}_after", router, 'outcome = "return"')


def at_work(district: District) -> Desk:
    """Both branches open; the left one at its second step."""
    desk = Desk.of(district, parallel())
    desk.act("shen", "submit")
    desk.act("lu", node="left1")
    assert sorted(desk.nodes()) == ["left2", "right"]
    return desk


def targets(desk: Desk, node: str) -> set[str]:
    """Where the open task of a node may be returned to."""
    task = desk.task(node)
    with desk.district.reading() as session:
        standing = stand(session, task, session.get_one(Instance, desk.instance))
        return {one.node.rpartition("/")[2] for one in return_targets(session, standing)}


def test_a_return_inside_a_branch_leaves_the_other_branch_alone(settled: District) -> None:
    desk = at_work(settled)
    desk.act("gu", "return", "left2", return_to="side_by_side/left1")
    assert sorted(desk.nodes()) == ["left1", "right"]


def test_a_return_before_the_split_withdraws_the_sibling_branch(settled: District) -> None:
    desk = at_work(settled)
    desk.act("gu", "return", "left2", return_to="side_by_side/file")
    assert desk.nodes() == ["file"]
    desk.act("shen", "submit")
    assert sorted(desk.nodes()) == ["left1", "right"]


def test_only_the_own_branch_and_what_came_before_the_split_are_offered(
    settled: District,
) -> None:
    desk = at_work(settled)
    assert targets(desk, "left2") == {"left1", "file"}
    assert targets(desk, "right") == {"file"}


def test_a_closed_branch_is_no_target(settled: District) -> None:
    desk = at_work(settled)
    desk.act("gu", node="left2")
    desk.act("zhou", node="right")
    assert desk.nodes() == ["last"]
    assert targets(desk, "last") == {"file"}
    with pytest.raises(Invalid, match="不能退回到这一步"):
        desk.act("zheng", "return", "last", return_to="side_by_side/left1")


def test_returned_to_every_visited_step_it_goes_forward_to_the_end(settled: District) -> None:
    desk = at_work(settled)
    desk.act("gu", "return", "left2", return_to="side_by_side/left1")
    desk.act("lu", node="left1")
    desk.act("zhou", "return", "right", return_to="side_by_side/file")
    desk.act("shen", "submit")
    for who, node in [("zhou", "right"), ("lu", "left1"), ("gu", "left2"), ("zheng", "last")]:
        desk.act(who, node=node)
    assert (desk.nodes(), desk.status()) == ([], "ended")


def test_what_a_direct_return_does_not_pass_is_told_beforehand(district: District) -> None:
    """事前绩效评估 speaks of what is corrected: it is done again even by 直达 (rules.md F.9)."""
    district.walk_to("department_review")
    with district.reading() as session:
        view = task_view(session, district.task().id, district.id("gu"))
    passed = {one.kind: one.again for one in view.targets}
    assert (passed["previous"], passed["starter"]) == ((), ("事前绩效评估",))
    assert view.again == ("事前绩效评估",)
    starter = next(one.node for one in view.targets if one.kind == "starter")
    with district.work("gu") as work:
        complete_task(
            work, view.task.id, "return", {}, opinion="笔误", return_to=starter, direct=True
        )
    district.run_jobs()
    district.step(district.task("declare_project"))
    assert district.task().node == "lifecycle/assess_ex_ante"
    district.step()
    assert district.task().node == "approval/department_review", "the unit's opinion stands"
