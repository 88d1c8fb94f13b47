"""Whether the rows that timelines and papers are made of say what the ledger says.

The ledger proves its own entries. Who can write to the database can rewrite a signature's row
beside it, which pages and reports read: it is held against its entry here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import String, and_, cast, exists, literal, select
from sqlalchemy.orm import Session

from engine.db import canonical
from engine.ledger.models import Entry
from engine.ledger.verify import LedgerVerdict
from engine.workflow.models import Signer, Task

KIND = "task.completed"
PAGE = 500


def with_rows(session: Session, verdict: LedgerVerdict) -> LedgerVerdict:
    """The ledger's verdict, and if that is good also the rows': the first that contradicts it."""
    problem = next(contradictions(session), None) if verdict.ok else None
    return verdict if problem is None else replace(verdict, ok=False, problem=problem)


def contradictions(session: Session) -> Iterator[str]:
    """A sentence for each answered task whose row and entry differ, or of which one is missing."""
    names = literal("task:") + cast(Task.id, String)
    told = (
        select(Entry.subject, Entry.payload, Signer, Task)
        .outerjoin(Task, Entry.subject == names)
        .outerjoin(Signer, Signer.task_id == Task.id)
        .where(Entry.kind == KIND)
        .order_by(Entry.id)
    )
    for subject, payload, signer, task in session.execute(told.execution_options(yield_per=PAGE)):
        if signer is None or task is None:
            yield f"{subject} 的办理记录不见了，存证中有"
        elif _of_entry(json.loads(payload)) != _of_rows(signer, task):
            yield f"{subject}“{task.title}”的办理记录与存证不符"
    entered = exists().where(and_(Entry.kind == KIND, Entry.subject == names))
    unknown = select(Task.id, Task.title).join(Signer, Signer.task_id == Task.id).where(~entered)
    for number, title in session.execute(unknown):
        yield f"task:{number}“{title}”的办理记录没有存证"


def _of_entry(told: dict[str, Any]) -> tuple[Any, ...]:
    facts, actor = told["facts"], told["actor"]
    names = ("verb", "opinion", "role", "node", "title", "round")
    return (actor["id"], actor["name"], *(facts[name] for name in names), facts["answers"])


def _of_rows(signer: Signer, task: Task) -> tuple[Any, ...]:
    done = (signer.verb, signer.opinion, signer.role, task.node, task.title, task.round)
    return (signer.person_id, signer.person, *done, json.loads(canonical(task.answers)))
