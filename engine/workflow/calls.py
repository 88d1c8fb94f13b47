"""Service tasks that were reached: answered at once, or parked as a row with a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import registry
from engine.errors import NotFound
from engine.jobs.commands import enqueue
from engine.jobs.desk import is_outside
from engine.jobs.outcomes import Later, Refused
from engine.plain import as_stored
from engine.statements import add
from engine.work import MACHINE, Work
from engine.workflow.context import CallContext
from engine.workflow.models import Instance, ServiceCall
from engine.workflow.runtime import ServiceCall as Reached

ANSWER = "workflow.answer_call"
"""The job of a service that works in the commit that answers the call."""
RUN = "workflow.run_call"
"""The job of a service that is slow or reaches outside."""


def job_key(call_id: int) -> str:
    """The key of a call's job, and the idempotency key of what it does outside."""
    return f"{RUN}:{call_id}"


def park(work: Work, instance: Instance, call: Reached) -> None:
    """Write a service task that was reached, with the job that will answer it."""
    row = ServiceCall(
        instance_id=instance.id,
        token=call.id,
        node=f"{call.node.process}/{call.node.id}",
        title=call.node.name,
        operation=call.operation,
        parameters=call.parameters,
        opened_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    enqueue(work, _job_of(call.operation), {"call": row.id}, key=job_key(row.id))


class NotNow(Exception):
    """The service has not answered with outputs; a job is to ask it again."""


def is_prompt(call: Reached) -> bool:
    """Whether the service works in the commit that reaches it."""
    return _job_of(call.operation) == ANSWER


def serve(work: Work, instance: Instance, call: Reached) -> Mapping[str, Any]:
    """Ask a prompt service; its outputs, or `NotNow`. It is told what a job would tell it."""
    context = CallContext(
        call_id=None,
        instance_id=instance.id,
        deployment_id=instance.deployment_id,
        operation=call.operation,
        subject=instance.subject,
        parameters=as_stored(call.parameters),
        key="",
    )
    outputs = registry.find("service", call.operation)(work, context)
    if isinstance(outputs, Later | Refused):
        raise NotNow
    return outputs or {}


def write_served(work: Work, instance: Instance, call: Reached) -> None:
    """Write a call that was answered at once."""
    node = f"{call.node.process}/{call.node.id}"
    add(
        work.session,
        ServiceCall,
        instance_id=instance.id,
        token=call.id,
        node=node,
        title=call.node.name,
        operation=call.operation,
        parameters=call.parameters,
        state="answered",
        opened_at=work.now,
        closed_at=work.now,
    )
    facts = {"node": node, "operation": call.operation, "parameters": call.parameters}
    machine = Work(work.session, MACHINE, work.now)
    machine.record("call.answered", f"instance:{instance.id}", instance.subject, facts)


def _job_of(operation: str) -> str:
    try:
        return RUN if is_outside(registry.find("service", operation)) else ANSWER
    except NotFound:
        return RUN  # it fails where a person sees it


def context_of(row: ServiceCall, instance: Instance) -> CallContext:
    """What the service is told of a call."""
    return CallContext(
        call_id=row.id,
        instance_id=instance.id,
        deployment_id=instance.deployment_id,
        operation=row.operation,
        subject=instance.subject,
        parameters=row.parameters,
        key=job_key(row.id),
    )
