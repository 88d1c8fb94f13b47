"""取回: one's own act is taken back while nothing has come of it (rules.md F.10)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine.errors import Conflict, Invalid
from engine.ledger.verify import verify_ledger
from engine.workflow.commands import complete_task, draft_of, recall_refusal, recall_task
from engine.workflow.evidence import with_rows
from engine.workflow.models import Instance, Task
from engine.workflow.queries import timeline
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District

TWO = "person:gu,person:qian"


def answered(desk: Desk, node: str = "file") -> Task:
    """The newest answered task of a node."""
    with desk.district.reading() as session:
        wanted = select(Task).where(
            Task.instance_id == desk.instance,
            Task.state == "done",
            Task.node == f"review/{node}",
        )
        return session.scalars(wanted.order_by(Task.id.desc())).first()  # type: ignore[return-value]


def recall(desk: Desk, who: str = "shen", node: str = "file") -> list[Task]:
    with desk.district.work(who) as work:
        return recall_task(work, answered(desk, node).id, "金额写错")


def refusal(desk: Desk, who: str, node: str = "file") -> str | None:
    with desk.district.reading() as session:
        return recall_refusal(session, desk.district.id(who), answered(desk, node))


def look(desk: Desk) -> None:
    """Somebody opens the page of what is open."""
    with desk.district.work("gu") as work:
        work.session.execute(
            update(Task)
            .where(Task.instance_id == desk.instance, Task.state == "open")
            .values(seen_at=work.now)
        )


def at_review(district: District, file: dict[str, str] | None = None, **given: str) -> Desk:
    desk = Desk.of(district, chain(filed(**(file or {})), reviewed(**given)))
    desk.act("shen", "submit", answers={"amount": "12"})
    return desk


def test_an_unread_act_goes_back_to_ones_own_step_with_the_old_answers(settled: District) -> None:
    desk = at_review(settled)
    opened = recall(desk)
    assert desk.nodes() == ["file"]
    assert desk.task().assignee_id == settled.id("shen")
    assert desk.task().why == "沈知行取回：金额写错"
    with settled.reading() as session:
        draft = draft_of(session, opened[0].id, settled.id("shen"))
        assert draft is not None
        assert (draft.answers, draft.opinion) == ({"amount": "12"}, "请核对")
        assert timeline(session, settled.subject)[-1].verb == "recall"
    desk.act("shen", "submit")
    desk.act("gu")
    assert desk.status() == "ended"
    with settled.reading() as session:
        assert with_rows(session, verify_ledger(session)).ok


def test_what_was_read_is_not_taken_back(settled: District) -> None:
    desk = at_review(settled)
    look(desk)
    with pytest.raises(Conflict, match="已经查看"):
        recall(desk)


def test_a_diagram_may_allow_reading_or_forbid_all(settled: District) -> None:
    desk = at_review(settled, {"withdraw": "read"})
    look(desk)
    recall(desk)
    assert desk.nodes() == ["file"]
    desk = at_review(settled, {"withdraw": "never"})
    assert refusal(desk, "shen") == "此环节办理后不能取回"


def test_an_act_is_taken_back_to_the_actors_own_step_not_to_the_start(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), reviewed("unit", "unit_head"), reviewed("department")))
    desk.act("shen", "submit")
    desk.act("lu")
    assert refusal(desk, "shen") == "后面的环节已有处理，不能取回"
    recall(desk, "lu", "unit")
    assert desk.nodes() == ["unit"]


def test_only_whoever_acted_takes_back(settled: District) -> None:
    desk = at_review(settled)
    assert refusal(desk, "gu") == "只能由办理人本人取回"
    assert refusal(desk, "admin") == "只能由办理人本人取回"


def test_one_signature_of_the_next_step_is_enough_to_forbid(settled: District) -> None:
    desk = at_review(settled, {"withdraw": "read"}, approval="all", approvers=TWO)
    assert refusal(desk, "shen") is None
    desk.act("gu")
    with pytest.raises(Conflict, match="已由顾清和办理"):
        recall(desk)


def test_after_the_end_nothing_is_taken_back(settled: District) -> None:
    desk = at_review(settled)
    desk.act("gu")
    with pytest.raises(Conflict, match="已经结束"):
        recall(desk, "gu", "review")


def test_what_several_decided_is_not_taken_back_by_one(settled: District) -> None:
    desk = Desk.of(
        settled, chain(filed(), reviewed(approval="all", approvers=TWO), reviewed("last"))
    )
    desk.act("shen", "submit")
    desk.act("gu")
    desk.act("qian")
    assert refusal(desk, "qian", "review") == "此环节由多人共同办理，不能取回"


def test_a_reason_is_needed_and_a_second_click_is_told(settled: District) -> None:
    desk = at_review(settled)
    task = answered(desk)
    with pytest.raises(Invalid, match="原因"), settled.work("shen") as work:
        recall_task(work, task.id, " ")
    recall(desk)
    with pytest.raises(Conflict), settled.work("shen") as work:
        recall_task(work, task.id, "再取一次")


def test_the_next_handler_cannot_answer_what_was_taken_back(settled: District) -> None:
    desk = at_review(settled)
    review = desk.task()
    recall(desk)
    with pytest.raises(Conflict, match=r"已由 沈知行 于 .* 取回"), settled.work("gu") as work:
        complete_task(work, review.id, "approve", {})
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).status == "active"
