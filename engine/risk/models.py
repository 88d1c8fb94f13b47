"""Tables of the risks."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Key, Moment, Money


class RiskRule(Base):
    """A rule in FEEL over a year's figures; an alert is raised when it turns true."""

    __tablename__ = "risk_rule"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    expression: Mapped[str] = mapped_column(String(1000))
    severity: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)


class Alert(Base):
    """A crossing of a rule by a project in a year, until its rectification is closed.

    `open_key` is unique while the alert is open, so that two payments in the same second raise
    one alert.
    """

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_project", "project_id", "year"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    rule: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(300))
    executed: Mapped[Decimal] = mapped_column(Money)
    budget: Mapped[Decimal] = mapped_column(Money)
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    raised_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class Rectification(Base):
    """整改: one closed loop, from the notice over the feedback to 销号."""

    __tablename__ = "rectification"
    __table_args__ = (Index("ix_rectification_project", "project_id"),)

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    instance_id: Mapped[int] = mapped_column(Key, unique=True)
    """The process that it is; it outlives that process's rows, which are archived."""
    alert_id: Mapped[int | None] = mapped_column(Key, ForeignKey("alert.id"))
    origin: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    problem: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text, default="")
    requirement: Mapped[str] = mapped_column(Text, default="")
    deadline: Mapped[date | None] = mapped_column(Date)
    measures: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str] = mapped_column(Text, default="")
    completed_on: Mapped[date | None] = mapped_column(Date)
    unfinished_reason: Mapped[str] = mapped_column(Text, default="")
    review: Mapped[str] = mapped_column(Text, default="")
    budget_opinion: Mapped[str] = mapped_column(Text, default="")
    issued_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
