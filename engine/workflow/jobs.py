"""Machine work of running processes: due timers, and parked service tasks.

A service is registered as `@service("room.verb_noun")` and called as `handler(work, call)` inside
the commit that answers the call. One that is slow or reaches outside is marked `@outside` too: it
is called as `handler(desk, call)` without a transaction and returns the function of `work`.
Either answers with the outputs for the process data (or None), `Later` or `Refused`; an exception
is retried and at last becomes an incident that a person sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from engine import registry
from engine.errors import BihuanError
from engine.jobs.desk import Desk, is_outside, outside
from engine.jobs.outcomes import Later, Outcome, Refused
from engine.work import Work
from engine.workflow import firing, messages, stranded
from engine.workflow.archive import commands as archiving
from engine.workflow.context import CallContext
from engine.workflow.deadlines import digest
from engine.workflow.deadlines import jobs as deadlines
from engine.workflow.instances import lock_instance, write_changes
from engine.workflow.models import Instance, ServiceCall
from engine.workflow.running import definition_of, keep_run, run_of

# Loading this module registers all of them.
__all__ = ["archiving", "deadlines", "digest", "firing", "messages", "run_call", "stranded"]

PAUSED = 3600  # seconds until a suspended process is looked at again
Answer = Callable[[Work], Mapping[str, Any] | Later | Refused | None]


@registry.job("workflow.run_call")
@outside
def run_call(desk: Desk, arg: Mapping[str, Any]) -> Callable[[Work], Outcome | None] | None:
    """Run the handler of a parked service task and answer it in one commit."""
    with desk.reading() as session:
        row = session.get_one(ServiceCall, arg["call"])
        instance = session.get_one(Instance, row.instance_id)
        call = CallContext(
            call_id=row.id,
            instance_id=instance.id,
            deployment_id=instance.deployment_id,
            operation=row.operation,
            subject=instance.subject,
            parameters=row.parameters,
            key=desk.key,
        )
        waiting, paused = row.state == "waiting", instance.status == "suspended"
    if not waiting:
        return None
    if paused:
        return _wait
    handler = registry.find("service", call.operation)
    answer = handler(desk, call) if is_outside(handler) else partial(handler, call=call)
    return partial(_finish, call_id=call.call_id, answer=answer)


def _wait(_work: Work) -> Later:
    """A suspended process calls nothing; resuming it calls at once."""
    return Later(seconds=PAUSED)


def _finish(work: Work, *, call_id: int, answer: Answer) -> Outcome | None:
    row = work.session.get_one(ServiceCall, call_id)
    instance = lock_instance(work.session, row.instance_id)
    work.session.refresh(row)
    if row.state != "waiting":
        return None
    if instance.status == "suspended":
        return _wait(work)
    outcome = answer(work)
    if isinstance(outcome, Later):
        return outcome
    definition, run = definition_of(work.session, instance), run_of(work.session, instance)
    if isinstance(outcome, Refused):
        try:
            changes = run.refuse(row.token, outcome.code, at=work.now)
        except BihuanError:
            return outcome  # the diagram has no answer to it: a person must look
    else:
        changes = run.answer(row.token, outcome or {}, at=work.now)
    row.state = "refused" if isinstance(outcome, Refused) else "answered"
    row.closed_at = work.now
    write_changes(work, instance, definition, changes)
    keep_run(instance, definition, run, changes.state)
    work.record(
        f"call.{row.state}",
        f"call:{row.id}",
        instance.subject,
        {"node": row.node, "operation": row.operation, "parameters": row.parameters},
    )
    return None
