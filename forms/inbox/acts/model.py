"""An act as data: what it is called, what it asks, who may do it, and the command that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from engine.people.sessions import SignedIn
from engine.work import Work
from engine.workflow.commands import Standing, stand
from engine.workflow.models import Task
from engine.workflow.queries import PartRow, TaskView, round_of

Whom = Literal["nobody", "one", "many", "parts"]
NO_WORDS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Given:
    """What somebody has filled in: persons (or parts) by number, the way, the words."""

    persons: tuple[int, ...] = ()
    option: str = ""
    text: str = ""
    ticked: bool = False


@dataclass
class Scene:
    """The task as the person who wants to act sees it."""

    session: Session
    view: TaskView
    person: SignedIn
    now: datetime
    _standing: Standing | None = field(default=None, init=False)

    @property
    def task(self) -> Task:
        """The task's row."""
        return self.view.task

    @property
    def standing(self) -> Standing:
        """Where the open task stands; `Conflict` for one that is not open."""
        if self._standing is None:
            self._standing = stand(self.session, self.view.task, self.view.instance)
        return self._standing

    def parts(self) -> tuple[PartRow, ...]:
        """Everybody's part in the task."""
        found = round_of(self.session, self.view.task)
        return found.parts if found else ()


@dataclass(frozen=True)
class Option:
    """One way of doing the act, and what it means."""

    value: str
    label: Any
    effect: Any


@dataclass(frozen=True)
class Act:
    """One act; `refusal` says why this person may not, `candidate` why somebody is not for it.

    `fields` maps the engine's names of what was wrong to the page's. `done` is the sentence when
    it is done; `%(whom)s` stands for the persons' names.
    """

    key: str
    label: Any
    effect: Any
    perform: Callable[[Work, int, Given], None]
    refusal: Callable[[Scene], str | None]
    done: Any
    whom: Whom = "nobody"
    whom_label: Any = ""
    candidate: Callable[[Scene, int, str], str | None] = lambda _scene, _person, _option: None
    suggests: bool = False
    options_label: Any = ""
    options: tuple[Option, ...] = ()
    text_label: Any = ""
    text_needed: bool = True
    text_hint: Any = ""
    tick: Any = ""
    fields: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    open_task: bool | None = True
    """Whether it is for a task that waits, for one that was answered, or (None) for either."""
    concerns: Callable[[Scene], bool] = lambda scene: scene.view.seat is not None
    """Whether the menu shows it, with its reason, to somebody who may not do it now."""
