"""Machine work of running processes: due timers, and parked service tasks.

A service is registered as `@service("room.verb_noun")` and called as `handler(work, call)` in the
commit that reaches its task, so that the next person is asked at once; when that does not succeed,
what it wrote is taken back, the commit stands, and a job calls it again in a commit of its own. One
that is slow or reaches outside is marked `@outside` too: only a job calls it, as `handler(desk,
call)` without a transaction, and it returns the function of `work`. Either answers with the outputs
for the process data (or None), `Later` or `Refused`; an exception is retried and at last becomes an
incident that a person sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import update

from engine import registry
from engine.errors import BihuanError
from engine.jobs.desk import Desk, is_outside, outside
from engine.jobs.models import Job
from engine.jobs.outcomes import Later, Outcome, Refused
from engine.work import Work
from engine.workflow import firing, messages, stranded
from engine.workflow.archive import commands as archiving
from engine.workflow.calls import ANSWER, RUN, context_of
from engine.workflow.context import CallContext
from engine.workflow.deadlines import digest
from engine.workflow.deadlines import jobs as deadlines
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_call
from engine.workflow.models import Instance, ServiceCall
from engine.workflow.running import run_of

# Loading this module registers all of them.
__all__ = ["archiving", "deadlines", "digest", "firing", "messages", "run_call", "stranded"]

PAUSED = 3600  # seconds until a suspended process is looked at again
Answer = Callable[[Work, CallContext], Mapping[str, Any] | Later | Refused | None]


@registry.job(ANSWER)
def answer_call(work: Work, arg: Mapping[str, Any]) -> Outcome | None:
    """Run the handler of a parked service task and answer it, all in one commit."""
    return _finish(work, call_id=arg["call"], answer=_inside)


def _inside(work: Work, call: CallContext) -> Mapping[str, Any] | Later | Refused | None:
    handler = registry.find("service", call.operation)
    if is_outside(handler):  # since the call was parked
        work.session.execute(update(Job).where(Job.key == call.key).values(kind=RUN))
        return Later(seconds=0)
    answer: Mapping[str, Any] | Later | Refused | None = handler(work, call)
    return answer


@registry.job(RUN)
@outside
def run_call(desk: Desk, arg: Mapping[str, Any]) -> Callable[[Work], Outcome | None] | None:
    """Run the handler of a parked service task at a desk, and answer it in one commit."""
    with desk.reading() as session:
        row = session.get_one(ServiceCall, arg["call"])
        instance = session.get_one(Instance, row.instance_id)
        call = context_of(row, instance)
        waiting, paused = row.state == "waiting", instance.status == "suspended"
    if not waiting:
        return None
    if paused:
        return partial(_pause, call_id=row.id)
    handler = registry.find("service", call.operation)
    if not is_outside(handler):
        return partial(_finish, call_id=row.id, answer=_inside)
    done = handler(desk, call)
    return partial(_finish, call_id=row.id, answer=lambda work, _: done(work))


def _pause(work: Work, *, call_id: int) -> Later:
    """A suspended process calls nothing; resuming it calls at once, also if it was just resumed."""
    instance, _row = lock_call(work.session, call_id)
    return Later(seconds=PAUSED if instance.status == "suspended" else 0)


def _finish(work: Work, *, call_id: int, answer: Answer) -> Outcome | None:
    instance, row = lock_call(work.session, call_id)
    if row.state != "waiting":
        return None
    if instance.status == "suspended":
        return Later(seconds=PAUSED)
    outcome = answer(work, context_of(row, instance))
    if isinstance(outcome, Later):
        return outcome
    run = run_of(work.session, instance)
    if isinstance(outcome, Refused):
        try:
            changes = run.refuse(row.token, outcome.code, at=work.now)
        except BihuanError:
            return outcome  # the diagram has no answer to it: a person must look
    else:
        changes = run.answer(row.token, outcome or {}, at=work.now)
    row.state = "refused" if isinstance(outcome, Refused) else "answered"
    row.closed_at = work.now
    work.record(
        f"call.{row.state}",
        f"call:{row.id}",
        instance.subject,
        {"node": row.node, "operation": row.operation, "parameters": row.parameters},
    )
    write_changes(work, instance, run, changes)
    return None
