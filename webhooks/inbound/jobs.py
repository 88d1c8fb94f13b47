"""Handling kept deliveries. A refused one keeps its reason and can be replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import BihuanError
from engine.registry import job
from engine.work import Work
from webhooks.inbound import finance
from webhooks.inbound.models import Delivery

HANDLERS: dict[str, Callable[[Work, bytes], object]] = {finance.SOURCE: finance.handle}


@job("inbound.handle")
def handle_delivery(work: Work, arg: Mapping[str, Any]) -> None:
    """Handle one delivery; what its source's rules refuse stays, with the reason."""
    delivery = work.session.get_one(Delivery, arg["delivery"])
    if delivery.state != "received":
        return
    delivery.attempts += 1
    try:
        with work.session.begin_nested():
            HANDLERS[delivery.source](work, delivery.body)
        delivery.state, delivery.error = "done", None
    except BihuanError as refusal:
        delivery.state, delivery.error = "refused", refusal.message
        work.record(
            "delivery.refused",
            f"delivery:{delivery.id}",
            f"source:{delivery.source}",
            {"id": delivery.external_id, "reason": refusal.message},
        )
    delivery.settled_at = work.now
