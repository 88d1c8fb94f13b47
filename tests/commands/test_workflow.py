"""Answering tasks: who may, where a return goes, what stays when something is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import registry
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.ledger.models import Entry
from engine.people.commands import grant_role, revoke_role, set_active
from engine.people.models import Person, RoleAssignment
from engine.work import MACHINE, Work
from engine.workflow import queries
from engine.workflow.commands import (
    assign_task,
    complete_task,
    draft_of,
    refusal,
    save_draft,
    stand,
)
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance
from engine.workflow.models import Draft, Instance, Passage, Signer, Task
from engine.workflow.queries import Target, inbox, inbox_counts, return_targets, task_view
from engine.workflow.rules import Signed, ways_back
from engine.workflow.runtime import Changes
from tests.district import District, later


def nodes(district: District) -> list[str]:
    return [task.node.partition("/")[2] for task in district.tasks()]


def targets(district: District) -> list[Target]:
    task = district.task()
    with district.reading() as session:
        instance = session.get_one(Instance, task.instance_id)
        return list(return_targets(session, stand(session, task, instance)))


def to_unit_review(district: District) -> None:
    district.walk_to("approval/unit_review")


# --- forward, back, refused


def test_a_submitted_task_opens_the_next_of_the_diagram(district: District) -> None:
    assert nodes(district) == ["declare_project"]
    opened = district.complete("shen", "submit", district.typed(district.task()))
    assert [one.node for one in opened] == ["lifecycle/assess_ex_ante"]
    assert nodes(district) == ["assess_ex_ante"]


@pytest.mark.parametrize("verb", ["return", "reject"])
def test_a_return_or_a_rejection_needs_an_opinion(district: District, verb: str) -> None:
    to_unit_review(district)
    with pytest.raises(Invalid, match="必须填写意见") as refused:
        district.complete("lu", verb, opinion="   ")
    assert refused.value.field == "opinion"
    assert nodes(district) == ["unit_review"]


def test_a_verb_that_the_diagram_does_not_offer_is_refused(district: District) -> None:
    with pytest.raises(Invalid, match="不能“同意”"):
        district.complete("shen", "approve")
    with pytest.raises(Invalid, match="不能“退回”"):
        district.complete("shen", "return")


def test_rejecting_ends_the_process_and_the_project(district: District) -> None:
    to_unit_review(district)
    district.complete("lu", "reject", opinion="不符合条件")
    assert district.tasks() == []
    assert district.row().status == "rejected"
    with district.reading() as session:
        assert [one.status for one in queries.instances(session, district.subject)] == ["ended"]


def test_a_return_goes_to_the_starter_unless_told_otherwise(district: District) -> None:
    to_unit_review(district)
    district.complete("lu", "return", opinion="目标不清")
    task = district.task()
    assert (task.node, task.round) == ("lifecycle/declare_project", 2)
    assert task.why == "陆文远退回：目标不清"
    assert task.assignee_id == district.id("shen")


def test_targets_are_the_previous_actual_handler_and_the_starter(district: District) -> None:
    district.walk_to("approval/department_review")
    assert [(one.node, one.kind) for one in targets(district)] == [
        ("approval/unit_review", "previous"),
        ("lifecycle/declare_project", "starter"),
    ]
    assert [one.person for one in targets(district)] == ["陆文远", "沈知行"]


def test_only_targets_that_the_diagram_leads_to_are_shown(district: District) -> None:
    to_unit_review(district)  # acted before it: the ex-ante assessment, which no flow leads back to
    assert [(one.node, one.kind) for one in targets(district)] == [
        ("lifecycle/declare_project", "starter")
    ]


def test_a_return_to_the_previous_level_goes_to_the_actual_person(district: District) -> None:
    district.walk_to("approval/department_review")
    district.complete("gu", "return", opinion="再看看", to="approval/unit_review")
    task = district.task()
    assert (task.node, task.round) == ("approval/unit_review", 2)
    assert task.assignee_id == district.id("lu")
    with pytest.raises(Forbidden, match="指定人员"):
        district.complete("duo", "approve")
    district.complete("lu")
    assert district.task().node == "approval/department_review"
    assert district.task().assignee_id == district.id("gu")


def test_after_a_return_to_the_starter_every_level_signs_again(district: District) -> None:
    district.walk_to("approval/department_review")
    district.complete("gu", "return", opinion="再看看", to="lifecycle/declare_project")
    signed = [district.walk_to("gate/submit_gate")]
    assert signed == [
        [
            "lifecycle/declare_project",
            "lifecycle/assess_ex_ante",
            "approval/unit_review",
            "approval/department_review",
            "approval/budget_review",
        ]
    ]
    with district.reading() as session:
        line = queries.timeline(session, district.subject)
    assert [(one.round, one.verb) for one in line if one.node == "approval/department_review"] == [
        (1, "return"),
        (2, "approve"),
    ]


def test_a_level_that_was_returned_to_cannot_jump_forward_by_a_return(district: District) -> None:
    district.walk_to("approval/budget_review")
    district.complete("zhou", "return", opinion="金额不符", to="approval/department_review")
    assert [one.node for one in targets(district)] == [
        "approval/unit_review",
        "lifecycle/declare_project",
    ]
    reviewer = district.someone(district.task())
    with pytest.raises(Invalid, match="不能退回到这一步"):
        district.complete(reviewer, "return", opinion="越级", to="approval/budget_review")


@pytest.mark.parametrize(
    "to", ["approval/performance_review", "approval/budget_review", "nowhere", "unit_review"]
)
def test_a_return_to_where_nobody_acted_is_refused(district: District, to: str) -> None:
    to_unit_review(district)
    with pytest.raises(Invalid, match="不能退回到这一步"):
        district.complete("lu", "return", opinion="请改", to=to)
    assert nodes(district) == ["unit_review"]


def test_ways_back_count_only_what_was_signed_since_the_starter() -> None:
    def signed(number: int, node: str) -> Signed:
        return Signed(number, node, node, "review", number, f"人{number}")

    first = [signed(1, "start"), signed(2, "unit"), signed(3, "bureau")]
    again = [*first, signed(4, "start"), signed(5, "unit")]
    assert [(kind, one.task_id) for kind, one in ways_back("bureau", 6, again)] == [
        ("previous", 5),
        ("starter", 4),
    ]
    assert [(kind, one.task_id) for kind, one in ways_back("unit", 5, again)] == [("previous", 4)]
    assert ways_back("start", 1, []) == []


def test_a_long_opinion_is_kept_whole_and_cut_in_the_inbox(district: District) -> None:
    to_unit_review(district)
    long = "意见" * 400
    district.complete("lu", "return", opinion=long)
    assert len(district.task().why) == 300
    with district.reading() as session:
        assert queries.timeline(session, district.subject)[-1].opinion == long


# --- second clicks and lost races


def test_a_second_click_is_a_conflict_that_names_who_and_when(district: District) -> None:
    task = district.task()
    district.complete("shen", "submit", district.typed(task))
    with pytest.raises(Conflict, match="已由 沈知行 于 2025-06-09 09:00 提交"):
        district.complete("shen", "submit", task=task)


def test_a_second_click_on_the_last_task_names_who_too(district: District) -> None:
    to_unit_review(district)
    task = district.task()
    district.complete("lu", "reject", opinion="不同意")
    with pytest.raises(Conflict, match="已由 陆文远 于 2025-06-09 09:00 驳回"):
        district.complete("lu", "approve", task=task)


def test_an_unknown_task_is_not_found(district: District) -> None:
    with pytest.raises(NotFound), district.work("shen") as work:
        complete_task(work, 99_999, "submit", {})


def test_a_stale_version_is_a_conflict(district: District) -> None:
    with pytest.raises(Conflict, match="刚刚被他人推进"), district.work() as work:
        instance = lock_instance(work.session, district.task().instance_id)
        work.session.execute(
            update(Instance).values(version=Instance.version + 1),
            execution_options={"synchronize_session": False},
        )
        standing = stand(work.session, work.session.get_one(Task, district.task().id), instance)
        write_changes(work, instance, standing.run, Changes(state=b"other"))


# --- who may


def test_who_handled_a_matter_may_not_review_it(district: District) -> None:
    with district.work("admin") as work:
        unit = work.session.get_one(Person, district.id("shen")).unit_id
        grant_role(work, district.id("shen"), "unit_head", unit)
    to_unit_review(district)
    with pytest.raises(Forbidden, match="您已在本事项中担任经办，不能再担任审核"):
        district.complete("shen")


def test_whose_matter_it_is_may_not_review_it_even_if_a_colleague_handled_it(
    district: District,
) -> None:
    with district.work("admin") as work:
        unit = work.session.get_one(Person, district.id("shen")).unit_id
        grant_role(work, district.id("shen"), "unit_head", unit)
    with district.work("chen") as work:
        assign_task(work, district.task().id, district.id("he"), "休假")
    district.complete("he", "submit", district.typed(district.task()))
    to_unit_review(district)
    with pytest.raises(Forbidden, match="这是您经办的事项，须由他人审核"):
        district.complete("shen")
    with district.reading() as session:
        now = district.task().opened_at
        assert not inbox(session, district.id("shen"), now)


def test_one_person_with_several_roles_signs_one_level_of_a_matter(district: District) -> None:
    to_unit_review(district)
    district.complete("duo")
    with pytest.raises(Forbidden, match="您已在本事项中担任审核，不能再担任审核"):
        district.complete("duo")
    district.complete("gu")
    with pytest.raises(Forbidden, match="您已在本事项中担任审核，不能再担任终审"):
        district.complete("duo")


def test_the_assessor_before_may_not_approve_inside_the_call(district: District) -> None:
    district.walk_to("assess_ex_ante")
    district.complete("zheng", "submit", district.typed(district.task()))
    to_unit_review(district)
    task = district.task()
    with district.work() as work:  # as if the performance office were to review at this level
        row = work.session.get_one(Task, task.id)
        row.role = "performance_office"
        assert "不能再担任审核" in (refusal(work.session, district.id("zheng"), row) or "")
        assert refusal(work.session, district.id("wang"), row) is None


def test_a_person_without_the_role_is_told_whose_task_it_is(district: District) -> None:
    to_unit_review(district)
    with pytest.raises(Forbidden, match="由本单位的“单位负责人”办理"):
        district.complete("bai")


def test_the_role_in_another_unit_does_not_count(district: District) -> None:
    to_unit_review(district)
    with pytest.raises(Forbidden, match="单位负责人"):
        district.complete("tan")


def test_a_machine_answers_no_task(district: District) -> None:
    with pytest.raises(Forbidden, match="须由人员办理"), district.work() as work:
        complete_task(work, district.task().id, "submit", {})


def test_the_task_of_a_named_person_is_not_another_managers(district: District) -> None:
    with pytest.raises(Forbidden, match="指定人员"):
        district.complete("he", "submit")


# --- passing on


def test_a_task_is_passed_on_with_a_reason_to_who_holds_the_role(district: District) -> None:
    to_unit_review(district)
    task = district.task()
    with district.work("chen") as work:
        with pytest.raises(Invalid, match="改派原因"):
            assign_task(work, task.id, district.id("duo"), "  ")
        with pytest.raises(Invalid, match="白无职不能办理此事项"):
            assign_task(work, task.id, district.id("bai"), "出差")
        assign_task(work, task.id, district.id("duo"), "出差")
    with pytest.raises(Forbidden, match="指定人员"):
        district.complete("lu")
    district.complete("duo")
    with district.reading() as session:
        entry = session.scalar(select(Entry).where(Entry.kind == "task.assigned"))
        assert entry is not None
        assert "出差" in entry.payload


def test_a_task_is_not_passed_to_somebody_who_acted_or_has_left(district: District) -> None:
    to_unit_review(district)
    district.complete("duo")
    task = district.task()
    with pytest.raises(Invalid, match="不能再担任审核"), district.work("zheng") as work:
        assign_task(work, task.id, district.id("duo"), "出差")
    with district.work("admin") as work:
        set_active(work, district.id("qian"), False)
    with pytest.raises(Invalid, match="已停用"), district.work("zheng") as work:
        assign_task(work, task.id, district.id("qian"), "出差")


@pytest.mark.parametrize("who", ["bai", "shen", "admin", "tan"])
def test_only_the_performance_officer_and_office_pass_a_task_on(
    district: District, who: str
) -> None:
    with pytest.raises(Forbidden, match="绩效专员或财政绩效科"), district.work(who) as work:
        assign_task(work, district.task().id, district.id("he"), "我来")


def test_a_task_that_is_done_is_not_passed_on(district: District) -> None:
    task = district.task()
    with district.work("chen") as work:
        assign_task(work, task.id, district.id("he"), "经办人调离")
    district.complete("he", "submit", district.typed(task))
    with pytest.raises(Conflict, match="何同行"), district.work("chen") as work:
        assign_task(work, task.id, district.id("shen"), "又回来了")


def test_a_returned_task_goes_to_who_really_handled_it(district: District) -> None:
    with district.work("chen") as work:
        assign_task(work, district.task().id, district.id("he"), "休假")
    district.complete("he", "submit", district.typed(district.task()))
    to_unit_review(district)
    district.complete("lu", "return", opinion="请改")
    assert district.task().assignee_id == district.id("he")


def test_a_returned_task_of_somebody_who_left_goes_to_the_role(district: District) -> None:
    district.walk_to("approval/department_review")
    with district.work("admin") as work:
        set_active(work, district.id("lu"), False)
    district.complete("gu", "return", opinion="请改", to="approval/unit_review")
    assert district.task().assignee_id is None
    district.complete("duo")


def test_an_assignee_who_lost_the_role_may_not_answer(district: District) -> None:
    with district.reading() as session:
        held = session.scalar(
            select(RoleAssignment.id).where(RoleAssignment.person_id == district.id("shen"))
        )
    assert held is not None
    with district.work("admin") as work:
        revoke_role(work, held)
    with pytest.raises(Forbidden):
        district.complete("shen", "submit")


# --- drafts


def test_a_draft_is_kept_unchecked_and_private(district: District) -> None:
    task = district.task()
    with district.work("shen") as work:
        save_draft(work, task.id, {"overall_goal": 42, "nonsense": [None]}, "想一想")
        save_draft(work, task.id, {"overall_goal": "写到一半"}, "想一想")
    with district.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 1
        mine = draft_of(session, task.id, district.id("shen"))
        assert mine is not None
        assert (mine.answers, mine.opinion) == ({"overall_goal": "写到一半"}, "想一想")
        assert draft_of(session, task.id, district.id("he")) is None
        assert task_view(session, task.id, district.id("lu")).draft is None
    with pytest.raises(Forbidden), district.work("he") as work:
        save_draft(work, task.id, {})


def test_a_draft_does_no_harm_after_completion(district: District) -> None:
    task = district.task()
    with district.work("shen") as work:
        save_draft(work, task.id, {"overall_goal": "旧"})
    district.complete("shen", "submit", district.typed(task, overall_goal="新"))
    with district.reading() as session:
        view = task_view(session, task.id, district.id("shen"))
        assert view.draft is None
        assert view.prefill["overall_goal"] == "新"
    with pytest.raises(Conflict, match="沈知行"), district.work("shen") as work:
        save_draft(work, task.id, {"overall_goal": "更旧"})


# --- the inbox


def tabs(district: District, who: str) -> dict[str, int]:
    with district.reading() as session:
        counts = inbox_counts(session, district.id(who), district.now)
        for tab, count in counts.items():
            rows = inbox(session, district.id(who), district.now, tab=tab)
            assert len(rows) == count, tab
    return counts


def test_the_tabs_tell_what_is_to_do_what_was_done_and_what_came_back(district: District) -> None:
    assert tabs(district, "shen") == {
        "todo": 1,
        "done": 0,
        "returned": 0,
        "handled": 0,
        "suspended": 0,
    }
    to_unit_review(district)
    assert tabs(district, "shen") == {
        "todo": 0,
        "done": 1,
        "returned": 0,
        "handled": 0,
        "suspended": 0,
    }
    assert tabs(district, "lu")["todo"] == 1
    assert tabs(district, "duo")["todo"] == 1
    assert tabs(district, "tan")["todo"] == 0
    district.complete("lu", "return", opinion="请改")
    assert tabs(district, "shen") == {
        "todo": 1,
        "done": 1,
        "returned": 1,
        "handled": 0,
        "suspended": 0,
    }
    district.walk_to("unit_review")
    district.complete("lu", "reject", opinion="不行")
    assert tabs(district, "shen") == {
        "todo": 0,
        "done": 0,
        "returned": 0,
        "handled": 2,
        "suspended": 0,
    }
    assert tabs(district, "lu") == {
        "todo": 0,
        "done": 0,
        "returned": 0,
        "handled": 2,
        "suspended": 0,
    }


def test_who_may_not_act_for_having_acted_does_not_see_it_in_the_inbox(district: District) -> None:
    to_unit_review(district)
    district.complete("duo")
    assert tabs(district, "duo")["todo"] == 0
    assert tabs(district, "gu")["todo"] == 1


def test_the_inbox_and_the_command_agree_about_everybody(district: District) -> None:
    for _ in range(12):
        task = district.task()
        with district.reading() as session:
            for who in district.people:
                listed = any(
                    row.task_id == task.id for row in inbox(session, district.id(who), district.now)
                )
                assert listed == (refusal(session, district.id(who), task) is None), who
        district.step()


def test_late_tasks_come_first_and_are_marked(district: District) -> None:
    task = district.task()
    assert task.due_at is not None
    with district.reading() as session:
        assert not inbox(session, district.id("shen"), task.due_at)[0].overdue
        late = task.due_at + timedelta(seconds=1)
        assert inbox(session, district.id("shen"), late)[0].overdue
        assert len(inbox(session, district.id("shen"), late, overdue=True)) == 1
        assert inbox(session, district.id("shen"), task.due_at, overdue=True) == []


def test_the_inbox_is_filtered_by_text_process_and_subject(district: District) -> None:
    first = district.project
    district.start("shen", name="口袋公园")
    with district.reading() as session:

        def found(**how: Any) -> list[str]:
            return [one.about for one in inbox(session, district.id("shen"), district.now, **how)]

        assert len(found()) == 2
        assert found(text="公园") == ["口袋公园"]
        assert found(process="rectification") == []
        assert found(subjects=[f"project:{first}"]) == ["社区助老服务"]
        assert found(limit=1, offset=1) == ["口袋公园"]
        with pytest.raises(NotFound):
            found(tab="secret")


# --- history


def test_the_path_shows_what_was_passed_and_where_the_token_is(district: District) -> None:
    to_unit_review(district)
    with district.reading() as session:
        instance = queries.instances(session, district.subject)[0]
        whole = queries.path(session, instance)
        inner = queries.path(session, instance, "approval")
        with pytest.raises(NotFound):
            queries.path(session, instance, "nowhere")
    assert whole.passed >= {"project_proposed", "enter_declaration", "declare_project"}
    assert "ex_ante_supported" in whole.taken
    assert whole.current == {"approve_declaration"}
    assert inner.current == {"unit_review"}
    assert inner.taken >= {"unit_needed"}


def test_the_page_says_where_each_button_leads(district: District) -> None:
    to_unit_review(district)
    with district.reading() as session:
        view = task_view(session, district.task().id, district.id("lu"))
    assert view.refusal is None
    assert view.verbs == ("approve", "return", "reject")
    assert view.next["approve"] == "主管部门审核"
    assert "return" not in view.next


def test_waiting_tasks_are_listed_for_others(district: District) -> None:
    with district.reading() as session:
        rows = queries.open_tasks(session, district.subject)
    assert [(one.title, one.assignee) for one in rows] == [("填报立项申报书", "沈知行")]


# --- all or nothing


def test_an_exception_in_an_effect_leaves_nothing_behind(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot() -> list[int]:
        with district.reading() as session:
            tables = (Entry, Task, Signer, Passage)
            counted = [session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]
            instance = session.get_one(Instance, district.task().instance_id)
            return [*counted, instance.version]

    def explode(work: Work, task: object) -> None:
        work.record("half.written", "test:1", "test:1", {})
        work.session.flush()
        raise RuntimeError("the roof fell in")

    before = snapshot()
    monkeypatch.setitem(registry._operations, ("effect", "projects.declare"), explode)
    with pytest.raises(RuntimeError):
        district.complete("shen", "submit", {"overall_goal": "目标"})
    assert snapshot() == before
    assert district.task().state == "open"


def test_every_completed_task_leaves_exactly_one_entry(district: District) -> None:
    for _ in range(8):
        district.step()
    with district.reading() as session:
        done = session.scalars(select(Task.id).where(Task.state == "done")).all()
        entries = session.scalars(
            select(Entry.subject).where(Entry.kind == "task.completed").order_by(Entry.id)
        ).all()
    assert sorted(entries) == sorted(f"task:{one}" for one in done)
    assert len(done) == 8


def test_a_closed_account_keeps_its_past_and_loses_its_future(district: District) -> None:
    to_unit_review(district)
    district.complete("lu")
    later(district, hours=1)
    with district.work("admin") as work:
        set_active(work, district.id("lu"), False)
    with district.reading() as session:
        assert "陆文远" in {one.person for one in queries.timeline(session, district.subject)}
    assert MACHINE.id is None


def test_what_nobody_could_read_is_no_opinion_and_no_draft(district: District) -> None:
    to_unit_review(district)
    with pytest.raises(Invalid, match="意见最多 2000 字") as refused:
        district.complete("lu", "approve", opinion="阅" * 2001)
    assert refused.value.field == "opinion"
    with pytest.raises(Invalid, match="意见最多 2000 字"), district.work("lu") as work:
        save_draft(work, district.task().id, {}, "阅" * 2001)
    district.complete("lu", "approve", opinion="阅" * 2000)
