"""Two at the same moment: one wins, the other is told who did, and nothing is lost or doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from engine.errors import BihuanError, Conflict
from engine.jobs.run import run_due
from engine.ledger.chain import number_entries
from engine.ledger.models import Entry
from engine.ledger.verify import verify_ledger
from engine.people.access import ATTEMPTS, sign_in
from engine.people.models import Person
from engine.projects import queries as projects
from engine.projects.commands import (
    adjust_budget,
    create_project,
    hand_in_document,
    start_project,
)
from engine.projects.models import Project
from engine.projects.packs import installed_packs
from engine.risk import queries as risks
from engine.risk.commands import watch_spending
from engine.workflow import queries as workflow
from engine.workflow.commands import complete_task
from engine.workflow.deadlines.ringing import ring
from engine.workflow.models import Instance, ServiceCall, Signer, Task
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import BUDGET, FINANCE, NOW, District
from webhooks.inbound.commands import receive_delivery
from webhooks.inbound.models import Delivery


def together(*acts: Callable[[], object]) -> list[Exception | None]:
    """Run the acts in threads that start at the same moment; what each one raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[Exception | None] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        barrier.wait(30)
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the test looks at whatever was raised
            raised[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def one_won(raised: Sequence[Exception | None]) -> BihuanError:
    """Exactly one act succeeded; what the one other was told."""
    assert [one is None for one in raised].count(True) == 1, raised
    (told,) = [one for one in raised if one is not None]
    assert isinstance(told, BihuanError), repr(told)
    return told


def answers(district: District, who: str, task: Task, verb: str) -> Callable[[], object]:
    def act() -> None:
        with district.work(who) as work:
            complete_task(work, task.id, verb, {}, opinion="意见")

    return act


def test_two_people_complete_the_same_task(district: District) -> None:
    district.walk_to("unit_review")
    task = district.task()
    raised = together(
        answers(district, "lu", task, "approve"), answers(district, "duo", task, "approve")
    )
    told = one_won(raised)
    assert isinstance(told, Conflict)
    winner = "陆文远" if raised[0] is None else "多面手"
    assert f"已由 {winner} 于 2025-06-09 09:00 同意" in told.message
    with district.reading() as session:
        assert len(session.scalars(select(Signer).where(Signer.task_id == task.id)).all()) == 1
    assert [one.node for one in district.tasks()] == ["approval/department_review"]


def test_one_approves_while_another_rejects(district: District) -> None:
    district.walk_to("unit_review")
    task = district.task()
    told = one_won(
        together(answers(district, "lu", task, "approve"), answers(district, "duo", task, "reject"))
    )
    assert "已由" in told.message


def test_one_person_clicks_twice_at_once(district: District) -> None:
    district.walk_to("unit_review")
    task = district.task()
    click = answers(district, "lu", task, "approve")
    assert "已由 陆文远" in one_won(together(click, click)).message


def test_a_service_call_answers_while_a_task_is_completed(district: District) -> None:
    """Two instances' worth of writers on one database, and one instance's at the same moment."""
    with district.work("shen") as work:
        other = create_project(work, district.draft(name="同时"))
        start_project(work, other.id, installed_packs())
    task = district.task()
    form = district.typed(task)

    def submit() -> None:
        with district.work("shen") as work:
            complete_task(work, task.id, "submit", form)

    def answer() -> None:
        run_due(district.engine, district.settings, district.now)

    assert together(submit, answer, answer) == [None, None, None]
    district.run_jobs()
    with district.reading() as session:
        states = set(session.scalars(select(ServiceCall.state)))
        assert states == {"answered"}
        assert len(workflow.open_tasks(session, f"project:{other.id}")) == 1
    assert [one.node for one in district.tasks()] == ["lifecycle/assess_ex_ante"]


def test_two_workers_answer_one_service_call_once(settled: District) -> None:
    with settled.work("shen") as work:
        project = create_project(work, settled.draft())
        start_project(work, project.id, installed_packs())

    def answer() -> None:
        run_due(settled.engine, settled.settings, settled.now)

    assert together(answer, answer) == [None, None]
    with settled.reading() as session:
        entries = session.scalars(select(Entry).where(Entry.kind == "call.answered")).all()
        assert len(entries) == 1


def test_two_deliveries_of_the_same_id_are_one(monitored: District) -> None:
    body = monitored.body("V1", "5")
    kept: list[int] = []

    def send() -> None:
        with monitored.work(FINANCE) as work:
            kept.append(receive_delivery(work, "finance", "msg-1", body).id)

    assert together(send, send, send) == [None, None, None]
    monitored.run_jobs()
    assert len(set(kept)) == 1
    with monitored.reading() as session:
        assert len(session.scalars(select(Delivery)).all()) == 1
        assert len(projects.payments(session, monitored.project)) == 1


def test_two_deliveries_of_one_id_with_different_bodies(monitored: District) -> None:
    def send(amount: str) -> Callable[[], object]:
        def act() -> None:
            with monitored.work(FINANCE) as work:
                receive_delivery(work, "finance", "msg-1", monitored.body("V1", amount))

        return act

    assert "内容不同" in one_won(together(send("5"), send("6"))).message


def test_parallel_payments_that_cross_the_limit_only_together_raise_one_alert(
    monitored: District,
) -> None:
    """Neither payment crosses alone: each must see the other's money."""
    for number in range(4):
        with monitored.work(FINANCE) as work:
            body = monitored.body(f"V{number}", BUDGET * Decimal("0.28"))
            receive_delivery(work, "finance", f"msg-{number}", body)

    def handle() -> None:
        run_due(monitored.engine, monitored.settings, monitored.now)

    assert together(*[handle] * 4) == [None] * 4
    monitored.run_jobs()
    with monitored.reading() as session:
        assert {one.state for one in session.scalars(select(Delivery))} == {"done"}
        assert len(risks.alerts(session, monitored.project)) == 1
        rectifications = session.scalars(
            select(Instance).where(Instance.process == "rectification")
        ).all()
        assert len(rectifications) == 1


def test_a_payment_and_a_budget_cut_at_once_see_each_other(monitored: District) -> None:
    """Neither crosses the limit by itself."""

    def cut() -> None:
        with monitored.work("zhou") as work:
            adjust_budget(work, monitored.project, 2025, "财政拨款", BUDGET / 2, "核减")
            watch_spending(work, work.session.get_one(Project, monitored.project), 2025)

    with monitored.work(FINANCE) as work:
        receive_delivery(work, "finance", "msg-1", monitored.body("V1", BUDGET * Decimal("0.9")))

    def handle() -> None:
        run_due(monitored.engine, monitored.settings, monitored.now)

    assert together(cut, handle) == [None, None]
    monitored.run_jobs()
    with monitored.reading() as session:
        assert len(risks.alerts(session, monitored.project)) == 1


def test_a_document_handed_in_twice_at_once_keeps_both_acts(district: District) -> None:
    with district.reading() as session:
        document = projects.documents(session, district.project, "demand")[0].id

    def hand_in(name: str) -> Callable[[], object]:
        def act() -> None:
            with district.work("shen") as work:
                hand_in_document(work, document, sha256=name * 64, file_name=name, size=1)

        return act

    assert together(hand_in("a"), hand_in("b")) == [None, None]
    with district.reading() as session:
        kept = projects.document(session, document)
        acts = session.scalars(select(Entry).where(Entry.kind == "document.received")).all()
    assert len(acts) == 2
    assert kept.sha256 == (kept.file_name or "") * 64


def test_somebody_else_cannot_hand_in_even_at_the_same_moment(district: District) -> None:
    with district.reading() as session:
        document = projects.documents(session, district.project, "demand")[0].id

    def hand_in(who: str) -> Callable[[], object]:
        def act() -> None:
            with district.work(who) as work:
                hand_in_document(work, document, sha256="c" * 64, file_name=who, size=1)

        return act

    assert "只有项目经办人" in one_won(together(hand_in("shen"), hand_in("he"))).message


def test_projects_begun_at_once_get_different_codes(settled: District) -> None:
    def begin() -> None:
        with settled.work("shen") as work:
            create_project(work, settled.draft())

    assert together(*[begin] * 5) == [None] * 5
    with settled.reading() as session:
        codes = sorted(session.scalars(select(Project.code)))
    assert codes == [f"MH-2025-{number:04d}" for number in range(1, 6)]


def test_a_draft_that_is_sent_twice_starts_once(settled: District) -> None:
    with settled.work("shen") as work:
        project = create_project(work, settled.draft())

    def send() -> None:
        with settled.work("shen") as work:
            start_project(work, project.id, installed_packs())

    assert "已经提交" in one_won(together(send, send)).message
    with settled.reading() as session:
        assert len(session.scalars(select(Instance)).all()) == 1


def test_guesses_made_at_once_are_all_counted(settled: District) -> None:
    def guess() -> None:
        with settled.work() as work:
            sign_in(work, "shen", "wrong password")

    together(*[guess] * (ATTEMPTS - 1))
    with settled.reading() as session:
        assert session.get_one(Person, settled.id("shen")).failures == ATTEMPTS - 1


def test_the_ledger_verifies_after_a_race(district: District) -> None:
    district.walk_to("unit_review")
    task = district.task()
    together(*[answers(district, who, task, "approve") for who in ("lu", "duo", "gu")])
    with district.work() as work:
        number_entries(work.session)
    with district.reading() as session:
        assert verify_ledger(session).ok


def test_a_timeout_and_a_click_in_the_same_second_have_one_winner(settled: District) -> None:
    """Whoever gets the instance's lock first decides; the other changes nothing."""
    answers = {"timeout": "return", "timeout_after": "1 WD", "due": "1 WD"}
    desk = Desk.of(settled, chain(filed(), reviewed(**answers)))
    desk.act("shen", "submit")
    task = desk.task().id
    settled.now = NOW + timedelta(days=3)

    def click() -> object:
        with settled.work("gu") as work:
            return complete_task(work, task, "approve", {}, opinion="同意")

    def time_out() -> object:
        with settled.work() as work:
            return ring(work, task)

    clicked, rung, again = together(click, time_out, time_out)
    assert rung is None
    assert again is None
    with settled.reading() as session:
        row = session.get_one(Task, task)
        signed = session.scalars(select(Signer).where(Signer.task_id == task)).all()
    assert row.state == "done"
    assert len(signed) == 1
    if clicked is None:
        assert (row.verb, signed[0].person) == ("approve", "顾清和")
    else:
        assert isinstance(clicked, Conflict)
        assert "系统" in clicked.message
        assert (row.verb, signed[0].source) == ("return", "timeout")
