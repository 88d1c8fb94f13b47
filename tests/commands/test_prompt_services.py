"""A service that works in the database is served in the commit that reaches it, or by a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, func, select

from engine import registry
from engine.errors import Conflict, Invalid
from engine.jobs.models import Job
from engine.jobs.outcomes import Later, Refused
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.people.models import Notice
from engine.people.notices import notify
from engine.work import Work
from engine.workflow.commands import complete_task, resume_instance, suspend_instance
from engine.workflow.context import CallContext
from engine.workflow.instances import MOST_SERVED
from engine.workflow.models import ServiceCall, Task
from tests.approvals import Desk, chain, filed, properties, reviewed
from tests.district import District, later
from tests.engine.runtime_drawing import Drawing, multi, service


@dataclass
class Office:
    """What the tests' service does: it writes a notice, then this."""

    person: int = 0
    error: Exception | None = None
    answer: Any = None
    heard: list[CallContext] | None = None


OFFICE = Office()


@pytest.fixture(autouse=True)
def office(settled: District) -> Iterator[Office]:
    """The service as it is at the beginning of each test."""
    OFFICE.person, OFFICE.error, OFFICE.answer = settled.id("he"), None, None
    OFFICE.heard = []
    yield OFFICE


@registry.service("tests.tell_he")
def tell_he(work: Work, call: CallContext) -> Any:
    """Write something, then answer as the test wants."""
    assert OFFICE.heard is not None
    OFFICE.heard.append(call)
    notify(work, OFFICE.person, f"told:{len(OFFICE.heard)}", "已办理", call.subject)
    work.record("office.told", call.subject, call.subject, {})
    if OFFICE.error is not None:
        raise OFFICE.error
    return OFFICE.answer


@registry.service("tests.compute")
def compute(_work: Work, call: CallContext) -> dict[str, Any]:
    """A service that writes nothing."""
    return {"doubled": 2 * call.parameters["amount"]}


def filing() -> str:
    """The properties of a step at which a project manager hands in."""
    return properties(role="project_manager", verbs="submit")


TOLD = ("tell", {"operation": "tests.tell_he"})


def reached(district: District, *steps: tuple[str, dict[str, str]]) -> Desk:
    """A process whose reviewer has just approved; the machine's steps come next."""
    desk = Desk.of(district, chain(filed(), reviewed(), *steps, reviewed("last")))
    desk.act("shen", "submit")
    desk.act("gu")
    return desk


def notices(district: District) -> int:
    with district.reading() as session:
        wanted = (Notice.person_id == OFFICE.person, Notice.key.startswith("told:"))
        return session.scalar(select(func.count()).where(*wanted)) or 0


def calls(district: District) -> list[str]:
    with district.reading() as session:
        return list(session.scalars(select(ServiceCall.state).order_by(ServiceCall.id)))


def jobs(district: District) -> int:
    with district.reading() as session:
        wanted = Job.key.startswith("workflow.run_call:")
        return session.scalar(select(func.count()).where(wanted)) or 0


def test_the_next_person_is_asked_in_the_same_commit(settled: District) -> None:
    desk = reached(settled, TOLD)
    assert desk.nodes() == ["last"]
    assert (notices(settled), calls(settled), jobs(settled)) == (1, ["answered"], 0)


def test_the_act_stands_in_the_ledger_before_what_the_machine_did_after_it(
    settled: District,
) -> None:
    desk = reached(settled, TOLD)
    desk.act("qian")
    settled.run_jobs()
    with settled.reading() as session:
        rows = session.execute(select(Entry.kind, Entry.actor).order_by(Entry.id)).all()
        assert verify_ledger(session).ok
    assert [tuple(one) for one in rows[-5:]] == [
        ("task.completed", "顾清和"),
        ("office.told", "系统"),
        ("call.answered", "系统"),
        ("task.completed", "钱若水"),
        ("process.ended", "钱若水"),
    ]


def test_what_it_answers_decides_where_the_process_goes(settled: District) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("serviceTask", "double", service("tests.compute", amount="amount"))
    drawing.node("exclusiveGateway", "big")
    for who in ("small", "large"):
        drawing.node("userTask", who, filing(), name="填报")
        drawing.node("endEvent", f"{who}_over")
        drawing.path(who, f"{who}_over")
    drawing.path("start", "double", "big")
    drawing.flow("big", "large", "doubled > 100")
    drawing.flow("big", "small", default=True)
    assert Desk.of(settled, drawing.files(), amount=51).nodes() == ["large"]
    assert Desk.of(settled, drawing.files(), amount=50).nodes() == ["small"]


def test_a_savepoint_is_only_set_for_one_that_asks_the_database(settled: District) -> None:
    names: list[str] = []
    event.listen(settled.engine, "savepoint", lambda _connection, name: names.append(name))
    doubled = ("double", {"operation": "tests.compute", "amount": "4"})
    desk = Desk.of(settled, chain(filed(), doubled, reviewed(), TOLD))
    desk.act("shen", "submit")
    assert (desk.nodes(), names) == (["review"], [])
    desk.act("gu")
    assert (desk.status(), len(names)) == ("ended", 1)


