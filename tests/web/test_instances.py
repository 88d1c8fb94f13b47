"""The pages of all processes: found, looked at, and dealt with from outside."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import clock, registry
from engine.jobs.models import Job
from engine.jobs.run import run_due
from engine.ledger.models import Entry
from engine.projects.models import Project
from engine.work import MACHINE, begin
from engine.workflow import deployments
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, ServiceCall, Task
from tests.approvals import filed, reviewed
from tests.engine.runtime_drawing import Drawing, service
from tests.web.conftest import District
from tests.web.rounds import begin_round

NAME = "莘庄镇老旧小区加装电梯"
FAILING: set[str] = set()


@registry.service("tests.stand_still")
def _stand_still(_work: object, call: Any) -> dict[str, Any]:
    if call.parameters["stage"] in FAILING:
        raise RuntimeError(f"“{NAME}”没有找到")
    return {"seen": call.parameters["stage"]}


def code(district: District) -> str:
    with begin(district.engine, MACHINE) as work:
        return work.session.scalars(select(Project.code)).one()


def status(district: District) -> str:
    with begin(district.engine, MACHINE) as work:
        return work.session.get_one(Instance, 1).status


def send(district: District, login: str, path: str, **told: str) -> Any:
    browser = district.browser(login)
    browser.get("/operations/instances/1")
    return browser.post(path, {"reason": "专项审计", "confirm": code(district), **told})


def test_processes_are_found_by_project_person_step_state_and_age(
    district: District, project: int
) -> None:
    browser = district.browser("admin")
    for query in ("", f"project={project}", f"project={code(district)}", "person=张明",
                  "process=lifecycle", "version=1", "node=立项", "status=active"):  # fmt: skip
        assert "第 1 号" in browser.get(f"/operations/instances?{query}").text, query
    for query in ("project=77", "person=李红", "process=release", "version=9", "node=没有",
                  "status=void", "days=30"):  # fmt: skip
        assert "没有符合条件的流程" in browser.get(f"/operations/instances?{query}").text, query


def test_who_keeps_the_system_reads_no_names_and_no_opinions(
    district: District, project: int
) -> None:
    for path in ("/operations/instances", "/operations/instances/1"):
        page = district.browser("admin").get(path)
        assert page.status_code == 200
        assert NAME not in page.text and code(district) in page.text
    page = district.browser("admin").get("/operations/instances/1").text
    assert "<svg" in page and "填报立项申报书" in page
    assert NAME in district.browser("sun").get("/operations/instances/1").text
    assert district.browser("zhang").get("/operations/instances/1").status_code == 403


def test_the_office_suspends_and_resumes_with_the_projects_code(
    district: District, project: int
) -> None:
    refused = send(district, "sun", "/operations/instances/1/suspension", confirm="别的")
    assert refused.status_code == 422
    assert f"请输入 {code(district)} 以确认" in refused.text and "专项审计" in refused.text
    assert status(district) == "active"
    assert send(district, "sun", "/operations/instances/1/suspension").status_code == 303
    assert status(district) == "suspended"
    assert send(district, "sun", "/operations/instances/1/suspension").status_code == 409
    assert "挂起" in district.browser("zhang").get("/?tab=suspended").text
    assert send(district, "sun", "/operations/instances/1/resumption").status_code == 303
    assert status(district) == "active"


def test_a_suspension_names_all_that_was_left_out(district: District, project: int) -> None:
    path = "/operations/instances/1/suspension"
    answer = send(district, "sun", path, reason=" ", confirm="")
    assert answer.status_code == 422 and "有 2 处需要改正" in answer.text
    assert 'href="#suspend-reason">请填写原因' in answer.text
    assert 'href="#suspend-confirm">请输入' in answer.text


def test_nothing_is_chosen_beforehand_where_somebody_intervenes(
    district: District, project: int
) -> None:
    running = begin_round(district, filed(), reviewed(approvers="person:wang"))
    running.answer("zhang", "submit")
    task, browser = running.task.id, district.browser("admin")
    page = browser.get(f"/operations/instances/{running.instance}").text
    for name in (f"jump{task}-to", f"place{task}-person", f"place{task}-verb"):
        select = re.search(rf'<select[^>]*id="{name}".*?</select>', page, re.DOTALL)
        assert select and '<option value="">请选择</option>' in select[0]
        assert " selected" not in select[0]
    told = {"reason": "出差", "confirm": "项目"}
    for act, fields in (("jump", ("to",)), ("place", ("person", "verb"))):
        answer = browser.post(f"/operations/tasks/{task}/{act}", told)
        assert answer.status_code == 422
        for name in fields:
            assert f'href="#{act}{task}-{name}">请选择' in answer.text
    assert running.task.id == task


def test_the_office_may_not_intervene_and_the_security_officer_only_reads(
    district: District, project: int
) -> None:
    assert send(district, "sun", "/operations/instances/1/end").status_code == 403
    assert send(district, "safe", "/operations/instances/1/void").status_code == 403
    page = district.browser("safe").get("/operations/instances/1").text
    assert "/void" not in page and "/suspension" not in page


def test_an_administrator_voids_or_ends(district: District, project: int) -> None:
    assert send(district, "admin", "/operations/instances/1/end").status_code == 303
    assert status(district) == "ended"
    assert send(district, "admin", "/operations/instances/1/void").status_code == 409


def test_what_cannot_be_done_says_why(district: District, project: int) -> None:
    page = district.browser("admin").get("/operations/instances/1").text
    assert "填报须由经办人本人办理，不能代审" in page and "/place" not in page
    page = district.browser("sun").get("/operations/instances/1").text
    assert "跳转、代审、强制归档、修改参数、迁移" in page and "由系统管理员办理" in page
    page = district.browser("safe").get("/operations/instances/1").text
    assert "由财政绩效科或系统管理员办理" in page and "由系统管理员办理" in page
    send(district, "sun", "/operations/instances/1/suspension")
    page = district.browser("admin").get("/operations/instances/1").text
    assert "流程已挂起，请先恢复" in page and "只有办理中的流程可以强制归档" in page
    assert "/end" not in page and "/jump" not in page
    send(district, "admin", "/operations/instances/1/void")
    page = district.browser("admin").get("/operations/instances/1").text
    assert "流程已作废，不再办理" in page and "/suspension" not in page


def test_a_final_step_is_left_alone_and_the_page_says_so(district: District) -> None:
    final = reviewed(duty="final", approvers="person:wang")
    running = begin_round(district, filed(), final)
    running.answer("zhang", "submit")
    page = district.browser("admin").get(f"/operations/instances/{running.instance}").text
    assert page.count("“review”须由负责终审的人本人办理，不能干预") == 3
    assert "/jump" not in page and "/place" not in page and "/end" not in page


def test_whom_nobody_was_asked_for_cannot_be_stood_in_for(district: District) -> None:
    running = begin_round(district, filed(), reviewed())
    running.answer("zhang", "submit")
    page = district.browser("admin").get(f"/operations/instances/{running.instance}").text
    assert "还没有指定办理人，可先改派" in page and "/jump" in page and "/place" not in page


def test_a_task_is_moved_to_a_step_that_is_offered(district: District, project: int) -> None:
    page = district.browser("admin").get("/operations/instances/1").text
    offered = re.findall(r'<option value="([^"]+/[^"]+)"', page)
    assert offered
    with begin(district.engine, MACHINE) as work:
        task = work.session.scalars(select(Task).where(Task.state == "open")).one()
    told = send(district, "admin", f"/operations/tasks/{task.id}/jump", to="nowhere")
    assert told.status_code == 422 and "不能跳转到这一步" in told.text
    path = f"/operations/tasks/{task.id}/jump"
    assert send(district, "admin", path, to=offered[0]).status_code == 303
    with begin(district.engine, MACHINE) as work:
        assert work.session.get_one(Task, task.id).state == "withdrawn"
    assert "请审计关注" in district.browser("wu").get("/notices").text


def calling(stage: str, end: str = "over") -> dict[str, bytes]:
    """A process of one service call."""
    drawing = Drawing("calling")
    drawing.node("startEvent", "start")
    parameters = {"stage": f'"{stage}"', "name": f'"{NAME}"'}
    drawing.node("serviceTask", "look", service("tests.stand_still", **parameters), name="查询")
    drawing.node("endEvent", end)
    drawing.path("start", "look", end)
    return drawing.files()


@pytest.fixture
def stuck(district: District, project: int) -> int:
    """A process whose only call has used up its attempts; the number of the call."""
    FAILING.clear()
    FAILING.add("wrong")
    with begin(district.engine, MACHINE) as work:
        deployments.deploy(work, "calling", calling("wrong"))
        about = About(f"project:{project}", NAME, work.session.get_one(Instance, 1).unit_path)
        instance = start_instance(work, "calling", about, {})
        number = work.session.scalars(
            select(ServiceCall.id).where(ServiceCall.instance_id == instance.id)
        ).one()
    for attempt in range(8):
        run_due(district.engine, district.settings, now=clock.now() + timedelta(hours=attempt))
    return number


def state(district: District, call: int) -> tuple[str, str, str]:
    """The states of the call, its job and its process."""
    with begin(district.engine, MACHINE) as work:
        row = work.session.get_one(ServiceCall, call)
        job = work.session.scalars(select(Job).where(Job.key == f"workflow.run_call:{call}")).one()
        return row.state, job.state, work.session.get_one(Instance, row.instance_id).status


def mend(district: District, call: int, act: str, **told: str) -> Any:
    return send(district, "admin", f"/operations/calls/{call}/{act}", **told)


def test_an_incident_leads_to_its_process_and_says_why(district: District, stuck: int) -> None:
    assert state(district, stuck) == ("waiting", "failed", "active")
    browser = district.browser("admin")
    assert "/operations/instances/2" in browser.get("/operations").text
    assert "故障" in browser.get("/operations/instances").text
    page = browser.get("/operations/instances/2").text
    assert "有自动步骤多次失败" in page and "RuntimeError: “项目 1”没有找到" in page
    assert NAME not in page


def test_other_parameters_are_tried_and_what_was_masked_stays(
    district: District, stuck: int
) -> None:
    shown = '{"stage": "wrong", "name": "项目 1"}'
    assert mend(district, stuck, "parameters", parameters="{").status_code == 422
    assert mend(district, stuck, "parameters", parameters="[]").status_code == 422
    edited = shown.replace("wrong", "right")
    assert mend(district, stuck, "parameters", parameters=edited).status_code == 303
    with begin(district.engine, MACHINE) as work:
        row = work.session.get_one(ServiceCall, stuck)
        assert row.parameters == {"stage": "right", "name": NAME}
        entry = work.session.scalars(select(Entry).where(Entry.kind == "call.edited")).one()
        assert json.loads(entry.payload)["facts"]["before"]["stage"] == "wrong"
    district.run_jobs()
    assert state(district, stuck) == ("answered", "done", "ended")
    assert mend(district, stuck, "parameters", parameters=shown).status_code == 409


def test_a_call_is_skipped_with_a_result_and_auditors_are_told(
    district: District, stuck: int
) -> None:
    assert mend(district, stuck, "skip", outputs='{"seen": 1}', reason="").status_code == 422
    assert mend(district, stuck, "skip", outputs='{"seen": 1}').status_code == 303
    assert state(district, stuck) == ("skipped", "done", "ended")
    assert "跳过：专项审计" in district.browser("wu").get("/notices").text
    assert "没有故障" in district.browser("admin").get("/operations").text


def test_processes_are_migrated_after_a_preview(district: District, stuck: int) -> None:
    with begin(district.engine, MACHINE) as work:
        new = deployments.deploy(work, "calling", calling("right", "finished")).id
    browser = district.browser("admin")
    path = f"/operations/deployments/{new}/migration"
    page = browser.get(path).text
    assert "1 个可以迁移，共 1 个" in page and "查询 → 查询" in page and NAME not in page
    told = {"instances": "2", "reason": "修正流程", "confirm": "别的"}
    assert browser.post(path, told).status_code == 422
    done = browser.post(path, {**told, "confirm": "calling 2"})
    assert "已迁移" in done.text
    with begin(district.engine, MACHINE) as work:
        assert work.session.get_one(Instance, 2).deployment_id == new
    again = browser.post(path, {**told, "confirm": "calling 2"})
    assert "已经是第 2 版" in again.text


def test_an_older_version_is_made_the_current_one_again(district: District, stuck: int) -> None:
    with begin(district.engine, MACHINE) as work:
        older = work.session.get_one(Instance, 2).deployment_id
        deployments.deploy(work, "calling", calling("right"))
    browser = district.browser("admin")
    assert "恢复为现行版本" in browser.get(f"/operations/deployments/{older}").text
    answer = browser.post(f"/operations/deployments/{older}/redeployment")
    assert answer.status_code == 303
    assert "第 3 版" in browser.get(answer.headers["Location"]).text


def test_the_list_goes_on_where_its_page_ends(district: District, stuck: int) -> None:
    browser = district.browser("admin")
    first = browser.get("/operations/instances").text
    assert first.index("第 2 号") < first.index("第 1 号")
    later = browser.get("/operations/instances?before=2").text
    assert "第 2 号" not in later and "第 1 号" in later
