"""Small approval processes for tests: a chain of steps with the generic way back, or parallel ones.

`chain(...)` draws start → steps → end. After each reviewing step a gateway looks at `outcome`:
forward, or to the one router, which leads to the step that `return_to` names, else to the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.people.models import Person, Unit
from engine.work import Work
from engine.workflow import deployments
from engine.workflow.commands import complete_task
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, Signer, Task
from tests.district import District
from tests.engine.runtime_drawing import Drawing, service, timer

REVIEW = {"verbs": "approve,return,reject", "duty": "review"}


def properties(**given: str) -> str:
    """The extension properties of a node."""
    lines = "".join(
        f'<spiffworkflow:property name="{name}" value="{value.replace(chr(34), "&quot;")}"/>'
        for name, value in given.items()
    )
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{lines}</spiffworkflow:properties></bpmn:extensionElements>"
    )


def chain(*steps: tuple[str, Mapping[str, str]], key: str = "review") -> dict[str, bytes]:
    """A process of steps in line; a step is its id and its properties (`pass` as `pass_`).

    A step with an `operation` is the machine's: its other properties are parameters; one that is
    `after` a time waits for it.
    """
    drawing = Drawing(key)
    drawing.node("startEvent", "start", name="开始")
    drawing.node("exclusiveGateway", "router", name="退回到哪一步")
    drawing.node("endEvent", "over", name="结束")
    before = "start"
    for id_, given in steps:
        told = {name.rstrip("_"): value for name, value in given.items()}
        _draw(drawing, id_, told)
        drawing.flow(before, id_)
        drawing.flow("router", id_, f'return_to = "{id_}" and outcome = "return"')
        before = id_
        if "return" in told.get("verbs", "") or "reject" in told.get("verbs", ""):
            drawing.node("exclusiveGateway", f"after_{id_}", name="意见")
            drawing.flow(id_, f"after_{id_}")
            drawing.flow(f"after_{id_}", "router", 'outcome = "return" or outcome = "reject"')
            before = f"after_{id_}"
            drawing.defaults[before] = f"{key}_f{len(drawing.flows)}"
    drawing.flow(before, "over")
    drawing.flow("router", "over", default=True)
    return drawing.files()


def _draw(drawing: Drawing, id_: str, told: Mapping[str, str]) -> None:
    if "operation" in told:
        drawing.node("serviceTask", id_, service(**told), name=id_)
    elif "after" in told:
        drawing.node("intermediateCatchEvent", id_, timer("timeDuration", told["after"]), name=id_)
    else:
        drawing.node("userTask", id_, properties(**told), name=id_)


def filed(**given: str) -> tuple[str, dict[str, str]]:
    """The first step: the project manager hands in."""
    return "file", {"role": "project_manager", "duty": "handle", "verbs": "submit", **given}


def reviewed(
    id_: str = "review", role: str = "department_reviewer", **given: str
) -> tuple[str, dict[str, str]]:
    """A reviewing step of a role."""
    return id_, {"role": role, **REVIEW, **given}


@dataclass
class Desk:
    """One running process of a district, and people who act on it."""

    district: District
    instance: int = 0
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, district: District, files: Mapping[str, bytes], **data: Any) -> Desk:
        """Deploy a process and start it about the district's project, whose matter is shen's."""
        with district.work("admin") as work:
            for process in deployments.processes_of(files):
                deployments.deploy(work, process, files)
        desk = cls(district, data=data)
        with district.work("shen") as work:
            about = About(
                district.subject, "社区助老服务", desk.unit_path(work), district.id("shen")
            )
            desk.instance = start_instance(
                work, deployments.processes_of(files)[-1], about, data
            ).id
        return desk

    def unit_path(self, work: Work) -> str:
        """The path of the section to which the project belongs."""
        person = work.session.get_one(Person, self.district.id("shen"))
        return str(work.session.get_one(Unit, person.unit_id).path)

    def open(self, node: str = "") -> list[Task]:
        """The open tasks (of a node)."""
        with self.district.reading() as session:
            found = session.scalars(
                select(Task)
                .where(Task.instance_id == self.instance, Task.state == "open")
                .order_by(Task.id)
            ).all()
        return [one for one in found if one.node.endswith(node)]

    def task(self, node: str = "") -> Task:
        """The one open task (of a node)."""
        found = self.open(node)
        assert len(found) == 1, [one.node for one in self.open()]
        return found[0]

    def nodes(self) -> list[str]:
        """Where open tasks are."""
        return [one.node.rpartition("/")[2] for one in self.open()]

    def act(self, who: str, verb: str = "approve", node: str = "", **more: Any) -> list[Task]:
        """Answer the open task."""
        more.setdefault("opinion", "请核对")
        with self.district.work(who) as work:
            return complete_task(work, self.task(node).id, verb, more.pop("answers", {}), **more)

    def signers(self, task: Task | None = None) -> list[tuple[str, str, str]]:
        """(person, state, verb) of everybody's part in the task, in order."""
        wanted = (task or self.task()).id
        with self.district.reading() as session:
            rows = session.scalars(
                select(Signer).where(Signer.task_id == wanted).order_by(Signer.id)
            ).all()
        return [(row.person, row.state, row.verb) for row in rows]

    def status(self) -> str:
        """Whether the process goes on."""
        with self.district.reading() as session:
            return session.get_one(Instance, self.instance).status
