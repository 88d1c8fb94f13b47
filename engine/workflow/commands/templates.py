"""A person's own opinion templates (意见模板), beside those of the installation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.people import queries as people
from engine.work import Work
from engine.workflow.models import OpinionTemplate

DICTIONARY = "opinion"
MOST = 30
LONGEST = 500


@dataclass(frozen=True)
class Template:
    """A usual opinion; `id` is None for one of the installation."""

    id: int | None
    text: str


def opinion_templates(session: Session, person_id: int) -> list[Template]:
    """The person's own templates in the order they made them, then the installation's."""
    own = session.scalars(
        select(OpinionTemplate)
        .where(OpinionTemplate.person_id == person_id)
        .order_by(OpinionTemplate.id)
    )
    common = people.dictionary(session, DICTIONARY)
    return [Template(one.id, one.text) for one in own] + [
        Template(None, one.text) for one in common
    ]


def save_opinion_template(work: Work, text: str) -> OpinionTemplate:
    """Keep an opinion for later; the same text is kept once."""
    text = text.strip()
    if work.actor.id is None:
        raise Forbidden("意见模板由人员保存")
    if not text:
        raise Invalid("请填写意见", field="text")
    if len(text) > LONGEST:
        raise Invalid("意见模板最多 {most} 字", most=LONGEST, field="text")
    kept = [one for one in opinion_templates(work.session, work.actor.id) if one.id is not None]
    if any(one.text == text for one in kept):
        raise Conflict("已有相同的意见模板")
    if len(kept) >= MOST:
        raise Conflict("意见模板最多 {most} 条，请先删除不用的", most=MOST)
    template = OpinionTemplate(person_id=work.actor.id, text=text, at=work.now)
    work.session.add(template)
    work.session.flush()
    _record(work, "opinion_template.saved", template)
    return template


def delete_opinion_template(work: Work, template_id: int) -> None:
    """Forget one of one's own templates."""
    template = work.session.get(OpinionTemplate, template_id)
    if template is None or template.person_id != work.actor.id:
        raise NotFound("没有这条意见模板")
    _record(work, "opinion_template.deleted", template)
    work.session.delete(template)


def _record(work: Work, kind: str, template: OpinionTemplate) -> None:
    person = f"person:{work.actor.id}"
    work.record(kind, f"opinion_template:{template.id}", person, {"text": template.text})
