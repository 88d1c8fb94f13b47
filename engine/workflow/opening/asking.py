"""Who is asked at a step that opens, and whom it is shown to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.people import queries as people
from engine.people.models import Person
from engine.people.policy import segregation
from engine.workflow import approvers
from engine.workflow.memory import Memory, Step
from engine.workflow.models import Instance, Signer, Task
from engine.workflow.properties import NodeFacts
from engine.workflow.rounds import ADDED, ADVISORY, Approval
from engine.workflow.runtime import OpenTask
from engine.workflow.verbs import FORWARD


def still_holding(
    session: Session, last: int | None, facts: NodeFacts, unit_path: str
) -> int | None:
    """Who answered the last time, unless they have left or do not hold the role any more."""
    if last is None or not people.holds_role(session, last, facts.role, unit_path):
        return None
    return last


def named(
    session: Session, instance: Instance, facts: NodeFacts, opened: OpenTask, step: Step
) -> list[int]:
    """The persons whom the diagram names for the step; who was drawn once is asked again."""
    source = facts.approvers or (f"role:{facts.role}" if facts.approval else "")
    if not source:
        return []
    if approvers.is_draw(source) and (before := _signed(session, instance.id, step)):
        return before
    return approvers.resolve(
        session, source, opened.data, unit_path=instance.unit_path, party_id=instance.party_id
    )


def shown(
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


def asked(
    instance: Instance, memory: Memory, facts: NodeFacts, node: str, found: Sequence[int]
) -> tuple[tuple[int, ...], Approval | None]:
    """The persons to be asked, without those whom the segregation of duties keeps out."""
    if not facts.approvers and not facts.approval:
        return (), None
    own = instance.party_id if facts.duty != "handle" else None
    acts = list(memory.acts_in(facts.matter))
    fit = tuple(one for one in found if one != own and not segregation(one, facts.duty, node, acts))
    if not fit and facts.empty == "block":
        raise Invalid(
            "下一步“{title}”没有可以办理的人员，请先设置办理人", title=facts.title, element=node
        )
    approval = facts.approval or (Approval("any") if len(fit) > 1 else None)
    return fit, approval if fit else None


def who_disagreed(
    session: Session, instance_id: int, step: Step, persons: tuple[int, ...]
) -> tuple[int, ...]:
    """Of the persons to be asked again, those who did not agree the last time; if none, all."""
    agreed = set(_signed(session, instance_id, step, "approve"))
    return tuple(one for one in persons if one not in agreed) or persons


def _signed(session: Session, instance_id: int, step: Step, *verbs: str) -> list[int]:
    """Who answered the step the last time (by one of the verbs); nobody asked in beside them."""
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
    wanted = Signer.verb.in_(verbs or FORWARD)
    rows = session.scalars(
        select(Signer.person_id)
        .join(Person, Person.id == Signer.person_id)
        .where(Signer.task_id == latest, Signer.state == "done", wanted, Person.active)
        .where(Signer.source.not_in(ADVISORY | ADDED))
        .order_by(Signer.id)
    )
    return [one for one in rows if one is not None]
