"""Random verbs: the memory beside the state says what the rows say, and nothing is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.errors import BihuanError
from engine.ledger.verify import verify_ledger
from engine.people.policy import segregation
from engine.workflow.commands import (
    add_signers,
    assign_task,
    complete_task,
    delegate_task,
    recall_task,
    remove_signer,
    transfer_task,
)
from engine.workflow.evidence import with_rows
from engine.workflow.memory import Memory
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.rounds import OPEN
from engine.workflow.running import memory_of
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District, Templates, later, opened

WHO = ("shen", "he", "gu", "qian", "duo", "zhou", "wu", "lu", "zheng")
ACTS = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from(WHO), st.sampled_from(WHO)),
    min_size=10,
    max_size=40,
)
UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


def desk_of(district: District) -> Desk:
    two = reviewed("two", approvers="person:gu,person:qian,person:duo", approval="all", pass_="60%")
    last = reviewed("last", "budget_reviewer", approvers="role:budget_reviewer", again="disagreed")
    return Desk.of(district, chain(filed(), reviewed("unit", "unit_head"), two, last))


def step(desk: Desk, kind: int, who: str, other: str) -> None:
    """One try of a verb by somebody; most are refused."""
    tasks = desk.open()
    if not tasks:
        return
    task, person = tasks[0].id, desk.district.id(other)
    with desk.district.work(who) as work:
        if kind < 8:
            complete_task(work, task, ("approve", "submit")[kind % 2], {}, opinion="同意")
        elif kind in (8, 9):
            complete_task(
                work, task, "return", {}, opinion="改", return_to="review/file", direct=kind == 9
            )
        elif kind == 10:
            transfer_task(work, task, person, "出差")
        elif kind in (11, 12):
            add_signers(work, task, [person], ("before", "parallel")[kind - 11], "请看")
        elif kind == 13:
            delegate_task(work, task, person, "请答")
        elif kind == 14:
            assign_task(work, task, person, "调整", of_person=desk.district.id(who))
        else:
            take_back(desk, work, task)


def take_back(desk: Desk, work: Any, task: int) -> None:
    part = work.session.scalar(
        select(Signer.id).where(Signer.task_id == task, Signer.state.in_(OPEN)).limit(1)
    )
    if part is not None and len(desk.signers()) % 2:
        remove_signer(work, part, "不必")
        return
    done = select(Task.id).where(Task.state == "done").order_by(Task.id.desc()).limit(1)
    recall_task(work, work.session.scalar(done) or task, "写错")


def check(desk: Desk) -> None:
    with desk.district.reading() as session:
        instance = session.get_one(Instance, desk.instance)
        kept = Memory.of(instance.memory or {})
        instance.memory = None
        rebuilt = memory_of(session, instance)
        for matter, acts in rebuilt.acts.items():
            assert set(kept.acts.get(matter, ())) == set(acts)
            for one in acts:
                if one.person_id is not None:
                    assert segregation(one.person_id, one.duty, one.node, acts) is None
        assert {s: t for s, (t, _) in kept.steps.items()} == {
            s: t for s, (t, _) in rebuilt.steps.items()
        }
        waiting = session.scalars(select(Task).where(Task.state == "open")).all()
        assert bool(waiting) == (instance.status == "active")
        rows = session.execute(
            select(Task.id, Task.state, Task.signed, Signer.state)
            .join(Signer, Signer.task_id == Task.id)
            .where(Signer.state.in_(OPEN))
        ).all()
        assert all(state == "open" for _, state, _, _ in rows)
        active = {number for number, _, _, state in rows if state == "active"}
        assert all(one.id in active for one in waiting if one.signed)
        session.rollback()


@given(ACTS)
@settings(max_examples=8, **UNHURRIED)
def test_the_memory_says_what_the_rows_say(
    templates: Templates, acts: list[tuple[int, str, str]]
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="bihuan-memory-") as folder,
        opened(templates, "sqlite", "settled", Path(folder)) as district,
    ):
        desk = desk_of(district)
        for kind, who, other in acts:
            later(district, minutes=1)
            try:
                step(desk, kind, who, other)
            except BihuanError:
                continue
            check(desk)
        with district.reading() as session:
            assert with_rows(session, verify_ledger(session)).ok
