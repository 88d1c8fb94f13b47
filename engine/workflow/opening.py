"""Opening a task: whose it is, who signs, when it is due, and whether the machine passes it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.people import queries as people
from engine.people.models import Person
from engine.people.notices import notify
from engine.people.policy import segregation
from engine.work import Work
from engine.workflow import approvers
from engine.workflow.deadlines.keeping import set_deadline
from engine.workflow.deadlines.plan import plan_of
from engine.workflow.memory import Memory, Step
from engine.workflow.models import Copy, Instance, Signer, Task
from engine.workflow.properties import NodeFacts, node_facts
from engine.workflow.rounds import Approval, Part, to_activate
from engine.workflow.runtime import Definition, OpenTask

OFFICERS = ("performance_officer", "performance_office")
"""They may give a task to somebody, and are told when nobody is found for it."""


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


@dataclass(frozen=True)
class Skip:
    """The machine answers for a person, and why (rules.md F.15)."""

    person_id: int | None
    reason: str


def step_of(task: Task) -> Step:
    """How the memory knows a task's step."""
    return task.matter, task.node, task.title, task.role


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
    node = f"{opened.node.process}/{opened.node.id}"
    step = (facts.matter, node, facts.title, facts.role)
    last = _still_holding(work.session, memory.last(step), facts, instance.unit_path)
    if facts.assignee is not None and work.session.get(Person, facts.assignee) is None:
        raise Invalid(f"流程图指定的办理人（编号 {facts.assignee}）不存在", element=node)
    found = _named(work.session, instance, facts, opened)
    persons, approval = _asked(instance, memory, facts, node, found)
    if approval is not None and facts.again == "disagreed" and last is not None:
        persons = _who_disagreed(work.session, instance.id, step, persons)
    assignee = None if approval else (last or facts.assignee or next(iter(persons), None))
    task = Task(
        instance_id=instance.id,
        token=opened.id,
        node=node,
        path=list(opened.path),
        title=facts.title,
        role=facts.role,
        unit_path=instance.unit_path,
        party_id=instance.party_id,
        # Whoever handled it before handles it again: a return goes to the actual person.
        assignee_id=assignee,
        form=facts.form,
        matter=facts.matter,
        duty=facts.duty,
        round=memory.entered(step),
        opened_at=work.now,
        approval=approval.stored() if approval else None,
        signed=approval is not None,
    )
    calendar = people.calendar(work.session, instance.unit_path, stamp=stamp)
    set_deadline(task, facts.due, plan_of(facts), calendar, work.now)
    nobody = bool(facts.approvers) and not persons and assignee is None
    only = found[0] if len(found) == 1 else None
    skip = _skip(work.session, instance, memory, facts, task, only, nobody=nobody)
    copies = _shown(work.session, instance, facts, opened)
    return Opening(facts, node, task, persons, approval, skip, copies)


def _still_holding(
    session: Session, last: int | None, facts: NodeFacts, unit_path: str
) -> int | None:
    """Who answered the last time, unless they have left or do not hold the role any more."""
    if last is None or not people.holds_role(session, last, facts.role, unit_path):
        return None
    return last


def _named(session: Session, instance: Instance, facts: NodeFacts, opened: OpenTask) -> list[int]:
    """The persons whom the diagram names for the step."""
    source = facts.approvers or (f"role:{facts.role}" if facts.approval else "")
    if not source:
        return []
    return approvers.resolve(
        session, source, opened.data, unit_path=instance.unit_path, party_id=instance.party_id
    )


def _shown(
    session: Session, instance: Instance, facts: NodeFacts, opened: OpenTask
) -> tuple[int, ...]:
    """Whom the diagram shows the step to: the first of too many, for copies block nothing."""
    if not facts.copies:
        return ()
    found = approvers.resolve(
        *(session, facts.copies, opened.data),
        unit_path=instance.unit_path,
        party_id=instance.party_id,
        cut=True,
    )
    return tuple(found)


def _asked(
    instance: Instance, memory: Memory, facts: NodeFacts, node: str, found: Sequence[int]
) -> tuple[tuple[int, ...], Approval | None]:
    """The persons to be asked, without those whom the segregation of duties keeps out."""
    if not facts.approvers and not facts.approval:
        return (), None
    own = instance.party_id if facts.duty != "handle" else None
    acts = list(memory.acts_in(facts.matter))
    fit = tuple(one for one in found if one != own and not segregation(one, facts.duty, node, acts))
    if not fit and facts.empty == "block":
        raise Invalid(f"下一步“{facts.title}”没有可以办理的人员，请先设置办理人", element=node)
    approval = facts.approval or (Approval("any") if len(fit) > 1 else None)
    return fit, approval if fit else None


