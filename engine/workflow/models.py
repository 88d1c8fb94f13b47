"""Tables of the workflow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Id, Json, Key, Moment
from engine.workflow.verbs import ACTED

Path = String(200).with_variant(String(200, collation="C"), "postgresql")
"""A unit's path, ordered by its bytes on both databases, so that a subtree is a range."""
POOL = "state = 'open' AND signed = false AND assignee_id IS NULL"
"""Tasks that whoever holds the role may take."""
POOL_COLUMNS = ("role", "unit_path", "due_at", "id", "instance_id", "party_id", "duty", "why")
ANSWERED = f"verb IN ({', '.join(repr(verb) for verb in sorted(ACTED))})"
"""Acts of people, as the lists of what they have dealt with ask for them."""


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index over some rows only; a query finds it by saying the same words."""
    sqlite = text(where.replace("false", "0"))
    return Index(name, *columns, sqlite_where=sqlite, postgresql_where=text(where))


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
    `state` is the runtime's folded blob, written only together with a grown `version`. `status` is
    active, suspended, ended or void. `memory` is what policy asks of earlier acts, kept beside the
    state so that a long history costs an approval nothing (None: to be made from the rows);
    `direct` says to which step a correction goes straight back (直达); `waits` names the messages
    and signals that are waited for, each between bars.
    """

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_subject", "subject"),
        Index("ix_instance_due", "status", "next_due"),
        Index("ix_instance_status", "status", "id"),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column()
    deployment_id: Mapped[int] = mapped_column(Key, ForeignKey("deployment.id"))
    process: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    unit_path: Mapped[str] = mapped_column(String(200))
    state: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), default="active")
    next_due: Mapped[datetime | None] = mapped_column(Moment)
    party_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    memory: Mapped[dict[str, Any] | None] = mapped_column(Json)
    direct: Mapped[dict[str, Any] | None] = mapped_column(Json)
    waits: Mapped[str] = mapped_column(Text, default="", server_default="")
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    started_by: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    # Every UPDATE is guarded by the version read; a lost race is a Conflict.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own idiom


class Task(Base):
    """A human work item: one entry of a token into a user task, the `round`-th of its kind.

    It is open until someone answers (`done`) or the process withdraws it (`withdrawn`); while its
    instance is suspended it is `suspended`. `matter` is what the segregation of duties is about.
    `approval` says how several signers decide (None: one person of the role); `signed` that its
    signers' rows say for whom it waits. `alarm_at` is when the machine must look at it again.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("instance_id", "token"),
        # All that a list asks of a task before it is shown stands in the index itself.
        _partial("ix_task_pool", *POOL_COLUMNS, where=POOL),
        _partial("ix_task_pool_due", "role", "due_at", "id", where=POOL),
        _partial("ix_task_pool_returned", "role", "unit_path", where=f"{POOL} AND why <> ''"),
        _partial("ix_task_assignee", "assignee_id", "state", where="assignee_id IS NOT NULL"),
        _partial("ix_task_suspended", "role", "unit_path", where="state = 'suspended'"),
        _partial("ix_task_alarm", "alarm_at", where="state = 'open' AND alarm_at IS NOT NULL"),
    )

    id: Mapped[Id]
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"))
    token: Mapped[str] = mapped_column(String(80))
    node: Mapped[str] = mapped_column(String(160))
    path: Mapped[list[str]] = mapped_column(Json)
    title: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    unit_path: Mapped[str] = mapped_column(Path)
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
    due_estimated: Mapped[bool] = mapped_column(default=False, server_default=false())
    alarm_at: Mapped[datetime | None] = mapped_column(Moment)
    paused: Mapped[int] = mapped_column(default=0, server_default="0")
    """Seconds of working time for which its clock stood still (挂起)."""
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    urged: Mapped[int] = mapped_column(default=0, server_default="0")
    urged_at: Mapped[datetime | None] = mapped_column(Moment)
    approval: Mapped[dict[str, Any] | None] = mapped_column(Json)
    signed: Mapped[bool] = mapped_column(default=False, server_default=false())
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    verb: Mapped[str | None] = mapped_column(String(10))
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Signer(Base):
    """One person's part in a task: asked for (`waiting`, `active`), then `done` by a verb.

    A part that is no longer wanted is `cancelled`, one that its holder gave away is `passed` and
    points to the one that took it over. What was done about the task (加签, 委派, 催办, 挂起,
    跳转 …) is `noted`: a line of the timeline, no part.
    `source` says why the person has the part (F.0): defined, before, parallel, after (加签
    under `parent_id`), transfer, delegate, substitute, skip, timeout, admin. `person` is whose
    part it is, `acted_by` who acted for them, if it was another. No `person_id`: the machine.
    """

    __tablename__ = "signer"
    __table_args__ = (
        Index("ix_signer_instance", "instance_id", "person_id"),
        _partial("ix_signer_part", "person_id", where="state = 'active'"),
        _partial("ix_signer_acts", "person_id", "at", "task_id", "instance_id", where=ANSWERED),
        _partial("ix_signer_substitute", "acted_by_id", "at", where="acted_by_id IS NOT NULL"),
    )

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(Key, ForeignKey("task.id"), index=True)
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"))
    person_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    person: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(default=0, server_default="0")
    source: Mapped[str] = mapped_column(String(10), default="defined", server_default="defined")
    parent_id: Mapped[int | None] = mapped_column(Key, ForeignKey("signer.id"))
    state: Mapped[str] = mapped_column(String(10), default="done", server_default="done")
    verb: Mapped[str] = mapped_column(String(10), default="")
    opinion: Mapped[str] = mapped_column(Text, default="")
    return_to: Mapped[str | None] = mapped_column(String(160))
    acted_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    acted_by: Mapped[str | None] = mapped_column(String(80))
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)
    """When they acted; until then, when the part was last changed."""


class Copy(Base):
    """A matter shown to somebody who does not decide it: 抄送 (`copy`), 传阅 (`circulate`).

    It blocks nothing and outlives returns and the end (rules.md F.8).
    """

    __tablename__ = "copy"
    __table_args__ = (Index("ix_copy_person", "person_id", "read_at"),)

    id: Mapped[Id]
    instance_id: Mapped[int] = mapped_column(Key, ForeignKey("instance.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(Key, ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(10))
    sender_id: Mapped[int | None] = mapped_column(Key, ForeignKey("person.id"))
    sender: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    must_reply: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    reply: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None] = mapped_column(Moment)


class Comment(Base):
    """A remark on a thing (`task:7`, `project:12`, `indicator:3`); `mentions` are persons' ids."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_subject", "subject", "id"),)

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(80))
    matter: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"))
    person: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[int]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Moment)


class OpinionTemplate(Base):
    """An opinion that a person keeps for later."""

    __tablename__ = "opinion_template"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(Key, ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
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
    """A service task that was reached: waiting, then answered, refused, skipped or withdrawn."""

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
