"""Whether the rows that timelines and papers are made of say what the ledger says.

The ledger proves its own entries. Who can write to the database can rewrite a signature's row
beside it, which pages and reports read: it is held against its entry here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import String, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from engine.ledger.models import Entry
from engine.ledger.verify import LedgerVerdict
from engine.plain import canonical
from engine.sentences import Sentence
from engine.workflow.archive import reading as archive
from engine.workflow.archive.packing import digest
from engine.workflow.models import Signer, Task
from engine.workflow.signature import KINDS, TRANSFERRED, transferred
from engine.workflow.verbs import DECISIONS

PAGE = 500
TOLD = ("done", "passed")
"""States of the parts that have an entry: signed, or given away by their holder."""


def with_rows(session: Session, verdict: LedgerVerdict) -> LedgerVerdict:
    """The ledger's verdict, and if that is good also the rows': the first that contradicts it."""
    problem = next(contradictions(session), None) if verdict.ok else None
    return verdict if problem is None else replace(verdict, ok=False, problem=problem)


def contradictions(session: Session) -> Iterator[str]:
    """A sentence for each signature whose row and entry differ, or of which one is missing."""
    kinds = (*KINDS, TRANSFERRED)
    told = select(Entry.subject, Entry.payload).where(Entry.kind.in_(kinds)).order_by(Entry.id)
    rows = session.execute(told.execution_options(yield_per=PAGE))
    for page in rows.partitions(PAGE):
        yield from _in_page(session, [(subject, payload) for subject, payload in page])
    yield from _archived(session)
    yield from _uneven(session)


def _uneven(session: Session) -> Iterator[str]:
    """Tasks in which more, or fewer, signatures stand than the ledger was told of."""
    entries = (
        select(Entry.subject, func.count().label("number"))
        .where(Entry.kind.in_(KINDS))
        .group_by(Entry.subject)
        .subquery()
    )
    signed = (
        select(Signer.task_id, func.count().label("number"))
        .where(or_(Signer.state == "done", Signer.verb.in_(DECISIONS)))
        .group_by(Signer.task_id)
        .subquery()
    )
    names = literal("task:") + cast(signed.c.task_id, String)
    uneven = (
        select(Task.id, Task.title)
        .join(signed, signed.c.task_id == Task.id)
        .outerjoin(entries, entries.c.subject == names)
        .where(func.coalesce(entries.c.number, 0) != signed.c.number)
        .order_by(Task.id)
    )
    for number, title in session.execute(uneven):
        yield Sentence(
            "{subject}“{title}”的办理记录没有存证，或与存证的份数不符",
            subject=f"task:{number}",
            title=title,
        )


def _in_page(session: Session, page: list[tuple[str, str]]) -> Iterator[str]:
    numbers = {int(subject.partition(":")[2]) for subject, _ in page}
    tasks, signed = _rows(session, numbers)
    for subject, payload in page:
        task = tasks.get(int(subject.partition(":")[2]))
        kept_rows = signed.get(task.id, []) if task else []
        if task is None or not kept_rows:
            yield Sentence("{subject} 的办理记录不见了，存证中有", subject=subject)
        elif _of_entry(json.loads(payload)) not in kept_rows:
            yield Sentence(
                "{subject}“{title}”的办理记录与存证不符", subject=subject, title=task.title
            )


def _rows(
    session: Session, numbers: Collection[int]
) -> tuple[dict[int, Task], dict[int, list[tuple[Any, ...]]]]:
    """The tasks of these numbers and what was signed in them, archived or not."""
    tasks = {one.id: one for one in session.scalars(select(Task).where(Task.id.in_(numbers)))}
    wanted = select(Signer).where(Signer.task_id.in_(numbers), Signer.state.in_(TOLD))
    signers = list(session.scalars(wanted))
    for record in archive.of_tasks(session, [one for one in numbers if one not in tasks]):
        tasks |= {one.id: one for one in record.of(Task)}
        signers += [one for one in record.of(Signer) if one.state in TOLD]
    signed: dict[int, list[tuple[Any, ...]]] = {}
    for signer in signers:
        signed.setdefault(signer.task_id, []).append(_of_rows(signer, tasks[signer.task_id]))
    return tasks, signed


def _archived(session: Session) -> Iterator[str]:
    """Archives that are not those of which the ledger keeps the fingerprint."""
    for one in archive.everything(session):
        told = session.scalars(
            select(Entry.payload)
            .where(Entry.kind == "process.archived", Entry.subject == f"instance:{one.instance_id}")
            .order_by(Entry.id.desc())
            .limit(1)
        ).first()
        known = json.loads(told)["facts"]["sha256"] if told else ""
        if not known == one.sha256 == digest(one.content):
            yield Sentence("{subject} 的归档内容与存证不符", subject=f"instance:{one.instance_id}")


def _of_entry(told: dict[str, Any]) -> tuple[Any, ...]:
    facts, actor = told["facts"], told["actor"]
    if told["kind"] == TRANSFERRED:
        return (facts["before"], transferred(facts["person"], facts["reason"]), told["at"])
    whose = facts.get("for", actor)
    names = ("verb", "opinion", "role", "node", "title", "round")
    acted = facts.get("by", actor["name"]) if "for" in facts else None
    how = (acted, facts.get("source", "defined"), told["at"], facts["answers"])
    return (whose["id"], whose["name"], *(facts[name] for name in names), *how)


def _of_rows(signer: Signer, task: Task) -> tuple[Any, ...]:
    at = json.loads(canonical(signer.at))
    if signer.state == "passed":
        return (signer.person_id, signer.opinion, at)
    done = (signer.verb, signer.opinion, signer.role, task.node, task.title, task.round)
    answers = signer.answers if task.signed else task.answers
    kept = json.loads(canonical(answers or {}))
    return (signer.person_id, signer.person, *done, signer.acted_by, signer.source, at, kept)
