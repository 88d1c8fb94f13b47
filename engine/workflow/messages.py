"""Messages and signals on their way to running processes that wait for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine import registry
from engine.jobs.outcomes import Later
from engine.work import Work
from engine.workflow.instances import write_changes
from engine.workflow.locks import lock_instance
from engine.workflow.running import run_of

AGAIN = 600
"""Seconds that a message waits before it looks whether its instance was resumed."""


@registry.job("workflow.deliver_message")
def deliver_message(work: Work, arg: Mapping[str, Any]) -> Later | None:
    """Give one message or signal to one instance; nothing if it does not wait for it any more.

    While the instance is suspended the message waits with it.
    """
    instance = lock_instance(work.session, arg["instance"])
    if instance.status == "suspended":
        return Later(seconds=AGAIN)
    if instance.status != "active":
        return None
    run, payload = run_of(work.session, instance), json.loads(arg["payload"])
    if "signal" in arg:
        name = f"signal:{arg['signal']}"
        if name not in run.waits():
            return None
        changes = run.signal(arg["signal"], payload, at=work.now)
    else:
        name = f"message:{arg['message']}"
        if not run.takes(arg["message"], payload):
            return None
        changes = run.correlate(arg["message"], payload, at=work.now)
    work.record("message.received", f"instance:{instance.id}", instance.subject, {"name": name})
    write_changes(work, instance, run, changes)
    return None
