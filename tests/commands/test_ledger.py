"""The ledger numbers what was committed, chains it, and notices every byte that changes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.orm import Session

from engine import db
from engine.errors import Conflict
from engine.jobs.commands import enqueue
from engine.jobs.ledger import KIND
from engine.jobs.queries import incidents, job_states
from engine.jobs.run import run_due
from engine.ledger.chain import GENESIS, Head, current_head, next_head, number_entries
from engine.ledger.checkpoints import Book
from engine.ledger.models import Entry
from engine.ledger.record import leaf_hash
from engine.ledger.verify import LedgerVerdict, verify_ledger
from engine.settings import Settings
from engine.work import MACHINE, Actor, begin
from tests.conftest import Begin

APPROVER = Actor(7, "王审核")


def act(work: Begin, count: int = 1) -> None:
    for n in range(count):
        with work(APPROVER) as w:
            w.record("project.declared", f"project:{n}", "project:1", {"金额": "12.50", "n": n})


def number(work: Begin) -> int:
    with work() as w:
        return number_entries(w.session)


def verdict(engine: Engine, checkpoints: list[Head] | None = None) -> LedgerVerdict:
    with db.session(engine) as session:
        return verify_ledger(session, checkpoints or ())


def entries(engine: Engine) -> list[Entry]:
    with db.session(engine) as session:
        return list(session.scalars(select(Entry).order_by(Entry.id)))


@contextmanager
def intruder(engine: Engine) -> Iterator[Connection]:
    """Somebody with all rights on the database, who takes the guards away first."""
    with engine.begin() as connection:
        for name in ("entry_keeps", "entry_stays"):
            suffix = " ON entry" if engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{suffix}"))
        yield connection


def test_an_act_waits_for_no_number(work: Begin, engine: Engine) -> None:
    act(work, 3)
    assert [entry.number for entry in entries(engine)] == [None] * 3
    assert verdict(engine) == LedgerVerdict(True, 0, 3, None, None)


def test_the_sequencer_numbers_without_gaps_and_chains(work: Begin, engine: Engine) -> None:
    act(work, 3)
    assert number(work) == 3
    act(work, 2)
    assert number(work) == 2
    assert number(work) == 0
    head = GENESIS
    for place, entry in enumerate(entries(engine), 1):
        head = next_head(head, entry.leaf)
        assert (entry.number, entry.head) == (place, head)
    assert verdict(engine) == LedgerVerdict(True, 5, 0, None, None)


def test_more_entries_than_one_batch_are_numbered(
    work: Begin, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ledger.chain.BATCH", 2)
    act(work, 5)
    assert number(work) == 5
    assert verdict(engine).ok


def test_an_act_that_is_not_committed_leaves_no_gap(work: Begin, engine: Engine) -> None:
    act(work)
    with pytest.raises(ZeroDivisionError), work() as w:
        w.record("project.declared", "project:9", "project:9", {})
        _ = 1 / 0
    act(work)
    number(work)
    assert [entry.number for entry in entries(engine)] == [1, 2]


def test_writers_and_sequencers_at_once_leave_no_gap(
    work: Begin, engine: Engine, now: datetime
) -> None:
    over = threading.Event()

    def write() -> None:
        for n in range(15):
            with begin(engine, MACHINE, now) as w:
                w.record("project.declared", f"project:{n}", "project:1", {})
                w.session.flush()

    def sequence() -> None:
        while not over.is_set():
            with begin(engine, MACHINE, now) as w:
                number_entries(w.session)

    writers = [threading.Thread(target=write) for _ in range(3)]
    sequencers = [threading.Thread(target=sequence) for _ in range(2)]
    for thread in writers + sequencers:
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    for thread in sequencers:
        thread.join()
    number(work)
    assert verdict(engine) == LedgerVerdict(True, 45, 0, None, None)


BYTES = ["payload", "kind", "subject", "matter", "actor"]


def flipped(value: Any) -> Any:
    """The value with one thing changed as little as its type allows."""
    match value:
        case None:
            return 1
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
        case str():
            return value[:-1] + ("x" if value[-1] != "x" else "y")
        case datetime():
            return value + timedelta(microseconds=1)
    return value + 1


@pytest.mark.parametrize("column", [*BYTES, "salt", "leaf", "head", "actor_id", "at", "number"])
def test_a_byte_changed_in_a_numbered_entry_is_found(
    work: Begin, engine: Engine, column: str
) -> None:
    act(work, 4)
    number(work)
    value = 9 if column == "number" else flipped(getattr(entries(engine)[2], column))
    with intruder(engine) as connection:
        connection.execute(update(Entry).where(Entry.number == 3).values({column: value}))
    found = verdict(engine)
    assert (found.ok, found.first_bad) == (False, 3)


@pytest.mark.parametrize("column", [*BYTES, "salt", "leaf", "head", "actor_id", "at"])
def test_a_byte_changed_in_a_pending_entry_is_found(
    work: Begin, engine: Engine, column: str
) -> None:
    act(work)
    number(work)
    act(work, 2)
    last = entries(engine)[-1]
    value = bytes(32) if column == "head" else flipped(getattr(last, column))
    with intruder(engine) as connection:
        connection.execute(update(Entry).where(Entry.id == last.id).values({column: value}))
    found = verdict(engine)
    assert (found.ok, found.entries, found.pending, found.first_bad) == (False, 1, 2, 3)


def test_every_single_byte_of_a_row_in_sqlite_counts(work: Begin, engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("bytes that are no text can only be written into SQLite")
    act(work, 2)
    number(work)
    with intruder(engine) as connection:
        for column in [*BYTES, "at", "salt", "leaf", "head"]:
            kept = text(f"SELECT CAST({column} AS BLOB) FROM entry WHERE number = 1")
            value: bytes = connection.execute(kept).scalar_one()
            kind = "BLOB" if column in ("salt", "leaf", "head") else "TEXT"
            change = text(f"UPDATE entry SET {column} = CAST(:v AS {kind}) WHERE number = 1")
            for place in range(len(value)):
                for bit in (1, 128):
                    other = bytearray(value)
                    other[place] ^= bit
                    connection.execute(change, {"v": bytes(other)})
                    with Session(connection) as session:
                        found = verify_ledger(session)
                    assert (found.ok, found.first_bad) == (False, 1), (column, place, bit)
            connection.execute(change, {"v": value})
        with Session(connection) as session:
            assert verify_ledger(session).ok


def test_a_removed_entry_is_missed(work: Begin, engine: Engine) -> None:
    act(work, 4)
    number(work)
    with intruder(engine) as connection:
        connection.execute(text("DELETE FROM entry WHERE number = 2"))
    assert verdict(engine) == LedgerVerdict(False, 3, 0, 2, "缺少这一条")


def rewrite(connection: Connection, first: int) -> None:
    """Forge entry `first` and make every later head fit, as a careful intruder would."""
    session = Session(connection)
    forged = session.scalars(select(Entry).where(Entry.number == first)).one()
    forged.payload = forged.payload.replace("12.50", "99.50")
    forged.leaf = leaf_hash(forged.salt, forged.payload)
    head = GENESIS
    for entry in session.scalars(select(Entry).order_by(Entry.number)):
        head = entry.head = next_head(head, entry.leaf)
    session.flush()


def test_a_history_rewritten_consistently_contradicts_the_checkpoint(
    work: Begin, engine: Engine
) -> None:
    act(work, 4)
    number(work)
    with db.session(engine) as session:
        checkpoint = current_head(session)
    with intruder(engine) as connection:
        rewrite(connection, 2)
    assert verdict(engine).ok
    assert verdict(engine, [checkpoint]).problem == "与已签名的检查点不符"


def test_an_end_cut_off_is_missed_by_the_checkpoint(work: Begin, engine: Engine) -> None:
    act(work, 4)
    number(work)
    with db.session(engine) as session:
        checkpoint = current_head(session)
    with intruder(engine) as connection:
        connection.execute(text("DELETE FROM entry WHERE number > 2"))
    assert verdict(engine).ok
    assert verdict(engine, [checkpoint]) == LedgerVerdict(False, 2, 0, 3, "缺少这一条")


def sequence(work: Begin, engine: Engine, settings: Settings, now: datetime) -> None:
    with work() as w:
        enqueue(w, KIND, {})
    assert run_due(engine, settings, now) == 1


def test_the_job_numbers_and_signs_a_checkpoint(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    act(work, 2)
    sequence(work, engine, settings, now)
    with db.session(engine) as session:
        head = current_head(session)
    assert head.size == 2
    assert Book.of(settings).latest() == head
    act(work)
    sequence(work, engine, settings, now)
    assert [kept.size for kept in Book.of(settings).all()] == [2, 3]


def test_the_job_does_not_sign_what_contradicts_the_last_checkpoint(
    work: Begin, engine: Engine, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(work, 3)
    sequence(work, engine, settings, now)
    with intruder(engine) as connection:
        rewrite(connection, 3)
    act(work)
    monkeypatch.setattr("engine.jobs.lease.ATTEMPTS", 1)
    sequence(work, engine, settings, now)
    with db.session(engine) as session:
        assert job_states(session) == {"done": 1, "failed": 1}
        assert "检查点矛盾" in incidents(session)[0].error
        assert current_head(session).size == 3


def test_a_checkpoint_is_signed_and_never_replaced_by_another_of_its_size(
    settings: Settings,
) -> None:
    book = Book.of(settings)
    assert (book.latest(), list(book.all())) == (None, [])
    book.sign(Head(1200, bytes(32)))
    book.sign(Head(1100, bytes(32)))
    book.sign(Head(2300, bytes(32)))
    assert [head.size for head in book.all()] == [1200, 2300, 2300]
    with pytest.raises(Conflict):
        book.sign(Head(2300, b"\x01" * 32))
    assert (settings.var / "keys" / "ledger.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", range(5))
def test_a_changed_checkpoint_is_refused(settings: Settings, line: int) -> None:
    book = Book.of(settings)
    book.sign(Head(12, bytes(32)))
    path = book.folder / "latest"
    lines = path.read_text().split("\n")
    lines[line] = lines[line][:-3] + "7" + lines[line][-2:] if lines[line] else "7"
    path.write_text("\n".join(lines))
    with pytest.raises(Conflict):
        book.latest()


def test_a_checkpoint_of_another_key_is_refused(settings: Settings, tmp_path: Path) -> None:
    ours, theirs = Book.of(settings), Book.of(replace(settings, var=tmp_path / "other"))
    ours.sign(Head(1, bytes(32)))
    theirs.sign(Head(1, bytes(32)))
    (theirs.folder / "latest").rename(ours.folder / "latest")
    with pytest.raises(Conflict):
        ours.latest()


def verify_in_shell(settings: Settings) -> tuple[int, dict[str, Any], str]:
    environment = {"BIHUAN_VAR": str(settings.var), "BIHUAN_DATABASE": settings.database}
    call = "import sys; from engine.cli import main; main(['verify-ledger', '--json'])"
    done = subprocess.run(
        [sys.executable, "-c", call], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_the_command_tells_an_intact_ledger_from_an_altered_one(
    work: Begin, engine: Engine, settings: Settings, now: datetime
) -> None:
    act(work, 3)
    sequence(work, engine, settings, now)
    act(work)
    code, said, _ = verify_in_shell(settings)
    assert code == 0
    assert said == {"ok": True, "entries": 3, "pending": 1, "first_bad": None, "problem": None}
    with intruder(engine) as connection:
        connection.execute(text("UPDATE entry SET actor = '王审枝' WHERE number = 2"))
    code, said, _ = verify_in_shell(settings)
    assert (code, said["ok"], said["first_bad"]) == (1, False, 2)


def test_the_command_needs_a_ledger(tmp_path: Path, settings: Settings) -> None:
    empty = replace(settings, database=f"sqlite:///{tmp_path / 'empty.db'}")
    code, said, problem = verify_in_shell(empty)
    assert (code, said) == (2, {})
    assert "bihuan migrate" in problem
    assert not (tmp_path / "empty.db").exists()


def test_a_database_that_does_not_answer_is_not_an_altered_ledger(settings: Settings) -> None:
    away = replace(settings, database="postgresql://nobody@127.0.0.1:1/away")
    code, said, problem = verify_in_shell(away)
    assert (code, said) == (2, {})
    assert "连不上数据库" in problem
    assert len(problem.splitlines()) == 1
