"""Writes of money that moved."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from engine.errors import Conflict, Invalid
from engine.projects.commands.shared import lock_money, subject_of
from engine.projects.models import Payment, Project
from engine.projects.rules import (
    STATUSES,
)
from engine.sentences import Sentence
from engine.work import Work


def record_payment(
    work: Work,
    project: Project,
    *,
    year: int,
    amount: Decimal,
    source: str,
    external_id: str,
    at: datetime,
    reverses: str | None = None,
    note: str = "",
) -> Payment:
    """Record money that moved: `amount` > 0 as paid; with `reverses` as the return of a payment.

    A reversal may not take back more than the payment it names. `external_id` is unique within
    its source, so a delivery counted twice is a `Conflict`; so is one for a project that is not
    under way, whose budget does not stand yet or whose closure does.
    """
    if amount <= 0:
        raise Invalid("金额应大于零", field="amount")
    lock_money(work, project.id)
    _check_open(project, reversal=reverses is not None)
    if _payment(work, source, external_id) is not None:
        raise Conflict("凭证 {external_id} 已经入账", external_id=external_id)
    origin = _reversed(work, source, reverses, project, amount) if reverses else None
    payment = Payment(
        project_id=project.id,
        year=origin.year if origin else year,
        amount=-amount if origin else amount,
        source=source,
        external_id=external_id,
        reverses_id=origin.id if origin else None,
        note=note,
        at=at,
    )
    work.session.add(payment)
    work.session.flush()
    work.record(
        "payment.reversed" if origin else "payment.recorded",
        f"payment:{payment.id}",
        subject_of(project),
        {"year": payment.year, "amount": payment.amount, "source": source, "id": external_id},
    )
    return payment


def _check_open(project: Project, *, reversal: bool) -> None:
    """Money may still come back after the closure: an open rectification may wait for it."""
    if project.status != "active" and not (reversal and project.status == "closed"):
        state = STATUSES.get(project.status, Sentence("已删除"))
        raise Conflict("项目{state}，不能入账；情况查清后可以重放", state=state)


def _payment(work: Work, source: str, external_id: str) -> Payment | None:
    return work.session.scalar(
        select(Payment).where(Payment.source == source, Payment.external_id == external_id)
    )


def _reversed(
    work: Work, source: str, external_id: str, project: Project, amount: Decimal
) -> Payment:
    origin = _payment(work, source, external_id)
    if origin is None or origin.project_id != project.id or origin.amount < 0:
        raise Invalid("没有可冲销的付款 {external_id}", external_id=external_id, field="reverses")
    taken = work.session.scalar(
        select(func.sum(Payment.amount)).where(Payment.reverses_id == origin.id)
    )
    left = origin.amount + (taken or Decimal(0))
    if amount > left:
        raise Invalid("冲销金额超过该笔付款的余额 {left} 元", left=left, field="amount")
    return origin
