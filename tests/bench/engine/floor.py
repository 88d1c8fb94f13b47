"""The floor: what the bare driver reaches with one transaction of as many rows and bytes.

The rows are real ones that the engine wrote, of the size nearest to the mean, in tables with the
same columns and nothing but a primary key: two rows are changed and four inserted, each by a
statement of its own. No pipeline, nothing is read, nothing is checked.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import psycopg

from engine.settings import Settings
from tests.bench.engine.stage import LIVE

INSERTED = {"task": "title", "signer": "opinion", "passage": "nodes", "entry": "payload"}
"""What a completion inserts one row of, and the column whose length tells a typical row."""
Execute = Callable[[str, Any], Any]


class Floor:
    """One bare connection; each process has rows of its own to change."""

    def __init__(self, settings: Settings, number: int) -> None:
        self._first = number * LIVE + 1
        if settings.sqlite:
            file = sqlite3.connect(settings.database.removeprefix("sqlite:///"), timeout=30)
            file.isolation_level = None
            file.execute("PRAGMA synchronous=FULL")
            self._execute: Execute = file.execute
            self._begin, self._commit = (
                lambda: file.execute("BEGIN IMMEDIATE"),
                lambda: file.execute("COMMIT"),
            )
            self._mark = "?"
        else:
            server = psycopg.connect(settings.database)
            cursor = server.cursor()
            self._execute = lambda text, values: cursor.execute(text, values, prepare=True)
            self._begin, self._commit = (lambda: None), server.commit  # psycopg begins by itself
            self._mark = "%s"
        self._typical = {name: self._row(name, column) for name, column in INSERTED.items()}
        self._instance = self._row("instance", "state")
        self._done = self._row("task", "answers")

    def prepare(self, rows: int) -> None:
        """The floor's tables, with rows to change."""
        self._begin()
        for name, row in (*self._typical.items(), ("instance", self._instance)):
            self._make(name, row)
        for _ in range(rows):
            self._insert("instance", self._instance)
            self._insert("task", self._typical["task"])
        self._commit()

    def play(self, seconds: float) -> tuple[int, float]:
        """Transactions for some seconds: (transactions, seconds)."""
        began, count = time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < seconds:
            self._once(self._first + count % LIVE)
            count += 1
        return count, passed

    def _once(self, id_: int) -> None:
        self._begin()
        self._update("instance", self._instance, ("state", "memory", "next_due"), id_)
        self._update("task", self._done, ("state", "closed_at", "verb", "answers"), id_)
        for name, row in self._typical.items():
            self._insert(name, row)
        self._commit()

    def _row(self, table: str, column: str) -> dict[str, Any]:
        """The real row whose `column` is of about the mean size."""
        size = f"length(CAST({column} AS TEXT))"
        mean = f"(SELECT avg({size}) FROM {table})"
        nearest = f"WHERE {column} IS NOT NULL ORDER BY abs({size} - {mean}) LIMIT 1"
        found = self._execute(f"SELECT * FROM {table} {nearest}", ())
        names = [one[0] for one in found.description]
        row = dict(zip(names, found.fetchone(), strict=True))
        del row["id"]
        return row

    def _make(self, table: str, row: dict[str, Any]) -> None:
        columns = ", ".join(row)
        if self._mark == "?":
            self._execute(f"CREATE TABLE floor_{table} (id INTEGER PRIMARY KEY, {columns})", ())
            return
        same = f"SELECT {columns} FROM {table} WHERE 1 = 0"
        self._execute(f"CREATE TABLE floor_{table} AS {same}", ())
        self._execute(f"ALTER TABLE floor_{table} ADD COLUMN id BIGSERIAL PRIMARY KEY", ())

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        marks = ", ".join([self._mark] * len(row))
        text = f"INSERT INTO floor_{table} ({', '.join(row)}) VALUES ({marks})"
        self._execute(text, list(row.values()))

    def _update(self, table: str, row: dict[str, Any], columns: tuple[str, ...], id_: int) -> None:
        given = ", ".join(f"{name} = {self._mark}" for name in columns)
        text = f"UPDATE floor_{table} SET {given} WHERE id = {self._mark}"
        self._execute(text, [*(row[name] for name in columns), id_])
