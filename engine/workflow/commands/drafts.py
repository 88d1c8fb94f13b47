"""Drafts: what a person has typed into a task's form and not yet sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Forbidden
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.standing import open_row, refusal
from engine.workflow.commands.texts import opinion_of
from engine.workflow.models import Draft


def save_draft(work: Work, task_id: int, answers: Mapping[str, Any], opinion: str = "") -> Draft:
    """Keep what was typed, unchecked; only a person who may answer the task has a draft of it."""
    task, actor = open_row(work.session, task_id), work.actor.id
    refused = actor is not None and refusal(work.session, actor, task, work.now)
    if actor is None or refused:
        raise Forbidden(refused or Sentence("此事项须由人员办理"))
    opinion_of(opinion)  # nothing that could never be sent is kept
    draft = draft_of(work.session, task_id, actor)
    if draft is None:
        draft = Draft(task_id=task_id, person_id=actor)
        work.session.add(draft)
    draft.answers, draft.opinion, draft.saved_at = dict(answers), opinion, work.now
    return draft


def draft_of(session: Session, task_id: int, person_id: int) -> Draft | None:
    """The person's draft of a task, if any."""
    return session.scalar(
        select(Draft).where(Draft.task_id == task_id, Draft.person_id == person_id)
    )
