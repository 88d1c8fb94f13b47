"""Tables of the projects. Money is in 元."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Json, Key, Moment, Money


class Project(Base):
    """A public project from its draft to its closure.

    `stage` is set by the diagram through `projects.enter_stage`; `status` is draft, active, closed
    or rejected; `amount` the total asked for over all years.
    """

    __tablename__ = "project"
    __table_args__ = (Index("ix_project_unit", "unit_path"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(40))
    topic: Mapped[str] = mapped_column(String(80), default="")
    unit_id: Mapped[int] = mapped_column(Key, ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(String(200))
    department_id: Mapped[int | None] = mapped_column(Key, ForeignKey("unit.id"))
    manager_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20), default="declaration")
    status: Mapped[str] = mapped_column(String(10), default="draft", index=True)
    origin: Mapped[str] = mapped_column(String(20), default="new")
    pilot: Mapped[bool] = mapped_column(default=False)
    demo: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(120), default="")
    first_year: Mapped[int]
    last_year: Mapped[int]
    year: Mapped[int]
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    overall_goal: Mapped[str] = mapped_column(Text, default="")
    background: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text, default="")
    plan: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class BudgetLine(Base):
    """One source of a project's money in a fiscal year; executed money is the sum of payments."""

    __tablename__ = "budget_line"
    __table_args__ = (UniqueConstraint("project_id", "year", "source"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    source: Mapped[str] = mapped_column(String(40))
    initial: Mapped[Decimal] = mapped_column(Money)
    adjusted: Mapped[Decimal | None] = mapped_column(Money)
    carried_over: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))


class Payment(Base):
    """Money that moved, as the finance system told it: positive paid, negative reversed."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_payment_year", "project_id", "year"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Money)
    source: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(120))
    reverses_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payment.id"))
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(Moment)


class ProjectFigure(Base):
    """A sum that the numeric guards speak of: 估算, 概算, 合同, 变更, 预计总投资 …"""

    __tablename__ = "project_figure"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Decimal] = mapped_column(Money)


class StageGate(Base):
    """A gate of the project's type: which stage, who keeps it, and whether it was passed."""

    __tablename__ = "stage_gate"
    __table_args__ = (UniqueConstraint("project_id", "key"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    stage: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    gatekeeper: Mapped[str] = mapped_column(String(40))
    passed_at: Mapped[datetime | None] = mapped_column(Moment)
    passed_by: Mapped[str | None] = mapped_column(String(80))


class Document(Base):
    """A document that a gate asks for, with its checklist state (A.2)."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("project_id", "gate", "key"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    gate: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    required: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10), default="缺失")
    sha256: Mapped[str | None] = mapped_column(String(64))
    file_name: Mapped[str | None] = mapped_column(String(200))
    size: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    handed_in_by: Mapped[str | None] = mapped_column(String(80))
    handed_in_at: Mapped[datetime | None] = mapped_column(Moment)


class Assessment(Base):
    """A set of test marks: 事前绩效评估 (five tests) or 目标审核 (four tests)."""

    __tablename__ = "assessment"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    marks: Mapped[dict[str, Any]] = mapped_column(Json)
    conclusion: Mapped[str] = mapped_column(String(20))
    opinion: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
