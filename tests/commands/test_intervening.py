"""流程干预: jump, forced end and acting in others' place, all on the record (rules.md F.12)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.people.notices import notices
from engine.workflow.commands import act_in_place, force_end, jump_targets, jump_task
from engine.workflow.evidence import with_rows
from engine.workflow.queries import timeline
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District


def three(district: District, **last: str) -> Desk:
    steps = (filed(), reviewed("unit", "unit_head"), reviewed("department", **last))
    desk = Desk.of(district, chain(*steps))
    desk.act("shen", "submit")
    return desk


def targets(desk: Desk) -> list[str]:
    with desk.district.reading() as session:
        return [one.key for one in jump_targets(session, desk.task())]


def jump(desk: Desk, to: str, who: str = "admin", reason: str = "处长出差") -> None:
    with desk.district.work(who) as work:
        jump_task(work, desk.task().id, to, reason)


def test_an_administrator_moves_a_task_on_and_it_goes_to_its_end(settled: District) -> None:
    desk = three(settled)
    assert set(targets(desk)) == {"review/file", "review/over", "review/department"}
    jump(desk, "review/department")
    assert desk.nodes() == ["department"]
    desk.act("gu")
    assert desk.status() == "ended"
    with settled.reading() as session:
        assert with_rows(session, verify_ledger(session)).ok


def test_a_jump_is_told_to_all_concerned_to_auditors_and_stands_in_the_timeline(
    settled: District,
) -> None:
    desk = three(settled)
    jump(desk, "review/department")
    with settled.reading() as session:
        told = [one.text for one in notices(session, settled.id("shen"))]
        audit = [one.text for one in notices(session, settled.id("jiang"))]
        last = timeline(session, settled.subject)[-1]
        entry = session.scalars(select(Entry).where(Entry.kind == "task.jumped")).one()
    assert "跳转到“department”：处长出差" in told[0]
    assert audit[0].startswith("请审计关注：")
    assert (last.person, last.verb) == ("韩管理", "jump")
    assert entry.actor == "韩管理"
    assert desk.task().why == "韩管理跳转：处长出差"


def test_only_administrators_intervene_and_never_without_a_reason(settled: District) -> None:
    desk = three(settled)
    for who in ("zheng", "gu", "shen"):
        with pytest.raises(Forbidden, match="系统管理员"):
            jump(desk, "review/department", who)
    with pytest.raises(Invalid, match="原因"):
        jump(desk, "review/department", reason="")
    with pytest.raises(Invalid, match="不能跳转"):
        jump(desk, "review/nowhere")


def test_nothing_is_moved_or_ended_out_of_the_final_step(settled: District) -> None:
    desk = three(settled, duty="final")
    desk.act("lu")
    assert targets(desk) == []
    with pytest.raises(Forbidden, match="须由负责终审的人本人办理，不能干预"):
        jump(desk, "review/over")
    with pytest.raises(Forbidden, match="终审"), settled.work("admin") as work:
        force_end(work, desk.instance, "清理")
    with pytest.raises(Forbidden, match="终审"), settled.work("admin") as work:
        act_in_place(work, desk.task().id, settled.id("gu"), "approve", "代办")


def test_a_jump_does_not_leave_out_the_final_step(settled: District) -> None:
    desk = three(settled, duty="final")
    assert set(targets(desk)) == {"review/file", "review/department"}
    with pytest.raises(Invalid, match="不能跳转到这一步"):
        jump(desk, "review/over")


def test_a_forced_end_withdraws_what_is_open_and_keeps_what_was_said(settled: District) -> None:
    desk = three(settled)
    with settled.work("admin") as work:
        force_end(work, desk.instance, "单位撤销")
    assert (desk.status(), desk.open()) == ("ended", [])
    with settled.reading() as session:
        verbs = [one.verb for one in timeline(session, settled.subject)]
    assert verbs == ["submit", "force_end"]
    with pytest.raises(Conflict, match="办理中"), settled.work("admin") as work:
        force_end(work, desk.instance, "再次")


def test_an_act_in_anothers_place_bears_both_names(settled: District) -> None:
    desk = three(settled)
    with settled.work("admin") as work:
        act_in_place(work, desk.task().id, settled.id("lu"), "approve", "本人住院，电话同意")
    assert desk.nodes() == ["department"]
    with settled.reading() as session:
        last = timeline(session, settled.subject)[-1]
        assert (last.person, last.opinion) == ("陆文远", "代审：本人住院，电话同意")
        assert "代陆文远同意" in notices(session, settled.id("lu"))[0].text
        assert with_rows(session, verify_ledger(session)).ok


def test_nobody_is_stood_in_for_who_may_not_answer_it(settled: District) -> None:
    desk = three(settled)
    with pytest.raises(Invalid, match="单位负责人"), settled.work("admin") as work:
        act_in_place(work, desk.task().id, settled.id("gu"), "approve", "代办")
