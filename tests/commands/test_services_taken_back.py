"""What a service leaves that fails in the commit of an act, and what is left to jobs at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select, text

from engine import registry
from engine.errors import Conflict
from engine.ledger.models import Entry
from engine.people.models import Person
from engine.work import Work
from engine.workflow import deployments
from engine.workflow.commands import complete_task, jump_task, suspend_instance
from engine.workflow.context import CallContext, TaskContext
from engine.workflow.instances import MOST_SERVED, About, correlate_message, start_instance
from engine.workflow.migration import migrate_instance
from engine.workflow.models import Instance, ServiceCall, Task
from tests.approvals import Desk, chain, filed, properties, reviewed
from tests.district import District, later
from tests.engine.runtime_drawing import Drawing, condition, declare, message, service

Service = Callable[[Work, CallContext], Any]
DOING: dict[str, Service] = {}
FIRST, SECOND = (
    (name, {"operation": "tests.do", "what": f'"{name}"'}) for name in ("first", "second")
)


@pytest.fixture(autouse=True)
def doing() -> Iterator[dict[str, Service]]:
    """What the tests' service does, by its parameter; nothing at the beginning of each test."""
    DOING.clear()
    yield DOING


@registry.service("tests.do")
def do(work: Work, call: CallContext) -> Any:
    """Do what the test wants."""
    doing = DOING.get(call.parameters["what"])
    return doing(work, call) if doing else None


@registry.effect("tests.spoil")
def spoil(work: Work, _task: TaskContext) -> None:
    """Change a row that somebody else has changed meanwhile."""
    other = work.session.scalars(select(Instance).order_by(Instance.id)).first()
    assert other is not None
    work.session.execute(text("UPDATE instance SET version = version + 1"))
    other.title = "改"


def about(district: District, work: Work) -> About:
    return About(district.subject, "社区助老服务", Desk(district).unit_path(work))


def deploy(district: District, files: Mapping[str, bytes]) -> int:
    with district.work("admin") as work:
        found = [
            deployments.deploy(work, process, files).id
            for process in deployments.processes_of(files)
        ]
    return found[-1]


def served(key: str, begins: str = "", ends: str = "") -> dict[str, bytes]:
    """A process in which the machine does the first thing and nobody else anything."""
    drawing = Drawing(key)
    drawing.node("startEvent", "start", begins)
    drawing.node("serviceTask", "first", service("tests.do", what='"first"'))
    drawing.node("endEvent", "over", ends)
    drawing.path("start", "first", "over")
    return drawing.files(extra=declare("again"))


def calls(district: District) -> list[str]:
    with district.reading() as session:
        return list(session.scalars(select(ServiceCall.state).order_by(ServiceCall.id)))


def kinds(district: District, number: int) -> list[str]:
    """The kinds of the ledger's last entries."""
    with district.reading() as session:
        return list(session.scalars(select(Entry.kind).order_by(Entry.id)))[-number:]


def test_who_holds_a_row_that_it_had_changed_may_look_at_it_when_the_work_is_over(
    settled: District, doing: dict[str, Service]
) -> None:
    def fail(work: Work, _call: CallContext) -> None:
        work.session.get_one(Person, settled.id("shen")).name = "别人"
        raise RuntimeError

    doing["first"] = fail
    deploy(settled, served("review"))
    with settled.work("shen") as work:
        held = work.session.get_one(Person, settled.id("shen"))
        start_instance(work, "review", about(settled, work), {})
    assert (held.name, calls(settled)) == ("沈知行", ["waiting"])


@pytest.mark.parametrize("asks", [True, False])
def test_a_conflict_of_the_act_itself_is_told_and_not_taken_for_the_services(
    settled: District, doing: dict[str, Service], caplog: pytest.LogCaptureFixture, *, asks: bool
) -> None:
    doing["first"] = lambda work, _call: work.session.flush() if asks else None
    desk = Desk.of(settled, chain(filed(effect="tests.spoil"), FIRST, reviewed()))
    with pytest.raises(Conflict, match="刚刚被他人推进"):
        desk.act("shen", "submit")
    assert (desk.nodes(), calls(settled)) == (["file"], [])
    assert "is left to a job" not in caplog.text


