"""Mending a service call that stands still: other parameters, or its answer given by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.errors import Conflict, NotFound
from engine.jobs.commands import retry_job, settle_job
from engine.jobs.models import Job
from engine.work import Work
from engine.workflow.calls import job_key
from engine.workflow.commands.outside import (
    alert_auditors,
    check_administrator,
    note,
)
from engine.workflow.commands.texts import need_reason
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance
from engine.workflow.models import Instance, ServiceCall
from engine.workflow.running import run_of


def edit_call(work: Work, call_id: int, parameters: Mapping[str, Any], reason: str) -> ServiceCall:
    """Give a waiting call other parameters and try it again; the old ones stay in the ledger."""
    call, instance, job = _waiting(work, call_id)
    reason = need_reason(reason)
    facts = {"node": call.node, "before": call.parameters, "after": dict(parameters)}
    call.parameters = dict(parameters)
    work.record("call.edited", f"call:{call.id}", instance.subject, {**facts, "reason": reason})
    if job is not None and job.state == "failed":
        retry_job(work, job.id)
    return call


def skip_call(work: Work, call_id: int, outputs: Mapping[str, Any], reason: str) -> ServiceCall:
    """Answer a waiting call by hand: the process goes on with `outputs`, nothing is called."""
    call, instance, job = _waiting(work, call_id)
    reason = need_reason(reason)
    if instance.status != "active":
        raise Conflict("流程已挂起，恢复后再办理")
    run = run_of(work.session, instance)
    changes = run.answer(call.token, outputs, at=work.now)
    call.state, call.closed_at = "skipped", work.now
    note(work, instance, "skip", f"跳过“{call.title}”：{reason}")
    facts = {"node": call.node, "operation": call.operation, "parameters": call.parameters}
    told = {**facts, "outputs": dict(outputs), "reason": reason}
    work.record("call.skipped", f"call:{call.id}", instance.subject, told)
    write_changes(work, instance, run, changes)
    text = f"“{instance.title}”的“{call.title}”已被{work.actor.name}跳过：{reason}"
    alert_auditors(work, instance, f"skip:{call.id}", text)
    if job is not None:
        settle_job(work, job)
    return call


def _waiting(work: Work, call_id: int) -> tuple[ServiceCall, Instance, Job | None]:
    """The call, its process and its job under their locks.

    The job's first, as a worker takes them: one that has it in hand goes first.
    """
    call = work.session.get(ServiceCall, call_id)
    if call is None:
        raise NotFound("没有这个自动步骤")
    job = work.session.scalar(select(Job).where(Job.key == job_key(call.id)).with_for_update())
    instance = lock_instance(work.session, call.instance_id)
    check_administrator(work, instance)
    work.session.refresh(call)
    if call.state != "waiting":
        raise Conflict("此自动步骤已经有了结果，请刷新")
    return call, instance, job
