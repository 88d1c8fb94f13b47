"""The task page as data: form, facts, earlier acts, the way so far, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Forbidden, NotFound
from engine.people import queries as people
from engine.people.policy import holds
from engine.people.sessions import SignedIn
from engine.projects import queries as projects
from engine.projects.queries import ProjectRow
from engine.workflow import queries as workflow
from engine.workflow.commands import Template, opinion_templates
from engine.workflow.models import Comment, Task
from engine.workflow.queries import (
    CopyRow,
    OpenRow,
    PartRow,
    Reached,
    Round,
    SignerRow,
    Suspension,
    TaskView,
)
from engine.workflow.sight import may_see
from forms.inbox.acts.menu import Entry, menu
from forms.inbox.acts.model import Scene
from forms.inbox.assigning import Assigning, open_assigning
from forms.inbox.lines import Due, due, stopped
from forms.inbox.material import Material, material
from forms.inbox.schemas import schema_of
from forms.render import FormSchema, Sheet, build
from forms.render.submission import Submitted
from forms.rights import allowed
from forms.text import _
from forms.words import done_name, moment, verb_name

EMPTY = FormSchema("", ())


@dataclass(frozen=True)
class Button:
    """One way to answer: its verb, and what pressing it does, in words."""

    verb: str
    label: str
    key: str
    kind: str


@dataclass(frozen=True)
class TaskPage:
    """All that one decision needs."""

    view: TaskView
    sheet: Sheet
    material: tuple[Material, ...]
    project: ProjectRow | None
    timeline: list[SignerRow]
    waiting: list[OpenRow]
    due: Due | None
    buttons: tuple[Button, ...]
    way: workflow.Path
    assigning: Assigning | None
    round: Round | None
    person_id: int
    absent: str
    archived: bool
    suspension: Suspension | None
    opens: bool
    """Whether the person may open the project, and with it every task about it."""
    menu: Sequence[Entry]
    opinions: Sequence[Template]
    readers: Sequence[CopyRow]
    comments: Sequence[Comment]

    @property
    def task(self) -> Task:
        """The task's row."""
        return self.view.task

    @property
    def closing(self) -> str:
        """Who answered a task and when, who stopped it and why, or that it was taken back."""
        if self.task.state == "suspended":
            return stopped(self.suspension)
        signed = [act for act in self.timeline if act.task_id == self.task.id]
        if not signed:
            return _("此事项已被流程收回，无须再办理")
        last = signed[-1]
        act, at = done_name(last.verb), moment(last.at)
        return _("已由 %(person)s 于 %(at)s %(act)s", person=last.who, at=at, act=act)

    @property
    def unseen(self) -> bool:
        """Whether this is the first time that somebody who may answer the task looks at it."""
        task = self.view.task
        return task.state == "open" and task.seen_at is None and self.view.refusal is None

    @property
    def shown(self) -> list[CopyRow]:
        """What of this matter others showed to this person."""
        return [one for one in self.readers if one.person_id == self.person_id]

    @property
    def unread(self) -> list[CopyRow]:
        """What they have not opened yet."""
        return [one for one in self.shown if one.read_at is None and not one.archived]

    @property
    def circulating(self) -> int:
        """By how many people this step is still to be read (传阅中)."""
        return sum(
            one.kind == "circulate"
            and one.task_id == self.task.id
            and one.read_at is None
            and not one.archived
            for one in self.readers
        )

    @property
    def behalf(self) -> str:
        """In whose name the person acts, if not in their own (代理)."""
        seat, part = self.view.seat, self.view.part
        if seat is None or seat.person_id == self.person_id:
            return ""
        return part.person if part else self.absent

    @property
    def writes(self) -> bool:
        """Whether there is something to write: one's turn is now, or is still to come."""
        rows = self.round.parts if self.round else ()
        return self.view.refusal is None or any(
            row.person_id == self.person_id and row.state == "waiting" for row in rows
        )

    @property
    def asked(self) -> PartRow | None:
        """The person's own part, where others asked for it (加签, 委派)."""
        part = self.view.part
        rows = self.round.parts if self.round else ()
        return next((row for row in rows if part and row.id == part.id and row.parent_id), None)


def task_schema(session: Session, view: Reached) -> FormSchema:
    """The task's form as it was when the instance's process was deployed.

    Whoever was asked in reads it and fills in nothing.
    """
    if not view.task.form or not view.fills:
        return EMPTY
    return schema_of(session, view.instance.deployment_id, view.task.form)


