"""Numbers in a row without a counter: the next one is tried, and the one after if it was taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from engine.db import Base
from engine.errors import Conflict
from engine.work import Work

TRIES = 20
Row = TypeVar("Row", bound=Base)


def add_numbered(work: Work, make: Callable[[], Row]) -> Row:
    """Add the row that `make` builds with the next free number, which must be unique in its table.

    Somebody else may take the number before our commit: their insert makes ours wait and then fail,
    and `make` is asked again. `Conflict` when that happens too often.
    """
    for _ in range(TRIES):
        row = make()
        try:
            with work.session.begin_nested():
                work.session.add(row)
        except IntegrityError:
            continue
        return row
    raise Conflict("同时提交的人太多，请稍后再试")