def _who_disagreed(
    session: Session, instance_id: int, step: Step, persons: tuple[int, ...]
) -> tuple[int, ...]:
    matter, node, title, _role = step
    latest = (
        select(Task.id)
        .where(
            Task.instance_id == instance_id,
            Task.matter == matter,
            Task.node == node,
            Task.title == title,
        )
        .order_by(Task.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    agreed = set(
        session.scalars(
            select(Signer.person_id).where(Signer.task_id == latest, Signer.verb == "approve")
        )
    )
    return tuple(one for one in persons if one not in agreed) or persons


def _skip(
    session: Session,
    instance: Instance,
    memory: Memory,
    facts: NodeFacts,
    task: Task,
    only: int | None,
    *,
    nobody: bool,
) -> Skip | None:
    """Whether the machine answers, and for whom: a direct return, nobody there, or a duplicate."""
    direct = (
        instance.direct if instance.direct and instance.direct["matter"] == task.matter else None
    )
    if direct and task.node == direct["to"]:
        instance.direct = direct = None
    if "approve" not in facts.verbs:
        return None
    meaningless = not (facts.requires or facts.effects or facts.outputs)
    if facts.duplicate != "none" and meaningless and not task.signed and facts.automatic:
        duplicate = _duplicate(session, instance, memory, facts, task, only)
        if duplicate is not None:
            return duplicate
    last = memory.last(step_of(task))
    if direct and task.duty != "handle" and last is not None and meaningless:
        # What several came to is nobody's own word: the last to speak may have been against it.
        return Skip(None if task.signed else last, "直达退回人，沿用上次意见")
    if nobody and facts.empty == "skip" and facts.automatic:
        return Skip(None, "没有可以办理的人员，按流程设置跳过")
    return None


def _duplicate(
    session: Session,
    instance: Instance,
    memory: Memory,
    facts: NodeFacts,
    task: Task,
    only: int | None,
) -> Skip | None:
    only = only or task.assignee_id or _only_holder(session, facts.role, task.unit_path)
    if only is None:
        return None
    if facts.duplicate in ("starter", "any") and only == instance.party_id:
        return Skip(only, "与发起人相同，自动跳过")
    acts = [act for act in memory.acts_in(task.matter) if act.node != task.node]
    if facts.duplicate == "previous" and acts and acts[-1].person_id == only:
        return Skip(only, "与上一步办理人相同，自动跳过")
    if facts.duplicate == "any" and any(act.person_id == only for act in acts):
        return Skip(only, "已在本事项中审批过，自动跳过")
    return None


def _only_holder(session: Session, role: str, unit_path: str) -> int | None:
    found = {one.id for one in people.holders(session, role, unit_path)}
    return found.pop() if len(found) == 1 else None


def write(work: Work, instance: Instance, one: Opening) -> None:
    """The rows of an opened task: itself, its signers, the copies; who must know is told."""
    work.session.add(one.task)
    if one.approval is not None and one.skip is None:
        _write_signers(work, instance, one)
    if one.copies:
        _write_copies(work, instance, one)
    if (one.facts.approvers or one.facts.approval) and not one.persons and one.skip is None:
        _tell_officers(work, instance, one.task)


def _write_signers(work: Work, instance: Instance, one: Opening) -> None:
    work.session.flush()
    in_turn = one.approval is not None and one.approval.mode == "sequence"
    names = names_of(work.session, one.persons)
    rows = [
        Signer(
            task_id=one.task.id,
            instance_id=instance.id,
            person_id=person,
            person=names[person],
            role=one.task.role,
            seq=number if in_turn else 0,
            source="defined",
            state="waiting",
            asked_at=work.now,
            at=work.now,
        )
        for number, person in enumerate(one.persons)
    ]
    work.session.add_all(rows)
    work.session.flush()
    activate(one.approval, rows)


def activate(approval: Approval | None, rows: Sequence[Signer]) -> list[Signer]:
    """Let those whose turn it is begin; who they are."""
    turn = set(to_activate(approval, [part_of(row) for row in rows]))
    begun = [row for row in rows if row.id in turn]
    for row in begun:
        row.state = "active"
    return begun


def part_of(row: Signer) -> Part:
    """A signer's row as deciding sees it."""
    return Part(row.id, row.person_id, row.seq, row.source, row.parent_id, row.state, row.verb)


def names_of(session: Session, persons: Sequence[int]) -> dict[int, str]:
    """The names of persons by id."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(persons)))
    return {id_: name for id_, name in rows}  # noqa: C416 - rows are no plain pairs


def _write_copies(work: Work, instance: Instance, one: Opening) -> None:
    work.session.flush()
    for person in one.copies:
        send_copy(work, instance, one.task, person, "copy")


def send_copy(
    work: Work,
    instance: Instance,
    task: Task | None,
    person_id: int,
    kind: str,
    note: str = "",
    *,
    must_reply: bool = False,
) -> Copy:
    """Show the matter to a person who does not decide it, and tell them."""
    copy = Copy(
        instance_id=instance.id,
        task_id=task.id if task else None,
        person_id=person_id,
        kind=kind,
        sender_id=work.actor.id,
        sender=work.actor.name,
        note=note,
        must_reply=must_reply,
        at=work.now,
    )
    work.session.add(copy)
    work.session.flush()
    what = "抄送" if kind == "copy" else "传阅"
    about = f"“{instance.title}”的“{task.title}”" if task else f"“{instance.title}”"
    notify(
        work, person_id, f"copy:{copy.id}", f"{work.actor.name}{what}您{about}", instance.subject
    )
    return copy


def _tell_officers(work: Work, instance: Instance, task: Task) -> None:
    work.session.flush()
    told = {
        one.id
        for role in OFFICERS
        for one in people.holders(work.session, role, instance.unit_path)
    }
    text = f"“{instance.title}”的“{task.title}”没有找到办理人，请改派"
    for person in sorted(told):
        notify(work, person, f"nobody:{task.id}", text, instance.subject)
