"""Running instances go to another version of their process, one by one or in bulk, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.workflow import deployments
from engine.workflow.commands import suspend_instance
from engine.workflow.evidence import with_rows
from engine.workflow.instances import About, start_instance
from engine.workflow.migration import Prospect, migrate_instance, migrate_instances, preview
from engine.workflow.models import Deployment, Instance, ServiceCall
from tests.approvals import REVIEW, Desk, chain, filed, properties, reviewed
from tests.district import District, later
from tests.engine.runtime_drawing import Drawing, service, timer

BOTH = (filed(), reviewed("unit", "unit_head"), reviewed("department"))


def deploy(district: District, files: dict[str, bytes]) -> int:
    with district.work("admin") as work:
        return deployments.deploy(work, "review", files).id


def migrate(desk: Desk, to: int, who: str = "admin", **mapping: str) -> None:
    names = {f"review/{old}": f"review/{new}" for old, new in mapping.items()}
    with desk.district.work(who) as work:
        migrate_instance(work, desk.instance, to, names, "新规生效")


def look(desk: Desk, to: int, **mapping: str) -> Prospect:
    names = {f"review/{old}": f"review/{new}" for old, new in mapping.items()}
    with desk.district.reading() as session:
        (found,) = preview(session, [desk.instance], to, names, desk.district.now)
    return found


def version(desk: Desk) -> int:
    with desk.district.reading() as session:
        instance = session.get_one(Instance, desk.instance)
        return session.get_one(Deployment, instance.deployment_id).version


def test_an_instance_goes_on_by_the_new_versions_diagram(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    new = deploy(settled, chain(*BOTH, reviewed("finance", "budget_reviewer")))
    seen = look(desk, new)
    assert seen.refusal == ""
    assert [(one.node, one.to, one.changed) for one in seen.landings] == [
        ("review/unit", "review/unit", ())
    ]
    migrate(desk, new)
    for who in ("lu", "gu", "zhou"):
        desk.act(who)
    assert desk.status() == "ended"
    with settled.reading() as session:
        assert with_rows(session, verify_ledger(session)).ok


def test_a_node_that_is_gone_is_named_and_mapped_to_another(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    new = deploy(settled, chain(filed(), reviewed("office", "unit_head", title="综合审核")))
    seen = look(desk, new)
    assert (seen.element, seen.landings) == ("unit", ())
    assert "“unit”" in seen.refusal
    with pytest.raises(Conflict, match="unit"):
        migrate(desk, new)
    (landing,) = look(desk, new, unit="office").landings
    assert (landing.to, landing.to_title, landing.changed) == (
        "review/office",
        "综合审核",
        ("名称",),
    )
    migrate(desk, new, unit="office")
    assert (desk.task().node, desk.task().title) == ("review/office", "综合审核")
    desk.act("lu")
    assert desk.status() == "ended"


def test_an_open_task_has_the_new_versions_title_and_role(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    new = deploy(settled, chain(filed(), reviewed("unit", "department_reviewer", title="部门初审")))
    assert look(desk, new).landings[0].changed == ("名称", "角色")
    assert look(desk, new).gone == ()
    migrate(desk, new)
    assert (desk.task().title, desk.task().role) == ("部门初审", "department_reviewer")
    desk.act("gu")
    assert desk.status() == "ended"


def test_going_back_to_the_earlier_version_is_the_same_act(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    old, new = version(desk), deploy(settled, chain(*BOTH, reviewed("finance", "budget_reviewer")))
    with settled.reading() as session:
        first = session.scalars(
            select(Deployment.id).where(Deployment.process == "review", Deployment.version == old)
        ).one()
    migrate(desk, new)
    assert version(desk) == old + 1
    migrate(desk, first)
    assert version(desk) == old
    desk.act("lu")
    desk.act("gu")
    assert desk.status() == "ended"


def test_after_a_step_that_only_the_new_version_has_there_is_no_going_back(
    settled: District,
) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    new = deploy(settled, chain(*BOTH, reviewed("finance", "budget_reviewer")))
    migrate(desk, new)
    desk.act("lu")
    desk.act("gu")
    seen = look(desk, 1)
    assert "review" in seen.refusal  # another process's deployment
    with settled.reading() as session:
        first = session.scalars(
            select(Deployment.id).where(Deployment.process == "review").order_by(Deployment.id)
        ).first()
    assert first is not None
    assert look(desk, first).element == "finance"


def test_a_return_finds_its_way_after_a_migration(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    desk.act("lu")
    migrate(desk, deploy(settled, chain(*BOTH, reviewed("finance", "budget_reviewer"))))
    desk.act("gu", "return", return_to="review/unit")
    assert desk.nodes() == ["unit"]
    assert desk.task().assignee_id == settled.id("lu")


def with_timer(hours: str) -> dict[str, bytes]:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node(
        "userTask", "review", properties(role="department_reviewer", **REVIEW), name="review"
    )
    drawing.node("userTask", "late", properties(role="unit_head"), name="late")
    drawing.node("endEvent", "over")
    drawing.path("start", "review", "over")
    drawing.node("boundaryEvent", "clock", timer("timeDuration", hours), attachedToRef="review")
    drawing.flow("clock", "late")
    drawing.flow("late", "over")
    return drawing.files()


def test_events_that_the_new_version_adds_begin_and_those_it_lacks_are_told(
    settled: District,
) -> None:
    desk = Desk.of(settled, chain(*BOTH[:1], reviewed()))
    desk.act("shen", "submit")
    new = deploy(settled, with_timer("PT2H"))
    assert look(desk, new).begun == ("clock",)
    assert look(desk, new).gone == ("file",)
    migrate(desk, new)
    plain = deploy(settled, chain(*BOTH[:1], reviewed(), reviewed("last")))
    assert look(desk, plain).dropped == ("clock",)
    later(settled, hours=3)
    settled.run_jobs()
    assert desk.nodes() == ["late"]


def test_a_timer_that_both_versions_know_keeps_its_moment(settled: District) -> None:
    desk = Desk.of(settled, with_timer("PT1H"))
    due = desk.district.now + timedelta(hours=1)
    migrate(desk, deploy(settled, with_timer("PT9H")))
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).next_due == due


def calling(name: str) -> dict[str, bytes]:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("serviceTask", name, service("projects.enter_stage", stage='"x"'), name=name)
    drawing.node("endEvent", "over")
    drawing.path("start", name, "over")
    return drawing.files()


def test_a_parked_call_follows_its_node(settled: District) -> None:
    desk = Desk.of(settled, calling("before"))
    migrate(desk, deploy(settled, calling("after")), before="after")
    with settled.reading() as session:
        call = session.scalars(
            select(ServiceCall).where(ServiceCall.instance_id == desk.instance)
        ).one()
        assert (call.node, call.state) == ("review/after", "waiting")


def test_many_are_migrated_each_by_itself_and_each_has_its_result(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    desk.act("shen", "submit")
    ended = desk.instance
    with settled.work("shen") as work:
        about = About(settled.subject, "第二件", desk.unit_path(work), settled.id("shen"))
        desk.instance = start_instance(work, "review", about, {}).id
    new = deploy(settled, chain(filed(), reviewed("other", "unit_head")))
    results = migrate_instances(
        lambda: settled.work("admin"), [ended, desk.instance, 999], new, {}, "新规生效"
    )
    assert [bool(one.refusal) for one in results] == [True, False, True]
    with settled.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.kind == "process.migrated")).one()
    assert '"batch":"' in entry.payload and '"reason":"新规生效"' in entry.payload


def test_only_an_administrator_migrates_with_a_reason_and_known_nodes(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    new = deploy(settled, chain(filed(), reviewed("unit", "unit_head")))
    with pytest.raises(Forbidden, match="系统管理员"):
        migrate(desk, new, "zheng")
    with pytest.raises(Invalid, match="没有节点 review/nowhere"):
        migrate(desk, new, unit="nowhere")
    migrate(desk, new)
    with pytest.raises(Conflict, match="已经是第"):
        migrate(desk, new)


def test_a_suspended_instance_can_be_migrated_and_stays_suspended(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    with settled.work("admin") as work:
        suspend_instance(work, desk.instance, "等待新版")
    migrate(desk, deploy(settled, chain(filed(title="填报"), reviewed("unit", "unit_head"))))
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).status == "suspended"
    assert desk.open() == []


def test_an_older_version_becomes_the_newest_again(settled: District) -> None:
    desk = Desk.of(settled, chain(*BOTH))
    first = 0
    with settled.reading() as session:
        first = session.get_one(Instance, desk.instance).deployment_id
    deploy(settled, chain(filed(), reviewed()))
    with settled.work("admin") as work:
        again = deployments.redeploy(work, first)
        assert (again.version, again.id != first) == (3, True)
        with pytest.raises(Conflict, match="已是现行版本"):
            deployments.redeploy(work, again.id)
    with settled.reading() as session:
        assert deployments.diagrams(session, again.id) == deployments.diagrams(session, first)
