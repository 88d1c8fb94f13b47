"""加签, 减签, 转办, 委派, 回避: who else acts on a task."""

from __future__ import annotations

from engine.errors import Invalid
from engine.work import Work
from engine.workflow import commands
from engine.workflow.commands import (
    asking_refusal,
    recusal_refusal,
    removal_refusal,
    seat_refusal,
)
from engine.workflow.commands.standing import parts
from forms.inbox.acts.model import Act, Given, Option, Scene
from forms.text import _, later

TEXT = {"opinion": "text", "reason": "text", "question": "text", "persons": "person"}


def _may_ask(scene: Scene, kind: str) -> str | None:
    if scene.view.seat is None:
        return scene.view.refusal
    return seat_refusal(scene.session, scene.standing, scene.view.seat, kind)


def _unfit(scene: Scene, person_id: int, kind: str) -> str | None:
    seat = scene.view.seat
    assert seat is not None  # the act was refused otherwise
    return asking_refusal(scene.session, scene.standing, seat, person_id, kind, scene.now)


def _add(work: Work, task_id: int, given: Given) -> None:
    commands.add_signers(work, task_id, given.persons, given.option, given.text)


def _remove(work: Work, _task_id: int, given: Given) -> None:
    if not given.persons:
        raise Invalid(_("请选择要减签的人员"), field="person")
    commands.remove_signer(work, given.persons[0], given.text)


def _transfer(work: Work, task_id: int, given: Given) -> None:
    commands.transfer_task(work, task_id, _one(given), given.text)


def _delegate(work: Work, task_id: int, given: Given) -> None:
    must_answer = given.option != "assist"
    commands.delegate_task(work, task_id, _one(given), given.text, must_answer=must_answer)


def _recuse(work: Work, task_id: int, given: Given) -> None:
    commands.recuse(work, task_id, given.text)


def _may_recuse(scene: Scene) -> str | None:
    if scene.view.seat is None:
        return scene.view.refusal
    return recusal_refusal(scene.standing, scene.view.seat)


def _one(given: Given) -> int:
    if not given.persons:
        raise Invalid(_("请选择人员"), field="person")
    return given.persons[0]


def _may_remove(scene: Scene) -> str | None:
    if any(_kept(scene, part.id, "") is None for part in scene.parts()):
        return None
    return _("没有您可以减签的人员")


def _kept(scene: Scene, signer_id: int, _option: str) -> str | None:
    rows = parts(scene.session, scene.task.id)
    row = next(one for one in rows if one.id == signer_id)
    return removal_refusal(scene.session, scene.person.id, scene.task, row, rows)


ADD = Act(
    key="add",
    label=later("加签"),
    effect=later("请别人一同办理此事项"),
    perform=_add,
    refusal=lambda scene: _may_ask(scene, "parallel") and _may_ask(scene, "before"),
    done=later("已加签 %(whom)s，对方会收到通知"),
    whom="many",
    whom_label=later("加签给谁"),
    candidate=lambda scene, person, kind: _unfit(scene, person, kind or "before"),
    suggests=True,
    options_label=later("怎样加签"),
    options=(
        Option("before", later("前加签"), later("对方先提意见，再回到我这里办理")),
        Option("parallel", later("并加签"), later("对方与我同时办理，都同意才通过")),
        Option("after", later("后加签"), later("我办理之后对方再办理，都同意才通过")),
    ),
    text_label=later("加签意见"),
    text_hint=later("说明请对方办理什么，记入办理记录"),
    fields=TEXT,
)
REMOVE = Act(
    key="remove",
    label=later("减签"),
    effect=later("撤去自己加签、还没有办理的人员"),
    perform=_remove,
    refusal=_may_remove,
    done=later("已减签，对方会收到通知"),
    whom="parts",
    whom_label=later("减去谁"),
    candidate=_kept,
    text_label=later("减签原因"),
    fields=TEXT,
)
TRANSFER = Act(
    key="transfer",
    label=later("转办"),
    effect=later("交给别人办理，责任随之转移，不再回到我这里"),
    perform=_transfer,
    refusal=lambda scene: _may_ask(scene, "transfer"),
    done=later("已转办给 %(whom)s"),
    whom="one",
    whom_label=later("转办给谁"),
    candidate=lambda scene, person, _kind: _unfit(scene, person, "transfer"),
    suggests=True,
    text_label=later("转办原因"),
    text_hint=later("记入办理记录，并通知对方"),
    fields=TEXT,
)
DELEGATE = Act(
    key="delegate",
    label=later("委派"),
    effect=later("请别人答复一个问题，答复后仍由我办理"),
    perform=_delegate,
    refusal=lambda scene: _may_ask(scene, "delegate"),
    done=later("已请 %(whom)s 答复"),
    whom="one",
    whom_label=later("请谁答复"),
    candidate=lambda scene, person, kind: _unfit(scene, person, kind or "delegate"),
    options_label=later("是否等待答复"),
    options=(
        Option("delegate", later("必须答复"), later("对方答复之前，我不能办理")),
        Option("assist", later("协办，可以不等"), later("我可以先办理；办结后问题自动撤回")),
    ),
    text_label=later("请对方答复的问题"),
    fields=TEXT,
)
RECUSE = Act(
    key="recuse",
    label=later("申请回避"),
    effect=later("与此事项有利益关系，另行抽取一人替换我"),
    perform=_recuse,
    refusal=_may_recuse,
    done=later("已回避，系统另行抽取了办理人"),
    text_label=later("回避原因"),
    text_hint=later("记入办理记录"),
    fields=TEXT,
    concerns=lambda _scene: False,
)
