"""批量同意: what stands in its way is shown first; each item stands alone (rules.md E.3)."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import BihuanError
from engine.workflow.commands import complete_task
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, Task
from engine.workflow.queries import batch_blockers
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District


def waiting(district: District, count: int) -> list[Desk]:
    """So many matters of one process that wait for their review."""
    desk = Desk.of(district, chain(filed(), reviewed(), reviewed("budget", "budget_reviewer")))
    desks = [desk]
    with district.work("shen") as work:
        first = work.session.get_one(Instance, desk.instance)
        about = About(first.subject, first.title, first.unit_path, first.party_id)
        desks += [
            replace(desk, instance=start_instance(work, "review", about, {}).id)
            for _ in range(count - 1)
        ]
    for one in desks:
        one.act("shen", "submit")
    return desks


def blockers(district: District, who: str, tasks: list[int]) -> dict[int, str | None]:
    """What stands in the way of somebody's batch."""
    with district.reading() as session:
        return batch_blockers(session, district.id(who), tasks, district.now)


def test_a_batch_of_fifty_with_one_invalid(settled: District) -> None:
    desks = waiting(settled, 50)
    tasks = [one.task().id for one in desks]
    assert set(blockers(settled, "gu", tasks).values()) == {None}
    desks[17].act("qian")  # somebody else was faster with one of them
    told = blockers(settled, "gu", tasks)
    assert {number for number, one in enumerate(told.values()) if one} == {17}
    assert "已由 钱若水" in (told[tasks[17]] or "")
    failed = []
    for task in tasks:
        try:
            with settled.work("gu") as work:
                complete_task(work, task, "approve", {}, opinion="同意")
        except BihuanError as error:
            failed.append((task, error.message))
    assert [task for task, _ in failed] == [tasks[17]]
    assert {one.nodes()[0] for one in desks} == {"budget"}


def test_more_than_fifty_are_too_many(settled: District) -> None:
    task = waiting(settled, 1)[0].task().id
    told = blockers(settled, "gu", [task, *range(10_000, 10_050)])
    assert told[task] is None
    assert list(told.values())[-1] == "一次最多 50 项"


def test_all_are_of_the_kind_of_the_first(settled: District) -> None:
    first, second = waiting(settled, 2)
    second.act("qian")
    told = blockers(settled, "duo", [first.task().id, second.task().id])
    assert list(told.values()) == [None, "与第一项不是同一环节"]


def test_what_one_may_not_answer_says_why(settled: District) -> None:
    task = waiting(settled, 1)[0].task().id
    assert "由本单位的“主管部门审核”办理" in (blockers(settled, "lu", [task])[task] or "")
    assert blockers(settled, "gu", [999])[999] == "没有这个事项"


def test_what_must_be_filled_in_is_answered_one_by_one(district: District) -> None:
    task: Task = district.task()
    assert blockers(district, "shen", [task.id])[task.id] == "此环节不能直接“同意”，请逐项办理"
    desk = Desk.of(district, chain(filed(), reviewed(outputs="amount")))
    desk.act("shen", "submit")
    task = desk.task()
    assert blockers(district, "gu", [task.id])[task.id] == "需要填写表单，请逐项办理"
