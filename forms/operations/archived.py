"""An archived process as those see it who keep the system running; it may be brought back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.people.sessions import SignedIn
from engine.workflow import queries as workflow
from engine.workflow.archive import reading as archive
from engine.workflow.archive.commands import may_restore
from engine.workflow.archive.models import Archive
from engine.workflow.archive.packing import Record, unpack
from engine.workflow.models import Deployment, Instance, ServiceCall, Signer, Task
from engine.workflow.queries import Call
from forms.inbox.page import opens_project
from forms.operations.incidents import project_number
from forms.operations.instances import InstancePage, TaskLine, call_line, code_of, mask_for


def instance_of(session: Session, instance_id: int) -> Instance | None:
    """A process by its number, archived or not."""
    found = session.get(Instance, instance_id)
    if found is not None:
        return found
    record = archive.record(session, instance_id)
    return record.instance if record else None


def open_archived(session: Session, instance_id: int, person: SignedIn) -> InstancePage | None:
    """All that an archived process did, with nothing to do but to bring it back; None if it is
    not archived.
    """
    kept = session.get(Archive, instance_id)
    if kept is None:
        return None
    record, mask = unpack(kept.content), mask_for(session, person)
    instance, acts = record.instance, _acts(record)
    return InstancePage(
        instance=instance,
        deployment=session.get_one(Deployment, instance.deployment_id),
        newer=[],
        title=mask.of_matter(instance.title, instance.subject),
        project=project_number(instance.subject),
        code=code_of(session, instance),
        way=workflow.path(session, instance),
        tasks=[
            TaskLine(one, mask(one.title), acts.get(one.id, []), (), [])
            for one in reversed(record.of(Task))
        ],
        calls=[call_line(mask, Call(one, None)) for one in reversed(record.of(ServiceCall))],
        holds=False,
        intervenes=False,
        opens=opens_project(session, instance.subject, person),
        archived_at=kept.archived_at,
        restores=may_restore(session, person.id, kept),
    )


def _acts(record: Record) -> dict[int, list[tuple[str, str]]]:
    """Who did what, by task."""
    acts: dict[int, list[tuple[str, str]]] = {}
    for one in record.of(Signer):
        if one.verb:
            acts.setdefault(one.task_id, []).append((one.person, one.verb))
    return acts