def open_page(
    session: Session, task_id: int, person: SignedIn, submitted: Submitted | None = None
) -> TaskPage:
    """The page of a task, with what was just submitted in its fields if anything was."""
    view = workflow.task_view(session, task_id, person.id, faculties=person.faculties)
    check_visible(session, view, person)
    drafted = view.draft.answers if view.draft else {}
    facts: Mapping[str, Any] = view.prefill
    begun = {**view.before, **facts, **drafted}
    sheet = build(task_schema(session, view), begun, submitted, facts)
    subject = view.instance.subject
    calendar = people.calendar(session)
    archived = session.get(Task, task_id) is None
    opens = opens_project(session, subject, person)
    return TaskPage(
        view=view,
        sheet=sheet,
        material=material(session, view),
        project=_project(session, subject),
        timeline=workflow.timeline(session, subject),
        waiting=workflow.open_tasks(session, subject),
        due=due(view.task.due_at, clock.now(), calendar) if view.task.state == "open" else None,
        buttons=buttons(view),
        way=workflow.path(session, view.instance, view.task.node.rpartition("/")[0]),
        assigning=open_assigning(session, view.task, person),
        round=workflow.round_of(session, view.task),
        person_id=person.id,
        menu=() if archived else menu(Scene(session, view, person, clock.now())),
        archived=archived,
        suspension=workflow.suspensions(session, [task_id]).get(task_id),
        opens=opens,
        opinions=opinion_templates(session, person.id),
        readers=workflow.readers(session, instance_id=view.instance.id),
        comments=workflow.comments(session, f"task:{task_id}"),
        absent=people.person(session, view.seat.person_id).name if view.seat else "",
    )


def reach_task(session: Session, task_id: int, person: SignedIn) -> Reached:
    """The task that this person is about to answer, before anything is taken in.

    `NotFound` for one that is not their business. Whoever holds its role may know that somebody
    else answered it; `Forbidden` says why somebody who sees the open task may not answer it.
    """
    reached = workflow.reach(session, task_id, person.id, faculties=person.faculties)
    if not holds(person.grants, reached.task.role, reached.task.unit_path):
        check_visible(session, reached, person)
    if reached.refusal is not None:
        raise Forbidden(reached.refusal)
    return reached


def check_visible(session: Session, view: Reached, person: SignedIn) -> None:
    """`NotFound` for a task out of sight.

    It shows to whoever may answer it, had a part in it, or may see its project.
    """
    if view.task.state == "open" and view.refusal is None:
        return
    if workflow.has_signed(session, view.task.id, person.id):
        return
    if may_see(session, person.id, view.instance):
        return
    if opens_project(session, view.instance.subject, person):
        return
    raise NotFound(_("没有这个事项，或者它不在您的权限范围内"))


def opens_project(session: Session, subject: str, person: SignedIn) -> bool:
    """Whether what a process is about is a project whose page the person may open."""
    kind, _colon, number = subject.partition(":")
    return (
        kind == "project"
        and allowed("projects.show", person.roles)
        and projects.may_see(person.id, person.grants, projects.project(session, int(number)))
    )


def _project(session: Session, subject: str) -> ProjectRow | None:
    kind, _colon, number = subject.partition(":")
    return projects.row(session, int(number)) if kind == "project" else None


def buttons(view: TaskView) -> tuple[Button, ...]:
    """The buttons of the decision box; each names the act and its effect."""
    keys = {"submit": "s", "approve": "a", "return": "r", "reject": "x", "answer": "s"}
    kinds = dict.fromkeys(("submit", "approve", "answer"), "btn-primary")
    return tuple(
        Button(verb, _label(view, verb), keys.get(verb, ""), kinds.get(verb, "btn-return"))
        for verb in view.verbs
    )


def _label(view: TaskView, verb: str) -> str:
    act = verb_name(verb)
    if view.next.get(verb) == workflow.OTHERS:
        return _("%(act)s，等待其他办理人", act=act)
    goes_to = "、".join(_(step) for step in view.next.get(verb, "").split("、"))
    if verb == "return" and len(view.targets) == 1:
        target = view.targets[0]
        return _("退回给 %(person)s（%(step)s）", person=target.person, step=_(target.title))
    if view.advisory:
        return _("答复，回到委派人") if verb == "answer" else act
    if goes_to == workflow.ENDED:
        return _("%(act)s，办结", act=act)
    return _("%(act)s，送“%(step)s”", act=act, step=goes_to) if goes_to else act
