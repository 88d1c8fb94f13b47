"""How pages write moments, money and the field's words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import Flask

from engine import clock
from engine.clock import local
from engine.people.roles import ROLES
from engine.projects.rules import STAGES, STATUSES
from engine.workflow.queries import COUNTED_TO
from engine.workflow.verbs import SOURCES, VERBS
from forms.platform import platform
from forms.render.display import EMPTY, separated
from forms.text import _, done

WAN = Decimal(10_000)


def moment(value: datetime | None) -> str:
    """A moment on the district's wall clock."""
    return local(value).strftime("%Y-%m-%d %H:%M") if value else EMPTY


def past(value: datetime) -> bool:
    """Whether a moment lies behind us."""
    return value < clock.now()


def day(value: datetime | date | None) -> str:
    """A day."""
    if value is None:
        return EMPTY
    return (local(value) if isinstance(value, datetime) else value).strftime("%Y-%m-%d")


def duration(seconds: int | None) -> str:
    """A span of time in its largest unit, rounded down."""
    if seconds is None:
        return EMPTY
    if seconds < 60:
        return _("%(count)s 秒", count=seconds)
    if seconds < 3600:
        return _("%(count)s 分钟", count=seconds // 60)
    if seconds < 86_400:
        return _("%(count)s 小时", count=seconds // 3600)
    return _("%(count)s 天", count=seconds // 86_400)


def wan(value: Decimal | None) -> str:
    """Money in 万元 with two decimals; the unit stands in the head."""
    if value is None:
        return EMPTY
    return f"{(value / WAN).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def yuan(value: Decimal | None) -> str:
    """Money in 元 with two decimals."""
    return EMPTY if value is None else f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def percent(part: Decimal | None, whole: Decimal | None) -> str:
    """A share with one decimal."""
    if part is None or not whole:
        return EMPTY
    return f"{(part / whole * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def role_name(role: str) -> str:
    """A role as people call it."""
    return _(ROLES[role]) if role in ROLES else role


def stage_name(stage: str) -> str:
    """A stage of a project's life."""
    return _(STAGES[stage]) if stage in STAGES else stage


def type_name(kind: str) -> str:
    """A type of project, by its pack."""
    packs = platform().packs
    return _(packs[kind].name) if kind in packs else kind


def verb_name(verb: str) -> str:
    """How a task was answered."""
    return _(VERBS[verb]) if verb in VERBS else verb


def done_name(verb: str) -> str:
    """How somebody answered a task or dealt with it, told afterwards."""
    return done(VERBS[verb]) if verb in VERBS else verb


def source_name(source: str) -> str:
    """Why somebody has a part in a task; nothing to say where the diagram says so."""
    return _(SOURCES[source]) if source in SOURCES else ""


def status_name(status: str) -> str:
    """Whether a project is a draft, active, closed or rejected."""
    return _(STATUSES[status]) if status in STATUSES else status


def share(part: Decimal | None, whole: Decimal | None) -> str:
    """A share for a bar that runs from 0 to 100."""
    if not part or not whole or part < 0:
        return "0"
    return str(min(Decimal(100), (part / whole * 100).quantize(Decimal("0.1"))))


def counted(many: int) -> str:
    """A number of lines as far as they were counted: `999+` beyond."""
    return f"{COUNTED_TO}+" if many > COUNTED_TO else str(many)


def install(app: Flask) -> None:
    """Give the templates these words as filters."""
    app.jinja_env.filters.update(
        moment=moment,
        counted=counted,
        day=day,
        past=past,
        duration=duration,
        wan=wan,
        yuan=yuan,
        figure=separated,
        role=role_name,
        stage=stage_name,
        project_type=type_name,
        verb=verb_name,
        done=done_name,
        source=source_name,
        status=status_name,
    )
    app.jinja_env.globals.update(percent=percent, share=share)
