"""All that is decided about a task before its row is written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.people import queries as people
from engine.people.models import Person
from engine.work import Work
from engine.workflow.deadlines.keeping import set_deadline
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.memory import Memory
from engine.workflow.models import Instance, Task
from engine.workflow.opening.asking import asked, named, shown, still_holding, who_disagreed
from engine.workflow.opening.skipping import Question, Skip
from engine.workflow.properties import NodeFacts, node_facts
from engine.workflow.rounds import Approval
from engine.workflow.runtime import Definition, OpenTask


@dataclass(frozen=True)
class Opening:
    """A task that is about to open: what the diagram says of it and who was found for it."""

    facts: NodeFacts
    node: str
    task: Task
    persons: tuple[int, ...]
    approval: Approval | None
    skip: Skip | None
    copies: tuple[int, ...] = ()


def prepare(
    work: Work,
    instance: Instance,
    definition: Definition,
    memory: Memory,
    opened: OpenTask,
    stamp: str | None = None,
) -> Opening:
    """Decide all that is to be known about a task before its row is written.

    `stamp` is the calendar's, if the caller has read it.
    """
    facts = node_facts(definition, opened)
    session, node = work.session, f"{opened.node.process}/{opened.node.id}"
    step = (facts.matter, node, facts.title, facts.role)
    last = still_holding(session, memory.last(step), facts, instance.unit_path)
    _check_assignee(session, facts, node)
    found = named(session, instance, facts, opened, step)
    persons, approval = asked(instance, memory, facts, node, found)
    if approval is not None and facts.again == "disagreed" and last is not None:
        persons = who_disagreed(session, instance.id, step, persons)
    # Whoever handled it before handles it again: a return goes to the actual person.
    assignee = None if approval else (last or facts.assignee or next(iter(persons), None))
    task = _task(work, instance, opened, facts, memory.entered(step), assignee, approval)
    calendar = people.calendar(session, instance.unit_path, stamp=stamp)
    set_deadline(task, facts.due, plan_of(facts), calendar, work.now)
    only = found[0] if len(found) == 1 else None
    nobody = bool(facts.approvers) and not persons and assignee is None
    question = Question(session, instance, memory, facts, task, only, nobody)
    copies = shown(session, instance, facts, opened)
    return Opening(facts, node, task, persons, approval, question.skip(), copies)


def _check_assignee(session: Session, facts: NodeFacts, node: str) -> None:
    if facts.assignee is not None and session.get(Person, facts.assignee) is None:
        raise Invalid(
            "流程图指定的办理人（编号 {number}）不存在", number=facts.assignee, element=node
        )


def _task(
    work: Work,
    instance: Instance,
    opened: OpenTask,
    facts: NodeFacts,
    times: int,
    assignee: int | None,
    approval: Approval | None,
) -> Task:
    return Task(
        instance_id=instance.id,
        token=opened.id,
        node=f"{opened.node.process}/{opened.node.id}",
        path=list(opened.path),
        title=facts.title,
        role=facts.role,
        unit_path=instance.unit_path,
        party_id=instance.party_id,
        assignee_id=assignee,
        form=facts.form,
        matter=facts.matter,
        duty=facts.duty,
        round=times,
        opened_at=work.now,
        approval=approval.stored() if approval else None,
        signed=approval is not None,
    )
