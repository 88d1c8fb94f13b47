"""取回: taking back one's own act while nothing has come of it."""

from __future__ import annotations

from engine.work import Work
from engine.workflow import commands
from engine.workflow.commands import recall_refusal
from engine.workflow.queries import has_signed
from forms.inbox.acts.model import Act, Given, Scene
from forms.text import later


def _recall(work: Work, task_id: int, given: Given) -> None:
    commands.recall_task(work, task_id, given.text)


def _may_recall(scene: Scene) -> str | None:
    return recall_refusal(scene.session, scene.person.id, scene.task)


def _concerns(scene: Scene) -> bool:
    return has_signed(scene.session, scene.task.id, scene.person.id)


RECALL = Act(
    key="recall",
    label=later("取回"),
    effect=later("下一步还没有人查看时，取回自己的办理，改好再送"),
    perform=_recall,
    refusal=_may_recall,
    concerns=_concerns,
    done=later("已取回，请重新办理"),
    text_label=later("取回原因"),
    text_hint=later("记入办理记录，并通知下一步的办理人"),
    fields={"reason": "text"},
    open_task=False,
)
