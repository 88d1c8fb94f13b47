"""The finance system: payments and reversals.

A delivery is JSON: {"type": "payment" | "reversal", "id": voucher, "project": project code,
"year": fiscal year, "amount": "123.45" (元, a string), "at": ISO moment, "reverses": voucher,
"note": text}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.clock import SHANGHAI
from engine.errors import Invalid, NotFound
from engine.projects import queries as projects
from engine.projects.commands import record_payment
from engine.projects.models import Payment
from engine.projects.rules import DELETED
from engine.risk.commands import watch_spending
from engine.work import Work

SOURCE = "finance"


def handle(work: Work, body: bytes) -> Payment:
    """Record the delivery's payment and watch what the year has spent by now.

    `Invalid` or `NotFound` say what is wrong with the delivery, naming the field.
    """
    told = _read(body)
    project = projects.project_by_code(work.session, _text(told, "project"))
    if project is None or project.status == DELETED:
        raise NotFound(f"没有项目 {told['project']}", field="project")
    if project.status == "draft":
        raise Invalid(f"项目 {project.code} 尚未提交，不能有支付", field="project")
    payment = record_payment(
        work,
        project,
        year=_year(told),
        amount=_amount(told),
        source=SOURCE,
        external_id=_text(told, "id"),
        at=_moment(told),
        reverses=_text(told, "reverses") if told["type"] == "reversal" else None,
        note="".join(filter(str.isprintable, str(told.get("note") or "")))[:200],
    )
    watch_spending(work, project, payment.year)
    return payment


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Invalid("不是有效的 JSON") from None
    if not isinstance(told, dict) or told.get("type") not in ("payment", "reversal"):
        raise Invalid("type 应为 payment 或 reversal", field="type")
    return told


def _text(told: Mapping[str, Any], field: str) -> str:
    value = told.get(field)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 120:
        raise Invalid(f"{field} 应为不超过 120 字的文本", field=field)
    return value


def _year(told: Mapping[str, Any]) -> int:
    value = told.get("year")
    if not isinstance(value, int) or isinstance(value, bool) or not 2000 <= value <= 2100:
        raise Invalid("year 应为四位年度", field="year")
    return value


def _amount(told: Mapping[str, Any]) -> Decimal:
    value = told.get("amount")
    if isinstance(value, bool):
        value = None
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) else None
    except ArithmeticError:
        amount = None
    if amount is None or not amount.is_finite() or not 0 < amount < Decimal(10) ** 13:
        raise Invalid("amount 应为大于零的金额（元）", field="amount")
    if amount != amount.quantize(Decimal("0.01")):
        raise Invalid("amount 最多两位小数", field="amount")
    return amount


def _moment(told: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(told, "at"))
    except ValueError:
        raise Invalid("at 应为 ISO 8601 时间", field="at") from None
    if not 2000 <= moment.year <= 2100:
        raise Invalid("at 的年份不合理", field="at")
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
