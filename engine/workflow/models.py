"""Tables of the workflow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Json, Key, Moment


class Deployment(Base):
    """One immutable version of a process: its diagram, what it calls, its decisions and forms."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("process", "version"),)

    id: Mapped[Id]
    process: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    messages: Mapped[list[str]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(80))


class DeploymentFile(Base):
    """A file of a deployment, by its name (`approval.bpmn`, `forms/opinion.json`)."""

    __tablename__ = "deployment_file"
    __table_args__ = (UniqueConstraint("deployment_id", "name"),)

    id: Mapped[Id]
    deployment_id: Mapped[int] = mapped_column(Key, ForeignKey("deployment.id"))
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Instance(Base):
    """One running process, pinned to a deployment.

    `subject` is what it is about (`project:12`); `unit_path` scopes who may see and act;
    `party_id` is whose matter it is, who may handle but never review it;
    `state` is the runtime's folded blob, written only together with a grown `version`.
    """

    __tablename__ = "instance"
    __table_args__ = (Index("ix_instance_subject", "subject"),)

    id: Mapped[Id]
    version: Mapped[int] = mapped_column()
    deployment_id: Mapped[int] = mapped_column(Key, ForeignKey("deployment.id"))
    process: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    unit_path: Mapped[str] = mapped_column(String(200))
    state: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), default="active", index=True)
    next_due: Mapped[datetime | None] = mapped_column(Moment)
    party_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    started_by: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    # Every UPDATE is guarded by the version read; a lost race raises StaleDataError.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own idiom


class Task(Base):
    """A human work item: one entry of a token into a user task, the `round`-th of its kind.

    It is open until someone answers (`done`) or the process withdraws it (`withdrawn`). `matter`
    is what the segregation of duties is about.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("instance_id", "token"),
        Index("ix_task_inbox", "state", "role"),
        Index("ix_task_assignee", "assignee_id", "state"),
        Index("ix_task_matter", "instance_id", "matter"),
    )

    id: Mapped[Id]
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"))
    token: Mapped[str] = mapped_column(String(80))
    node: Mapped[str] = mapped_column(String(160))
    path: Mapped[list[str]] = mapped_column(Json)
    title: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    unit_path: Mapped[str] = mapped_column(String(200))
    assignee_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    party_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    form: Mapped[str] = mapped_column(String(80))
    matter: Mapped[str] = mapped_column(String(120))
    duty: Mapped[str] = mapped_column(String(10))
    round: Mapped[int]
    why: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    opened_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    verb: Mapped[str | None] = mapped_column(String(10))
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Signer(Base):
    """One person's part in a task: the verb, the opinion, when, and for whom."""

    __tablename__ = "signer"

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(Key, ForeignKey("task.id"), index=True)
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"), index=True)
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"), index=True)
    person: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    verb: Mapped[str] = mapped_column(String(10))
    opinion: Mapped[str] = mapped_column(Text, default="")
    return_to: Mapped[str | None] = mapped_column(String(160))
    at: Mapped[datetime] = mapped_column(Moment)


class Draft(Base):
    """What a person has typed into a task's form and not yet sent; no validation."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("task_id", "person_id"),)

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(Key, ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    opinion: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime] = mapped_column(Moment)


class ServiceCall(Base):
    """A service task that was reached: waiting, then answered, refused or withdrawn."""

    __tablename__ = "service_call"
    __table_args__ = (UniqueConstraint("instance_id", "token"),)

    id: Mapped[Id]
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"))
    token: Mapped[str] = mapped_column(String(80))
    node: Mapped[str] = mapped_column(String(160))
    title: Mapped[str] = mapped_column(String(200))
    operation: Mapped[str] = mapped_column(String(80))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class Passage(Base):
    """History of one run: the nodes that were passed and the sequence flows taken."""

    __tablename__ = "passage"

    id: Mapped[Id]
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    nodes: Mapped[list[list[Any]]] = mapped_column(Json)
    """One [node, [flow, …], call path] for each passed node, in order."""