def test_a_service_that_ends_the_transaction_takes_the_act_with_it_and_says_so(
    settled: District, doing: dict[str, Service]
) -> None:
    doing["first"] = lambda work, _call: work.session.rollback()
    desk = Desk.of(settled, chain(filed(), FIRST, reviewed()))
    with pytest.raises(Exception, match="closed"):
        desk.act("shen", "submit")
    assert (desk.nodes(), calls(settled)) == (["file"], [])


def test_what_it_left_for_after_the_commit_is_not_done_if_its_rows_are_refused(
    settled: District, doing: dict[str, Service]
) -> None:
    sent = []

    def refused(work: Work, call: CallContext) -> None:
        work.after_commit.append(lambda: sent.append(call.subject))
        work.session.add(Task(instance_id=call.instance_id))  # a row that nobody would take

    doing["first"] = refused
    deploy(settled, served("review"))
    with settled.work("shen") as work:
        start_instance(work, "review", about(settled, work), {})
    assert (sent, calls(settled)) == ([], ["waiting"])


def test_it_may_start_a_process_that_begins_with_a_service(
    settled: District, doing: dict[str, Service]
) -> None:
    def start(work: Work, _call: CallContext) -> None:
        start_instance(work, "inner", about(settled, work), {})

    doing["second"] = start
    deploy(settled, served("inner"))
    desk = Desk.of(settled, chain(filed(), SECOND, reviewed()))
    desk.act("shen", "submit")
    assert (desk.nodes(), calls(settled)) == (["review"], ["answered", "answered"])


def test_it_may_answer_another_task_of_its_own_process(
    settled: District, doing: dict[str, Service]
) -> None:
    def answer(work: Work, _call: CallContext) -> None:
        task = work.session.scalars(select(Task).where(Task.node == "review/beside")).one()
        of_shen = Work(work.session, settled.people["shen"], work.now)
        complete_task(of_shen, task.id, "submit", {})

    doing["first"] = answer
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("serviceTask", "first", service("tests.do", what='"first"'))
    drawing.node("parallelGateway", "split")
    for one in ("file", "beside", "then", "last"):
        drawing.node("userTask", one, properties(**filed()[1]), name="填报")
    drawing.path("start", "file", "split", "beside", "then")
    drawing.path("split", "first", "last")
    for one in ("then", "last"):
        drawing.node("endEvent", f"{one}_over")
        drawing.path(one, f"{one}_over")
    desk = Desk.of(settled, drawing.files())
    desk.act("shen", "submit")
    assert desk.nodes() == ["then", "last"]
    for one in ("then", "last"):
        desk.act("shen", "submit", one)
    assert desk.status() == "ended"


def test_processes_that_start_each_other_go_on_by_jobs_after_so_many_services(
    settled: District, doing: dict[str, Service]
) -> None:
    deploy(settled, served("review", message("again"), message("again")))
    with settled.work("shen") as work:
        correlate_message(work, "again", about(settled, work), {})
    states = calls(settled)
    assert (states.count("answered"), states.count("waiting")) == (MOST_SERVED, 1)


def test_a_suspended_process_calls_nothing_when_another_version_begins_something(
    settled: District, doing: dict[str, Service]
) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("userTask", "file", properties(**filed()[1]), name="填报")
    drawing.node("endEvent", "over")
    drawing.path("start", "file", "over")
    desk = Desk.of(settled, drawing.files(), amount=50)
    with settled.work("zheng") as work:
        suspend_instance(work, desk.instance, "等待专项审计")
    large = condition("amount > 10")
    drawing.node("boundaryEvent", "large", large, attachedToRef="file", cancelActivity="false")
    drawing.node("serviceTask", "first", service("tests.do", what='"first"'))
    drawing.node("endEvent", "told")
    drawing.path("large", "first", "told")
    version = deploy(settled, drawing.files())
    with settled.work("admin") as work:
        migrate_instance(work, desk.instance, version, {}, "新规生效")
    assert calls(settled) == ["waiting"]


