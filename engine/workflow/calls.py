"""Service tasks that were reached: parked as a row with a job, and what the job is told."""

from __future__ import annotations

from engine import registry
from engine.errors import NotFound
from engine.jobs.commands import enqueue
from engine.jobs.desk import is_outside
from engine.work import Work
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
