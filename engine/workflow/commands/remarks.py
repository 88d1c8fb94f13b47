"""Comments on a task, a project or an indicator, with @ mentions."""

from __future__ import annotations

import itertools
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.errors import Forbidden, Invalid
from engine.people.models import Person
from engine.people.notices import notify
from engine.sentences import Sentence
from engine.work import Work
from engine.workflow.commands.texts import said
from engine.workflow.models import Comment
from engine.workflow.sight import matter_of

LONGEST_NAME = 60
MOST_MENTIONS = 20
SHOWN = 60
"""Characters of the comment in a notice."""


def add_comment(work: Work, subject: str, matter: str, text: str) -> Comment:
    """Say something about `task:7`, `project:12` or `indicator:3` of a `matter` (`project:12`).

    Whoever may see it may comment. `@` and a login or a name tells that person, who must be able to
    see it too, or the comment is `Invalid`: nobody is called to what they may not open.
    """
    text = said(text, "text", Sentence("评论"))
    seen = work.actor.id and matter_of(work.session, work.actor.id, subject, work.now)
    if not seen or seen != matter:
        raise Forbidden("此事项不在您的权限范围内")
    mentioned = _mentioned(work.session, subject, text, work.now)
    comment = Comment(
        subject=subject,
        matter=matter,
        person_id=work.actor.id,
        person=work.actor.name,
        text=text,
        mentions=[one.id for one in mentioned],
        at=work.now,
    )
    work.session.add(comment)
    work.session.flush()
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    for one in mentioned:
        if one.id != work.actor.id:
            told = f"{work.actor.name}在评论中提到您：{shown}"
            notify(work, one.id, f"mention:{comment.id}", told, matter)
    facts = {"text": text, "mentions": comment.mentions}
    work.record("comment.added", subject, matter, facts)
    return comment


def _mentioned(session: Session, subject: str, text: str, now: datetime) -> list[Person]:
    found: dict[int, Person] = {}
    for words in _after_at(text):
        for one in _named(session, words):
            if matter_of(session, one.id, subject, now) is None:
                raise Invalid("{person}看不到此事项，不能提及", person=one.name, field="text")
            found[one.id] = one
    if len(found) > MOST_MENTIONS:
        raise Invalid("一次最多提及 {most} 人", most=MOST_MENTIONS, field="text")
    return list(found.values())


def _after_at(text: str) -> list[str]:
    """What follows each `@` that does not stand inside an address such as `a@b.cn`."""
    pieces = text.split("@")
    return [
        after[:LONGEST_NAME]
        for before, after in itertools.pairwise(pieces)
        if not (before and before[-1].isascii() and before[-1].isalnum())
    ]


def _named(session: Session, words: str) -> list[Person]:
    """Those whose login or name the words begin with; the longest counts (`@周秉正请看`)."""
    begins = [words[:length] for length in range(1, len(words) + 1)]
    rows = session.scalars(
        select(Person)
        .where(Person.active, or_(Person.login.in_(begins), Person.name.in_(begins)))
        .order_by(Person.id)
    ).all()

    def length(one: Person) -> int:
        return max(len(name) for name in (one.login, one.name) if words.startswith(name))

    longest = max((length(one) for one in rows), default=0)
    return [one for one in rows if length(one) == longest]
