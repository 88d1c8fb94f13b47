"""Answering a task from its page: clean by the deployment's form, then the engine's command."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.workflow import commands
from engine.workflow import queries as workflow
from engine.workflow.queries import Reached
from engine.workflow.verbs import FORWARD
from forms.files import Given
from forms.inbox.page import task_schema
from forms.platform import acting, me
from forms.render import build
from forms.render.sheet import Sheet, path_of
from forms.render.submission import Submitted, change_rows
from forms.text import _
from forms.words import done_name, role_name


def answer(reached: Reached, given: Given) -> str:
    """Complete the task; the sentence that says what happened.

    `Invalid.problems` are by field; a task that somebody else answered is a `Conflict`.
    """
    verb, task_id = str(given.fields.get("verb", "")), reached.task.id
    if not verb and reached.task.state == "open":
        raise Invalid(_("没有选择怎样办理，请点一个办理按钮"), field="verb")
    with acting() as work:
        answers = _cleaned(work.session, reached, given, complete=verb in FORWARD)
        opened = commands.complete_task(
            work,
            task_id,
            verb,
            answers,
            opinion=str(given.fields.get("opinion", "")),
            return_to=str(given.fields.get("return_to") or "") or None,
            direct=given.fields.get("direct") == "1",
        )
        waits = [one.title for one in opened if one.id == task_id]
        steps = "、".join(
            dict.fromkeys(f"{_(one.title)}（{role_name(one.role)}）" for one in opened)
        )
    told = {
        "act": done_name(verb),
        "about": reached.instance.title,
        "step": _(reached.task.title),
    }
    if waits:
        return _("已%(act)s“%(about)s”的“%(step)s”，等待其他办理人", **told)
    if steps:
        return _("已%(act)s“%(about)s”的“%(step)s”，下一步：%(steps)s", **told, steps=steps)
    return _("已%(act)s“%(about)s”的“%(step)s”", **told)


def _cleaned(session: Session, reached: Reached, given: Given, *, complete: bool) -> dict[str, Any]:
    if reached.task.state != "open":
        return {}  # the command says who answered it and when
    if not reached.fills:
        return {}
    sheet = _sheet(session, reached, given)
    try:
        answers = sheet.answers(complete=complete)
    except Invalid as refusal:
        refusal.problems |= _uploads(given)
        raise
    if given.problems:
        raise unkept(given)
    return answers


def _sheet(session: Session, reached: Reached, given: Given) -> Sheet:
    """The task's form with what was submitted in it."""
    facts = workflow.begun(session, reached, me().id)
    return build(task_schema(session, reached), facts, given.fields, facts)


def unkept(given: Given) -> Invalid:
    """The refusal of files that could not be kept, each at its field."""
    return Invalid(_("有文件没有上传成功"), problems=_uploads(given))


def _uploads(given: Given) -> dict[str, str]:
    return {path_of(name): reason for name, reason in given.problems.items()}


def remember(reached: Reached, given: Given) -> None:
    """Keep what was typed as this person's draft, unchecked."""
    with acting() as work:
        sheet = _sheet(work.session, reached, given)
        opinion = str(given.fields.get("opinion", ""))
        commands.save_draft(work, reached.task.id, sheet.typed(), opinion)


def changed_rows(session: Session, reached: Reached, fields: Submitted) -> Submitted:
    """The submitted fields with a row added or taken away, as the pressed button says."""
    return change_rows(task_schema(session, reached), fields, str(fields["_rows"]))