@pytest.mark.parametrize("error", [RuntimeError(), Invalid("没有这一行"), Conflict("慢了")])
def test_when_it_fails_the_act_stands_and_a_job_goes_on(
    settled: District, office: Office, error: Exception
) -> None:
    office.error = error
    desk = reached(settled, TOLD)
    assert (desk.nodes(), notices(settled), calls(settled), jobs(settled)) == (
        [],
        0,
        ["waiting"],
        1,
    )
    with settled.reading() as session:
        assert not session.scalar(select(Entry.id).where(Entry.kind == "office.told"))
    office.error = None
    settled.run_jobs()
    assert (desk.nodes(), notices(settled), calls(settled)) == (["last"], 1, ["answered"])
    desk.act("qian")
    assert desk.status() == "ended"


def test_an_error_of_the_database_is_taken_back_too(
    settled: District, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(work: Work, call: CallContext) -> None:
        notify(work, OFFICE.person, "told:0", "已办理", call.subject)
        work.session.add(Task(instance_id=call.instance_id))  # a row that nobody would take
        work.session.flush()

    monkeypatch.setitem(registry._operations, ("service", "tests.tell_he"), broken)
    desk = reached(settled, TOLD)
    assert (desk.nodes(), notices(settled), calls(settled)) == ([], 0, ["waiting"])
    monkeypatch.undo()
    settled.run_jobs()
    assert desk.nodes() == ["last"]


@pytest.mark.parametrize("answer", [Later(seconds=60), Refused("away", "今天不行")])
def test_one_that_does_not_answer_with_outputs_is_asked_again_by_a_job(
    settled: District, office: Office, answer: Any
) -> None:
    office.answer = answer
    desk = reached(settled, TOLD)
    assert (desk.nodes(), notices(settled), calls(settled)) == ([], 0, ["waiting"])


def test_where_its_answer_leads_nowhere_the_act_stands(settled: District, office: Office) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("userTask", "file", filing(), name="填报")
    drawing.node("serviceTask", "tell", service("tests.tell_he"))
    drawing.node("exclusiveGateway", "where")
    drawing.node("endEvent", "over")
    drawing.path("start", "file", "tell", "where")
    drawing.flow("where", "over", 'told = "yes"')
    desk = Desk.of(settled, drawing.files())
    desk.act("shen", "submit")
    assert (desk.nodes(), notices(settled), calls(settled)) == ([], 0, ["waiting"])
    office.answer = {"told": "yes"}
    settled.run_jobs()
    assert (desk.status(), notices(settled)) == ("ended", 1)


def test_where_too_many_would_be_asked_next_the_act_stands(
    settled: District, office: Office
) -> None:
    desk = Desk.of(
        settled,
        chain(
            filed(),
            TOLD,
            reviewed("last", approvers="=for n in 1..300 return n"),
        ),
    )
    desk.act("shen", "submit")
    assert (desk.nodes(), notices(settled), calls(settled)) == ([], 0, ["waiting"])


def test_it_is_told_the_same_as_by_a_job(settled: District, office: Office) -> None:
    office.error = RuntimeError()
    reached(
        settled, ("tell", {"operation": "tests.tell_he", "on": 'date("2025-06-09")', "a": "0.1"})
    )
    office.error = None
    settled.run_jobs()
    assert office.heard is not None
    prompt, by_job = office.heard
    assert prompt.parameters == by_job.parameters == {"on": "2025-06-09", "a": "0.1"}
    assert (prompt.subject, prompt.instance_id) == (by_job.subject, by_job.instance_id)


def test_one_act_serves_so_many_and_leaves_the_rest_to_jobs(settled: District) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("serviceTask", "each", service("tests.tell_he") + multi("many", "one"))
    drawing.node("endEvent", "over")
    drawing.path("start", "each", "over")
    desk = Desk.of(settled, drawing.files(), many=list(range(MOST_SERVED + 3)))
    states = calls(settled)
    assert (states.count("answered"), states.count("waiting")) == (MOST_SERVED, 3)
    settled.run_jobs()
    assert (desk.status(), notices(settled)) == ("ended", MOST_SERVED + 3)


def test_a_call_that_another_has_withdrawn_is_not_made(settled: District) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("parallelGateway", "split")
    drawing.path("start", "split")
    for one in ("first", "second"):
        drawing.node("serviceTask", one, service("tests.tell_he"))
        drawing.node("endEvent", f"{one}_over", "<bpmn:terminateEventDefinition/>")
        drawing.path("split", one, f"{one}_over")
    desk = Desk.of(settled, drawing.files())
    assert (desk.status(), notices(settled), calls(settled)) == ("ended", 1, ["answered"])


def test_a_call_left_to_a_job_waits_for_the_end_of_a_pause(
    settled: District, office: Office
) -> None:
    office.error = RuntimeError()
    desk = reached(settled, TOLD)
    office.error = None
    with settled.work("zheng") as work:
        suspend_instance(work, desk.instance, "等待专项审计")
    settled.run_jobs()
    assert (desk.nodes(), notices(settled)) == ([], 0)
    with settled.work("zheng") as work:
        resume_instance(work, desk.instance, "审计结束")
    later(settled, seconds=1)
    settled.run_jobs()
    assert (desk.nodes(), notices(settled)) == (["last"], 1)


def test_when_the_act_is_taken_back_so_is_what_was_served(settled: District) -> None:
    desk = Desk.of(settled, chain(filed(), TOLD, reviewed("last")))
    task = desk.task()
    with pytest.raises(KeyError), settled.work("shen") as work:
        complete_task(work, task.id, "submit", {})
        raise KeyError
    assert (desk.nodes(), notices(settled), calls(settled)) == (["file"], 0, [])
    desk.act("shen", "submit")
    assert (desk.nodes(), notices(settled)) == (["last"], 1)
