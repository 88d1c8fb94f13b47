"""An instance under its lock: one writer at a time."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.sentences import Sentence
from engine.statements import Look, load
from engine.workflow.models import Instance, ServiceCall, Task


def lock_instance(session: Session, instance_id: int) -> Instance:
    """The instance under its lock, as it stands now: one writer at a time.

    PostgreSQL locks the row; on SQLite the writing transaction already excludes other writers.
    """
    return _found(_LOCKED.one(session, Instance, wanted=instance_id), Sentence("没有这个流程"))


def lock_instance_of(session: Session, task_id: int) -> Instance:
    """The instance of a task under its lock; `NotFound` if there is no such task."""
    return _found(_LOCKED_OF.one(session, Instance, task=task_id), Sentence("没有这个事项"))


def lock_call(session: Session, call_id: int) -> tuple[Instance, ServiceCall]:
    """A service call and its instance under their locks; `NotFound` if there is no such call."""
    rows = _LOCKED_CALL.rows(session, call=call_id)
    if not rows:
        raise NotFound("没有这个自动步骤")
    row, width = rows[0], len(Instance.__table__.columns)
    return load(session, Instance, row[:width]), load(session, ServiceCall, row[width:])


def _found(instance: Instance | None, absent: str) -> Instance:
    if instance is None:
        raise NotFound(absent)
    return instance


_ROW = select(*Instance.__table__.columns).with_for_update()
_LOCKED = Look(_ROW.where(Instance.id == bindparam("wanted")))
_OF = select(Task.instance_id).where(Task.id == bindparam("task")).scalar_subquery()
_LOCKED_OF = Look(_ROW.where(Instance.id == _OF))
_LOCKED_CALL = Look(
    select(*Instance.__table__.columns, *ServiceCall.__table__.columns)
    .join(Instance.__table__, Instance.id == ServiceCall.instance_id)
    .where(ServiceCall.id == bindparam("call"))
    .with_for_update(key_share=True, of=[Instance.__table__, ServiceCall.__table__])
)
