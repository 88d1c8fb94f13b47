"""All tables of all rooms, for comparing and for generating revisions."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import MetaData
from sqlalchemy.types import TypeDecorator

from engine.db import Base, Key

ROOMS = (
    "engine.ledger.models",
    "engine.jobs.models",
    "engine.people.models",
    "engine.workflow.models",
    "engine.workflow.archive.models",
    "engine.projects.models",
    "engine.indicators.models",
    "engine.risk.models",
)
OUTSIDE = "bihuan.tables"  # entry points: tables of rooms that the engine may not import


def metadata() -> MetaData:
    """The metadata with every room's tables in it."""
    for room in ROOMS:
        if find_spec(room) is not None:
            import_module(room)
    for entry in entry_points(group=OUTSIDE):
        entry.load()
    return Base.metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as what the database keeps, so that revisions outlive our code."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return "Key" if item is Key else False  # the revisions' template defines it
