"""Keeping deliveries, and having them handled or replayed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, NotFound
from engine.jobs.commands import enqueue
from engine.work import Work
from webhooks.inbound.models import Delivery


def receive_delivery(work: Work, source: str, external_id: str, body: bytes) -> Delivery:
    """Keep a verified delivery and have it handled; the same again is the same delivery.

    The same id with other contents is a `Conflict`.
    """
    known = _known(work, source, external_id)
    if known is None:
        delivery = Delivery(
            source=source, external_id=external_id, body=body, received_at=work.now, error=None
        )
        try:
            with work.session.begin_nested():
                work.session.add(delivery)
        except IntegrityError:  # the same delivery came twice at once, and the other was first
            known = _known(work, source, external_id)
        else:
            _handle_later(work, delivery)
            return delivery
    if known is None or known.body != body:
        raise Conflict(f"编号 {external_id} 已收到过，但内容不同")
    return known


def _known(work: Work, source: str, external_id: str) -> Delivery | None:
    return work.session.scalar(
        select(Delivery).where(Delivery.source == source, Delivery.external_id == external_id)
    )


def _handle_later(work: Work, delivery: Delivery) -> None:
    key = f"inbound.handle:{delivery.id}:{delivery.attempts}"
    enqueue(work, "inbound.handle", {"delivery": delivery.id}, key=key)


def replay_delivery(work: Work, delivery_id: int) -> Delivery:
    """Have a refused delivery handled once more, after its cause was mended."""
    delivery = work.session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("没有这条接入记录")
    if delivery.state != "refused":
        raise Conflict("只有被拒收的记录可以重放")
    delivery.state, delivery.error = "received", None
    _handle_later(work, delivery)
    work.record(
        "delivery.replayed",
        f"delivery:{delivery.id}",
        f"source:{delivery.source}",
        {"id": delivery.external_id},
    )
    return delivery