def test_a_correction_goes_straight_back_also_if_the_service_before_it_fails(
    settled: District, doing: dict[str, Service]
) -> None:
    drawing = Drawing("review")
    drawing.node("startEvent", "start")
    drawing.node("userTask", "file", properties(**filed()[1], outputs="many"), name="办理")
    drawing.node("serviceTask", "first", service("tests.do", what='"first"'))
    drawing.node("parallelGateway", "split")
    drawing.node("userTask", "review", properties(**reviewed()[1], outputs="many"), name="办理")
    drawing.node("exclusiveGateway", "where")
    drawing.node("userTask", "others", properties(**reviewed()[1], approvers="=many"), name="会签")
    drawing.path("start", "file", "first", "split", "review", "where")
    drawing.path("split", "others")
    drawing.flow("where", "file", 'outcome = "return"')
    for last, by_default in (("where", True), ("others", False)):
        drawing.node("endEvent", f"{last}_over")
        drawing.flow(last, f"{last}_over", default=by_default)
    desk = Desk.of(settled, drawing.files(), many=["gu"])
    desk.act("shen", "submit", answers={"many": ["gu"]})
    desk.act("gu", "return", "review", return_to="review/file", direct=True)
    desk.act("shen", "submit", answers={"many": list(range(300))})
    assert (desk.nodes(), calls(settled)) == ([], ["answered", "waiting"])
    with settled.reading() as session:
        assert session.get_one(Instance, desk.instance).direct is not None


def test_what_a_job_answers_stands_in_the_ledger_before_what_is_served_after_it(
    settled: District, doing: dict[str, Service]
) -> None:
    def fail(_work: Work, _call: CallContext) -> None:
        raise RuntimeError

    doing["first"] = fail
    desk = Desk.of(settled, chain(filed(), FIRST, SECOND, reviewed()))
    desk.act("shen", "submit")
    doing.clear()
    settled.run_jobs()
    with settled.reading() as session:
        told = session.scalars(select(Entry.payload).order_by(Entry.id)).all()[-2:]
    assert ["first" in one for one in told] == [True, False]


def test_a_jump_and_a_timer_stand_in_the_ledger_before_what_they_lead_to(
    settled: District,
) -> None:
    desk = Desk.of(
        settled,
        chain(filed(), FIRST, reviewed(), ("wait", {"after": "PT1H"}), SECOND, reviewed("x")),
    )
    task = desk.task()
    with settled.work("admin") as work:
        jump_task(work, task.id, "review/first", "已线下报送")
    assert kinds(settled, 2) == ["task.jumped", "call.answered"]
    desk.act("gu")
    later(settled, hours=2)
    settled.run_jobs()
    assert kinds(settled, 2) == ["timer.fired", "call.answered"]


@pytest.mark.parametrize(
    "term", ["P1D", "-P2DT3H", "PT4M", "PT0S", "PT5.25S", "P40DT23H59M59.000001S"]
)
def test_a_service_is_told_a_duration_as_feel_writes_it(
    settled: District, doing: dict[str, Service], term: str
) -> None:
    heard = []
    doing["first"] = lambda _work, call: heard.append(call.parameters["term"])
    told = FIRST[1] | {"term": f'duration("{term}")'}
    desk = Desk.of(settled, chain(filed(), ("first", told), reviewed()))
    with settled.work("shen") as work:
        complete_task(work, desk.task().id, "submit", {})
    assert (heard, calls(settled)) == ([term], ["answered"])
