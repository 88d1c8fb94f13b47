"""The rows that a step of a run leaves: the state, the history, what was taken back."""

from __future__ import annotations

from sqlalchemy import select, update

from engine.statements import add
from engine.work import Work
from engine.workflow.models import Instance, Passage, ServiceCall, Signer, Task
from engine.workflow.rounds import OPEN
from engine.workflow.runtime import Changes


def write_passage(work: Work, instance: Instance, changes: Changes) -> None:
    """History: the nodes that were passed."""
    nodes = [
        [f"{one.process}/{one.node}", list(one.flows), list(one.path)] for one in changes.passed
    ]
    add(work.session, Passage, instance_id=instance.id, at=work.now, nodes=nodes)


def save_state(work: Work, instance: Instance, changes: Changes) -> None:
    """Where the process stands now, and what it waits for."""
    instance.state = changes.state
    instance.next_due = changes.next_due
    instance.waits = "".join(f"|{one}|" for one in changes.waits)
    if changes.finished:
        instance.status, instance.ended_at = "ended", work.now


def close_withdrawn(work: Work, instance: Instance, changes: Changes) -> None:
    """Tasks and calls that the process has taken back."""
    tokens = [closed.id for closed in changes.closed if closed.reason == "withdrawn"]
    if tokens:
        gone = (Task.instance_id == instance.id, Task.token.in_(tokens))
        work.session.execute(
            update(Signer)
            .where(Signer.task_id.in_(select(Task.id).where(*gone)), Signer.state.in_(OPEN))
            .values(state="cancelled", at=work.now)
        )
        work.session.execute(
            update(Task)
            .where(*gone, Task.state == "open")
            .values(state="withdrawn", closed_at=work.now)
        )
    if changes.withdrawn_calls:
        work.session.execute(
            update(ServiceCall)
            .where(
                ServiceCall.instance_id == instance.id,
                ServiceCall.token.in_(changes.withdrawn_calls),
                ServiceCall.state == "waiting",
            )
            .values(state="withdrawn", closed_at=work.now)
        )
