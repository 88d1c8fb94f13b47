"""Statements of the hot path, prepared once and sent past the ORM and PostgreSQL's driver.

A person's act reads a few rows and writes half a dozen; the ORM would think long about each and
send it by itself. A `Writing` session holds rows without the ORM, as objects of the same classes,
and keeps what is new or changed back until something looks or commits; then all goes together: on
PostgreSQL as one statement with a part for each row, on SQLite, which has no round trips to save,
one after the other. Whatever else is asked of the session wakes the ORM, which takes all rows over.
`Look` reads, `add` and `change` are for rows of which nobody keeps an object. All of it happens
inside the session's transaction and through our column types; `wire` speaks to PostgreSQL, where
the transaction begins with its first statement and ends with its last; `lending` keeps connections.
"""

from __future__ import annotations

from engine.statements.lending import Glance
from engine.statements.loading import load
from engine.statements.looking import PLANNING, Look
from engine.statements.sending import engine_of
from engine.statements.writing import Writing, add, change, settle

__all__ = [
    "PLANNING",
    "Glance",
    "Look",
    "Writing",
    "add",
    "change",
    "engine_of",
    "load",
    "settle",
]
