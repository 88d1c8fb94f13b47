"""What machines sent us: how much was taken in, and what was refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.operations.masking import Mask, one_line, readable
from forms.text import _
from webhooks.inbound.models import Delivery

SHOWN = 100
SOURCES: dict[str, str] = {"finance": "财政一体化系统"}
STATES: dict[str, str] = {"received": "待处理", "done": "已入库", "refused": "被拒收"}


@dataclass(frozen=True)
class Refused:
    """A delivery that its source's rules refused, with its body as text."""

    id: int
    source: str
    external_id: str
    line: str
    error: str
    body: str
    size: int
    attempts: int
    received_at: datetime


def source_name(source: str) -> str:
    """A source in words; a source without words as it is."""
    return _(SOURCES[source]) if source in SOURCES else source


def counts(session: Session) -> list[tuple[str, int]]:
    """How many deliveries are in each state."""
    found = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    known = {row[0]: row[1] for row in found}
    return [(_(name), known.get(state, 0)) for state, name in STATES.items()]


def refused(session: Session) -> list[Refused]:
    """The newest refused deliveries."""
    mask = Mask.of(session)
    wanted = select(Delivery).where(Delivery.state == "refused").order_by(Delivery.id.desc())
    return [_refused(mask, one) for one in session.scalars(wanted.limit(SHOWN))]


def _refused(mask: Mask, one: Delivery) -> Refused:
    error = mask(readable(one.error or ""))
    return Refused(
        id=one.id,
        source=source_name(one.source),
        external_id=one.external_id,
        line=one_line(error),
        error=error,
        body=mask(readable(one.body.decode("utf-8", "replace"))),
        size=len(one.body),
        attempts=one.attempts,
        received_at=one.received_at,
    )
