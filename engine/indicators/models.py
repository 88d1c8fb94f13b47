"""Tables of the indicators: what a project promised for a year, what was seen, what it is worth."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Figure, Id, Json, Key, Moment


class YearPlan(Base):
    """A project's fiscal year: its goal, the weight of execution, whether targets are approved."""

    __tablename__ = "year_plan"
    __table_args__ = (UniqueConstraint("project_id", "year"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    goal: Mapped[str] = mapped_column(Text, default="")
    execution_weight: Mapped[Decimal] = mapped_column(Figure)
    scheme: Mapped[str] = mapped_column(String(40))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)


class Target(Base):
    """An indicator of a year with its target as agreed; both taxonomies tag it.

    `dimension` is the mission's 投入, 过程, 产出 or 结果; `level1` and `level2` are the ministry's.
    `initial` is the declared target, `adjusted` the one after 目标调整.
    """

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("project_id", "year", "position"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40), default="")
    dimension: Mapped[str] = mapped_column(String(10))
    level1: Mapped[str] = mapped_column(String(40))
    level2: Mapped[str] = mapped_column(String(40))
    level3: Mapped[str] = mapped_column(String(200))
    initial: Mapped[str] = mapped_column(String(500))
    adjusted: Mapped[str | None] = mapped_column(String(500))
    weight: Mapped[Decimal | None] = mapped_column(Figure)


class Observation(Base):
    """What was seen of a target at a moment, as typed or fed, with its source."""

    __tablename__ = "observation"
    __table_args__ = (Index("ix_observation_target", "target_id", "id"),)

    id: Mapped[Id]
    target_id: Mapped[int] = mapped_column(Key, ForeignKey("target.id"))
    value: Mapped[str] = mapped_column(String(500))
    likelihood: Mapped[str] = mapped_column(String(20), default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)


class Evaluation(Base):
    """The self-evaluation of a year: the texts, the execution score, and the total that stands."""

    __tablename__ = "evaluation"
    __table_args__ = (UniqueConstraint("project_id", "year"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(Key, ForeignKey("project.id"))
    year: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    goal_actual: Mapped[str] = mapped_column(Text, default="")
    texts: Mapped[dict[str, Any]] = mapped_column(Json)
    execution_proposed: Mapped[Decimal | None] = mapped_column(Figure)
    execution_accepted: Mapped[Decimal | None] = mapped_column(Figure)
    execution_reason: Mapped[str] = mapped_column(Text, default="")
    execution_flags: Mapped[list[str]] = mapped_column(Json)
    total: Mapped[Decimal | None] = mapped_column(Figure)
    grade: Mapped[str | None] = mapped_column(String(4))
    filled_by: Mapped[str] = mapped_column(String(80))
    checked_by: Mapped[str | None] = mapped_column(String(80))
    final_by: Mapped[str | None] = mapped_column(String(80))
    final_at: Mapped[datetime | None] = mapped_column(Moment)


class EvaluationRow(Base):
    """One indicator's part: the score the rule proposes and the one that was accepted, with why."""

    __tablename__ = "evaluation_row"
    __table_args__ = (UniqueConstraint("evaluation_id", "target_id"),)

    id: Mapped[Id]
    evaluation_id: Mapped[int] = mapped_column(Key, ForeignKey("evaluation.id"))
    target_id: Mapped[int] = mapped_column(Key, ForeignKey("target.id"))
    actual: Mapped[str] = mapped_column(String(500), default="")
    deviation_reason: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    proposed: Mapped[Decimal | None] = mapped_column(Figure)
    accepted: Mapped[Decimal | None] = mapped_column(Figure)
    reason: Mapped[str] = mapped_column(Text, default="")
    flags: Mapped[list[str]] = mapped_column(Json)
    explanation: Mapped[str] = mapped_column(Text, default="")
