"""催办, 抄送, 传阅: reminding those who act, and showing the matter to those who do not."""

from __future__ import annotations

from engine.work import Work
from engine.workflow import commands
from engine.workflow.commands.urging import urge_refusal
from engine.workflow.sight import keeps_system, may_see
from forms.inbox.acts.model import Act, Given, Option, Scene
from forms.text import _, later

FIELDS = {"note": "text", "persons": "person", "must_reply": "tick"}


def _urge(work: Work, task_id: int, given: Given) -> None:
    commands.urge_task(work, task_id, given.text)


def _may_urge(scene: Scene) -> str | None:
    return urge_refusal(scene.session, scene.person.id, scene.task, scene.now)


def _show(work: Work, task_id: int, given: Given) -> None:
    kind = given.option or "copy"
    commands.send_copies(work, task_id, given.persons, kind, given.text, must_reply=given.ticked)


def _may_show(scene: Scene) -> str | None:
    if may_see(scene.session, scene.person.id, scene.view.instance):
        return None
    return _("您不能抄送或传阅此事项")


def _unfit(scene: Scene, person_id: int, _kind: str) -> str | None:
    if person_id == scene.person.id:
        return _("是您本人")
    return _("不接触业务事项") if keeps_system(scene.session, person_id) else None


def _urged_before(scene: Scene) -> bool:
    return scene.task.urged > 0


URGE = Act(
    key="urge",
    label=later("催办"),
    effect=later("提醒当前的办理人；4 小时内只能催办一次，催办三次后抄告其负责人"),
    perform=_urge,
    refusal=_may_urge,
    concerns=_urged_before,
    done=later("已催办"),
    text_label=later("催办说明"),
    text_needed=False,
    fields=FIELDS,
)
SHOW = Act(
    key="show",
    label=later("抄送、传阅"),
    effect=later("请不办理此事项的人员知悉，不影响办理"),
    perform=_show,
    refusal=_may_show,
    done=later("已发给 %(whom)s"),
    whom="many",
    whom_label=later("发给谁"),
    candidate=_unfit,
    options_label=later("方式"),
    options=(
        Option("copy", later("抄送"), later("只供知悉，无须回复")),
        Option("circulate", later("传阅"), later("记录阅读时间，可以回复，也可以再传阅")),
    ),
    text_label=later("说明"),
    text_needed=False,
    tick=later("传阅时要求回复"),
    fields=FIELDS,
    open_task=None,
)
