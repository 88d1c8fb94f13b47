"""Which acts a person finds on a task's page, and why some of them are shut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import NotFound
from forms.inbox.acts import asking, recalling, showing
from forms.inbox.acts.model import Act, Scene
from forms.text import _

ACTS: dict[str, Act] = {
    one.key: one
    for one in (
        *(asking.ADD, asking.REMOVE, asking.TRANSFER, asking.DELEGATE, asking.RECUSE),
        *(showing.SHOW, showing.URGE, recalling.RECALL),
    )
}


@dataclass(frozen=True)
class Entry:
    """A line of the menu."""

    act: Act
    refusal: str | None


def find(key: str) -> Act:
    """The act of that key; `NotFound` otherwise."""
    if key not in ACTS:
        raise NotFound(_("没有这种办理方式"))
    return ACTS[key]


def menu(scene: Scene) -> Sequence[Entry]:
    """The acts for this task; whom one does not concern sees it only if they can do it."""
    waits = scene.task.state == "open"
    acts = (act for act in ACTS.values() if act.open_task in (waits, None))
    found = [Entry(act, refusal_of(scene, act)) for act in acts]
    return [one for one in found if one.refusal is None or one.act.concerns(scene)]


def refusal_of(scene: Scene, act: Act) -> str | None:
    """Why the person may not do this now, or None."""
    if act.open_task and scene.task.state != "open":
        return _("此事项已办理或已收回")
    if act.open_task is False and scene.task.state == "open":
        return _("此事项尚未办理")
    return act.refusal(scene)
